import { useNode } from "../../api/chain.ts";
import type { ChainNodeAnswer } from "../../api/types.ts";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Card, Command, Empty, Facts, Foreign, Hash, Name, Time } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { amountText, countText, plural } from "../../text/amounts.ts";
import { chainMs, spanText } from "../../text/times.ts";
import { NodeStatus } from "./Network.tsx";
import { shareText } from "./shares.ts";
import "./chain.css";

/** A node: who owns it, what it serves, how it did, what stands behind it. */
export function NetworkNode({ id }: { readonly id: string }) {
  const query = useNode(id);
  return (
    <Answer query={query} what={`node ${id}`}>
      {(node) => (
        <>
          <header className="view-head">
            <h1>Node {node.node}</h1>
            <NodeStatus status={node.status} />
            {node.isThis && <Badge tone="calm">This daemon</Badge>}
            <nav aria-label="Around it" className="chain-links">
              <Link to={{ view: "network" }} search={{ show: "nodes" }}>
                All nodes
              </Link>
            </nav>
          </header>
          <div className="columns">
            <div className="column">
              <Serves node={node} />
            </div>
            <div className="column">
              <About node={node} />
              <Seen node={node} />
              <Bond node={node} />
            </div>
          </div>
        </>
      )}
    </Answer>
  );
}

function About({ node }: { readonly node: ChainNodeAnswer }) {
  return (
    <Card id="about" title="What it is">
      <Facts
        rows={[
          ["Owner", <Hash key="owner" hex={node.owner} what="the owner" />],
          ["Key", <Hash key="key" hex={node.key} what="the key" />],
          ["Registered", <Time key="registered" atMs={chainMs(node.registeredAt)} isExact />],
          ["Up", upText(node)],
          [
            "Metadata's digest",
            node.metadataDigest === null ? (
              "none"
            ) : (
              <Hash key="digest" hex={node.metadataDigest} what="the metadata's digest" />
            ),
          ],
        ]}
      />
      {node.metadataURI !== "" && (
        <Foreign text={node.metadataURI} label="Where its metadata is said to be" />
      )}
    </Card>
  );
}

function upText({ isThis, silentMs }: ChainNodeAnswer): string {
  if (isThis) return "yes: you look at it";
  if (silentMs === null) return "this daemon does not hear of it";
  return `yes: heard of ${spanText(silentMs / 1_000)} ago`;
}

function Serves({ node }: { readonly node: ChainNodeAnswer }) {
  const active = node.serves.filter((one) => one.active);
  return (
    <Card id="serves" title={`Serves ${plural(active.length, "model")}`}>
      {node.serves.length === 0 ? (
        <Empty>
          It serves nothing, so it answers nothing: <Command line={`pleiad model serve MODEL ${node.node}`} />
        </Empty>
      ) : (
        <ul className="rows chain-rows">
          {node.serves.map((one) => (
            <li key={one.model} className="row">
              <Link to={{ view: "networkModel", id: one.model }} className="row-title">
                <Name text={one.name} fallback={`Model ${one.model}`} />
              </Link>
              {!one.active && <Badge tone="calm">Left</Badge>}
              <span className="row-text">
                {amountText(one.priceWei, one.currency)} an answer
                <span className="muted">, {shareText(one.nodeShareBps)} of it to the node</span>
              </span>
              <span className="row-time">
                {one.active || one.leftAt === null ? "since " : "left "}
                <Time atMs={chainMs(one.active || one.leftAt === null ? one.joinedAt : one.leftAt)} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Seen({ node: { seen } }: { readonly node: ChainNodeAnswer }) {
  return (
    <Card id="seen" title="How it did">
      <Facts
        rows={[
          ["Answered", plural(seen.answered, "task")],
          ["Agreed to another's answer", plural(seen.agreed, "time")],
          ["Said it could not answer", plural(seen.failed, "time")],
          [
            "Last answer",
            seen.lastAt === null ? "none" : <Time key="last" atMs={chainMs(seen.lastAt)} isExact />,
          ],
        ]}
      />
      <p className="muted">
        In the {plural(seen.executions, "execution")} that this daemon remembers. Whether a node was silent in
        a window is not on the chain.
      </p>
    </Card>
  );
}

function Bond({ node: { node, bond, bondError } }: { readonly node: ChainNodeAnswer }) {
  return (
    <Card id="bond" title="What stands behind it">
      {bond === null ? (
        <Empty>
          {bondError === null
            ? "This deployment has no bonds."
            : `Its bond could not be read now: ${bondError}`}
        </Empty>
      ) : (
        <Facts
          rows={[
            ["Bonded", bond.bondedWei === "0" ? "nothing" : amountText(bond.bondedWei)],
            [
              "On its way out",
              bond.unbondingWei === "0" || bond.releasesAt === null ? (
                "nothing"
              ) : (
                <span key="out">
                  {amountText(bond.unbondingWei)}, <Time atMs={chainMs(bond.releasesAt)} />
                </span>
              ),
            ],
            [
              "Two answers to one task",
              bond.equivocations === "0" ? (
                "never shown"
              ) : (
                <Badge key="two" tone="bad">{`shown ${countText(BigInt(bond.equivocations))} times`}</Badge>
              ),
            ],
          ]}
        />
      )}
      <p className="muted">
        <Command line={`pleiad bond show ${node}`} />
      </p>
    </Card>
  );
}
