import { useFeedback, useModel } from "../../api/chain.ts";
import type { ChainModelAnswer } from "../../api/types.ts";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Card, Command, Empty, Facts, Hash, Name, Time } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { amountText, plural } from "../../text/amounts.ts";
import { chainMs } from "../../text/times.ts";
import { feedbackText } from "./pieces.tsx";
import { shareText } from "./shares.ts";
import "./chain.css";

/** A model: its price, the nodes that serve it, the agents on it, and what was said of them. */
export function NetworkModel({ id }: { readonly id: string }) {
  const query = useModel(id);
  return (
    <Answer query={query} what={`model ${id}`}>
      {(model) => (
        <>
          <header className="view-head">
            <h1>
              <Name text={model.name} fallback={`Model ${model.model}`} />
            </h1>
            <Badge tone={model.open ? "good" : "warn"}>{model.open ? "Open to all" : "By grant"}</Badge>
            <nav aria-label="Around it" className="chain-links">
              <Link to={{ view: "network" }} search={{ show: "models" }}>
                All models
              </Link>
            </nav>
          </header>
          <div className="columns">
            <div className="column">
              <Nodes model={model} />
              <Agents model={model} />
            </div>
            <div className="column">
              <About model={model} />
            </div>
          </div>
        </>
      )}
    </Answer>
  );
}

function About({ model }: { readonly model: ChainModelAnswer }) {
  const feedback = useFeedback("model", [model.model]);
  const { priceWei, currency, nodeShareBps } = model;
  const node = (BigInt(priceWei) * BigInt(nodeShareBps)) / 10_000n;
  return (
    <Card id="about" title="What it costs">
      <Facts
        rows={[
          ["An answer", amountText(priceWei, currency)],
          ["Of that, to the node", `${shareText(nodeShareBps)}, ${amountText(String(node), currency)}`],
          ["To the model's owner", amountText(String(BigInt(priceWei) - node), currency)],
          ["Feedback", feedbackText(feedback, model.model)],
          ["Owner", <Hash key="owner" hex={model.owner} what="the owner" />],
          ["Model", model.model],
        ]}
      />
      <p className="muted">
        Published versions keep the price that they were published with. Feedback is what requesters of paid
        runs said of its agents.
      </p>
    </Card>
  );
}

function Nodes({ model }: { readonly model: ChainModelAnswer }) {
  const active = model.places.filter((place) => place.active);
  return (
    <Card id="nodes" title={`Served by ${plural(active.length, "node")}`}>
      {active.length === 0 && (
        <Empty>
          Nobody serves it, so its owner alone can answer:{" "}
          <Command line={`pleiad model serve ${model.model} NODE`} />
        </Empty>
      )}
      <ul className="rows chain-rows">
        {model.places.map((place) => (
          <li key={place.node} className="row">
            <Link to={{ view: "networkNode", id: place.node }} className="row-title">
              Node {place.node}
            </Link>
            {!place.active && <Badge tone="calm">Left</Badge>}
            {place.active && place.status === "Suspended" && <Badge tone="warn">Suspended</Badge>}
            <span className="row-text muted">
              {place.owner !== null && (
                <>
                  owner <Hash hex={place.owner} what={`the owner of node ${place.node}`} />
                </>
              )}
            </span>
            <span className="row-time">
              since <Time atMs={chainMs(place.joinedAt)} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Agents({ model }: { readonly model: ChainModelAnswer }) {
  const { agents, agentsTotal } = model;
  const feedback = useFeedback(
    "agent",
    agents.slice(0, 50).map(({ agent }) => agent),
  );
  return (
    <Card id="agents" title={`${plural(agentsTotal, "agent")} on it`}>
      {agents.length === 0 && <Empty>No agent is on it.</Empty>}
      <ul className="rows chain-rows">
        {agents.map(({ agent, cluster, clusterName }) => (
          <li key={agent} className="row">
            <Link to={{ view: "networkAgent", id: agent }} className="row-title">
              Agent {agent}
            </Link>
            <span className="row-text">
              {cluster === null ? (
                <span className="muted">in no cluster</span>
              ) : (
                <Link to={{ view: "cluster", id: cluster }}>
                  <Name text={clusterName ?? ""} fallback={`cluster ${cluster}`} />
                </Link>
              )}
            </span>
            <span className="muted">{feedbackText(feedback, agent)}</span>
          </li>
        ))}
      </ul>
      {agentsTotal > agents.length && <p className="muted">And {agentsTotal - agents.length} more.</p>}
    </Card>
  );
}
