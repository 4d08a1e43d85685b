import { type Status, type StatusAtWork, useStatus } from "../../api/operate.ts";
import { Answer } from "../../parts/answers.tsx";
import { Amount, Amounts, Badge, Card, Command, Empty, Facts, Hash, Time } from "../../parts/basics.tsx";
import { Fault } from "../../parts/ErrorWords.tsx";
import { Meter } from "../../parts/Meter.tsx";
import { Link } from "../../router.tsx";
import { countText, plural } from "../../text/amounts.ts";
import { chainMs } from "../../text/times.ts";
import { Endpoints, Errors, Peers, Workspaces } from "./Around.tsx";
import { Jobs } from "./Jobs.tsx";
import "./daemon.css";

/** Everything that there is to know about this daemon. */
export function Daemon() {
  const query = useStatus();
  return (
    <Answer query={query} what="the daemon's state">
      {(status) => (
        <>
          <header className="view-head">
            <h1>This node</h1>
            <ReadyBadge status={status} />
            {"draining" in status && status.draining && (
              <Badge tone="warn">takes nothing new: it is being drained</Badge>
            )}
          </header>
          {!status.ready.ready || status.ready.warnings.length > 0 ? <NotReady status={status} /> : null}
          <div className="columns">
            <div className="column">
              {"account" in status ? <Jobs status={status} /> : <Starting />}
              <Errors errors={status.errors} />
              {"account" in status && <Peers status={status} />}
              {"account" in status && <SandboxCard status={status} />}
            </div>
            <div className="column">
              <About status={status} />
              <Chain chain={status.chain} />
              {"account" in status && <Account status={status} />}
              {"account" in status && <Workspaces />}
            </div>
          </div>
        </>
      )}
    </Answer>
  );
}

function ReadyBadge({ status }: { readonly status: Status }) {
  if ("starting" in status) return <Badge tone="busy">Starting</Badge>;
  return status.ready.ready ? <Badge tone="good">Ready</Badge> : <Badge tone="bad">Not ready</Badge>;
}

const CHECK_WORDS: Readonly<Record<string, string>> = {
  chain: "The chain",
  store: "The store",
  disk: "The disk",
  signer: "The key",
  work: "The work",
};

