import { useFinality } from "../../api/chain.ts";
import type { FinalityAnswer } from "../../api/types.ts";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Card, Empty, Facts, Hash, Time } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { countText, plural } from "../../text/amounts.ts";

type Reorganisation = FinalityAnswer["reorganisations"][number];
type TakenBack = Reorganisation["takenBack"][number];

/** How far the chain is, from where on nothing is taken back, and what it took back. */
export function Finality() {
  const query = useFinality();
  return (
    <Answer query={query} what="the chain" isPart>
      {(chain) => (
        <div className="columns">
          <div className="column">
            <Card id="reorganisations" title={`Reorganisations (${chain.reorganisations.length})`}>
              <p className="muted">
                A chain may take its last blocks back and go another way. What was in them is so no more,
                until it is mined again. This daemon shows those that it saw since it started.
              </p>
              {chain.reorganisations.length === 0 ? (
                <Empty>The chain has taken nothing back.</Empty>
              ) : (
                <ul className="problems">
                  {chain.reorganisations.map((one) => (
                    <Taken key={`${one.atMs} ${one.from.hash}`} one={one} />
                  ))}
                </ul>
              )}
            </Card>
          </div>
          <div className="column">
            <Card id="finality" title="Finality">
              <Facts rows={factsOf(chain)} />
            </Card>
          </div>
        </div>
      )}
    </Answer>
  );
}

function factsOf(chain: FinalityAnswer) {
  const { chainId, state, head, settled, final, policy, finalDepth, contract, fromBlock } = chain;
  const block = (number: string | null) =>
    number === null ? "none yet" : `block ${countText(BigInt(number))}`;
  return [
    ["Chain", `id ${chainId}, ${state}`],
    ["Head", block(head)],
    ["Settled up to", `${block(settled)} (policy: ${policyText(policy)})`],
    ["Final up to", `${block(final)} (${plural(finalDepth, "block")} below the head)`],
    ["Contract", <Hash key="contract" hex={contract} what="the contract of executions" />],
    ["Its log begins", block(fromBlock)],
  ] as const;
}

function policyText(policy: string): string {
  return /^\d+$/.test(policy) ? `${policy} deep` : policy;
}

function Taken({ one }: { readonly one: Reorganisation }) {
  return (
    <li>
      <p className="problem-title">
        <Badge tone="warn">{plural(one.depth, "block")} deep</Badge>
        <span>
          from block {countText(BigInt(one.from.number))} back to {countText(BigInt(one.to.number))}
        </span>
        <Time atMs={one.atMs} isExact />
      </p>
      <p className="moment-place">
        <span className="muted">taken back</span>{" "}
        <Hash hex={one.from.hash} what="the block that was taken back" />
        <span className="muted">stayed</span> <Hash hex={one.to.hash} what="the block that stayed" />
      </p>
      {one.takenBack.length === 0 ? (
        <p className="muted">No execution was in what was taken back.</p>
      ) : (
        <ul className="chain-taken">
          {one.takenBack.map((taken) => (
            <li key={`${taken.execution} ${taken.kind} ${taken.task}`}>
              <Link to={{ view: "execution", id: taken.execution }}>Execution {taken.execution}</Link>,{" "}
              {whatOf(taken)}: was in block {countText(BigInt(taken.wasIn))},{" "}
              {taken.isIn === null
                ? "is in no block now"
                : `is in block ${countText(BigInt(taken.isIn))} now`}
            </li>
          ))}
        </ul>
      )}
      {one.leftOut > 0 && <p className="muted">And {countText(one.leftOut)} more.</p>}
    </li>
  );
}

function whatOf({ kind, task }: TakenBack): string {
  if (kind === "accepted") return `the answer to task ${task}`;
  return kind === "created" ? "its creation" : "its end";
}