function NotReady({ status: { ready } }: { readonly status: Status }) {
  const failed = Object.entries(ready.checks).filter(([, { ok }]) => !ok);
  return (
    <Card
      id="ready"
      title={ready.ready ? "Warnings" : "What it waits for"}
      aside={<Command line="pleiad doctor" />}
    >
      <ul className="rows">
        {failed.map(([check, { reason }]) => (
          <li key={check} className="row">
            <Badge tone="bad">{CHECK_WORDS[check] ?? check}</Badge>
            <span className="row-text">{reason ?? "is not well"}</span>
          </li>
        ))}
        {ready.warnings.map(({ code, message }) => (
          <li key={code} className="row">
            <Badge tone="warn">Warning</Badge>
            <div className="row-text">
              <Fault code={code} message={message} />
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Starting() {
  return (
    <Card id="jobs" title="Jobs">
      <Empty>It takes up its work once it has caught up with the chain.</Empty>
    </Card>
  );
}

function About({ status }: { readonly status: Status }) {
  const checks = Object.entries(status.ready.checks);
  return (
    <Card id="about" title="What it is">
      <Facts
        rows={[
          [
            "Node",
            "account" in status ? (
              <Link key="node" to={{ view: "networkNode", id: status.node }}>
                node {status.node}
              </Link>
            ) : (
              "starting"
            ),
          ],
          ["Version", `${status.version}, process ${status.pid}`],
          ["Up since", <Time key="up" atMs={status.startedAtMs} isExact />],
          [
            "Checks",
            <span key="checks" className="daemon-checks">
              {checks.length === 0
                ? "none"
                : checks.map(([check, { ok }]) => (
                    <Badge key={check} tone={ok ? "good" : "bad"}>
                      {check}
                    </Badge>
                  ))}
            </span>,
          ],
          ...("models" in status
            ? [
                [
                  "Answers for",
                  status.models.length === 0
                    ? "no model: see models in pleiad.yaml"
                    : status.models.map((model, at) => (
                        <span key={model}>
                          {at > 0 && ", "}
                          <Link to={{ view: "networkModel", id: model }}>model {model}</Link>
                        </span>
                      )),
                ] as const,
              ]
            : []),
        ]}
      />
    </Card>
  );
}

function Chain({ chain }: { readonly chain: Status["chain"] }) {
  const { state, head, newest, lagBlocks, hinted, error, contradiction } = chain;
  return (
    <Card id="chain" title="Chain">
      <Facts
        rows={[
          ["State", state],
          [
            "Head",
            head === null ? (
              "none yet"
            ) : (
              <span key="head">
                block {countText(BigInt(head.number))}, <Time atMs={chainMs(head.timestamp)} />{" "}
                <Hash hex={head.hash} what="the head's hash" />
              </span>
            ),
          ],
          ["Newest shown", newest === null ? "not known yet" : `block ${countText(BigInt(newest))}`],
          ["Behind", lagBlocks === 0 ? "nothing" : plural(lagBlocks, "block")],
          [
            "New blocks",
            hinted === null
              ? "are asked for"
              : hinted
                ? "are told by a WebSocket"
                : "are asked for: the WebSocket is away",
          ],
        ]}
      />
      {error !== null && <Fault {...error} />}
      {contradiction !== null && <Fault {...contradiction} />}
      <Endpoints endpoints={chain.endpoints} />
    </Card>
  );
}

function Account({ status: { account, earnings } }: { readonly status: StatusAtWork }) {
  const earned = earnings?.filter(({ amount }) => amount !== "0");
  const { address, nonce, balanceWei, readAtMs, inFlight, waiting, spentWei, spendingLimitWei, alert } =
    account;
  return (
    <Card id="account" title="Account" aside={<Link to={{ view: "budgets" }}>Budgets</Link>}>
      {alert !== null && <Fault {...alert} />}
      <Facts
        rows={[
          ["Address", <Hash key="address" hex={address} what="the account" />],
          [
            "Balance",
            balanceWei === null ? (
              "the chain could not be asked"
            ) : (
              <span key="balance">
                <Amount wei={balanceWei} />
                {readAtMs !== null && (
                  <span className="muted">
                    , read <Time atMs={readAtMs} />
                  </span>
                )}
              </span>
            ),
          ],
          ["Nonce", nonce === null ? "not known yet" : countText(nonce)],
          ["Transactions", `${countText(inFlight)} sent and not mined, ${countText(waiting)} waiting`],
          [
            "Spent in a day",
            spendingLimitWei === null ? (
              <span key="spent">
                <Amount wei={spentWei} />, no limit
              </span>
            ) : (
              <Meter
                key="spent"
                share={spendingLimitWei === "0" ? 1 : Number(spentWei) / Number(spendingLimitWei)}
                isBad={BigInt(spentWei) >= BigInt(spendingLimitWei)}
                text={
                  <>
                    <Amount wei={spentWei} /> of <Amount wei={spendingLimitWei} />
                  </>
                }
              />
            ),
          ],
          [
            "Earned",
            earned === undefined ? (
              "the chain could not be asked"
            ) : earned.length === 0 ? (
              "nothing to withdraw"
            ) : (
              <span key="earned">
                <Amounts all={earned} />, <Link to={{ view: "credits" }}>to withdraw</Link>
              </span>
            ),
          ],
        ]}
      />
    </Card>
  );
}

function SandboxCard({ status: { sandbox } }: { readonly status: StatusAtWork }) {
  return (
    <Card id="sandbox" title="Sandbox of agents' programs">
      <p>{sandbox.about}</p>
      <p className="muted">{sandbox.notKept}</p>
    </Card>
  );
}
