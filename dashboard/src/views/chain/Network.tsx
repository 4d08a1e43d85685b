import { useChainAgents, useFeedback, useModels, useNodes } from "../../api/chain.ts";
import type { ListChainAgentsAnswer, ListModelsAnswer, ListNodesAnswer } from "../../api/types.ts";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Card, Command, Empty, Hash, Name } from "../../parts/basics.tsx";
import { Link, useSearch } from "../../router.tsx";
import { amountText, plural } from "../../text/amounts.ts";
import { cleanName } from "../../text/clean.ts";
import { Finality } from "./Finality.tsx";
import { Pager, SearchField, usePages } from "./pages.tsx";
import { Choices, feedbackText, Row } from "./pieces.tsx";
import { shareText } from "./shares.ts";

const PARTS = [
  ["nodes", "Nodes"],
  ["models", "Models"],
  ["agents", "Agents"],
  ["chain", "This chain"],
] as const;

/** Nodes, models and agents of the network, and the chain itself. */
export function Network() {
  const [show = "nodes"] = useSearch("show");
  const [q] = useSearch("q");
  return (
    <>
      <h1>Network</h1>
      <div className="chain-tools">
        <Choices label="What of the network" name="show" chosen={show} of={PARTS} />
        {show !== "chain" && <SearchField key={show} label="Search" hint="number, name or address" />}
      </div>
      {show === "chain" ? (
        <Finality />
      ) : show === "models" ? (
        <Models q={q} />
      ) : show === "agents" ? (
        <Agents q={q} />
      ) : (
        <Nodes q={q} />
      )}
    </>
  );
}

function Nothing({
  q,
  what,
  command,
}: {
  readonly q: string | undefined;
  readonly what: string;
  readonly command: string;
}) {
  if (q !== undefined) return <Empty>No {what} has that in its number, name or address.</Empty>;
  return (
    <Empty>
      There is no {what} on this chain yet: <Command line={command} />
    </Empty>
  );
}

function Nodes({ q }: { readonly q: string | undefined }) {
  const pages = usePages(q);
  const query = useNodes({ q, before: pages.before });
  return (
    <Answer query={query} what="the nodes" isPart>
      {({ nodes, total, next }) => (
        <Card id="nodes" title={`${plural(total, "node")}, the newest first`}>
          {nodes.length === 0 && <Nothing q={q} what="node" command="pleiad node register" />}
          <ul className="rows chain-rows">
            {nodes.map((node) => (
              <NodeRow key={node.node} node={node} />
            ))}
          </ul>
          <Pager {...pages} next={next} />
        </Card>
      )}
    </Answer>
  );
}

function NodeRow({ node }: { readonly node: ListNodesAnswer["nodes"][number] }) {
  return (
    <Row to={{ view: "networkNode", id: node.node }} title={`Node ${node.node}`}>
      <NodeStatus status={node.status} />
      <span className="row-text muted">
        {node.models.length === 0 ? "serves no model" : `serves ${plural(node.models.length, "model")}`}
      </span>
      <span className="muted">
        owner <Hash hex={node.owner} what={`the owner of node ${node.node}`} />
      </span>
    </Row>
  );
}

export function NodeStatus({ status }: { readonly status: ListNodesAnswer["nodes"][number]["status"] }) {
  if (status === "Active") return <Badge tone="good">Active</Badge>;
  return <Badge tone="warn">{status}</Badge>;
}

function Models({ q }: { readonly q: string | undefined }) {
  const pages = usePages(q);
  const query = useModels({ q, before: pages.before });
  const feedback = useFeedback("model", query.data?.models.map(({ model }) => model) ?? []);
  return (
    <Answer query={query} what="the models" isPart>
      {({ models, total, next }) => (
        <Card id="models" title={`${plural(total, "model")}, the newest first`}>
          {models.length === 0 && <Nothing q={q} what="model" command="pleiad model register" />}
          <ul className="rows chain-rows">
            {models.map((model) => (
              <ModelRow key={model.model} model={model} said={feedbackText(feedback, model.model)} />
            ))}
          </ul>
          <Pager {...pages} next={next} />
        </Card>
      )}
    </Answer>
  );
}

function ModelRow({
  model,
  said,
}: {
  readonly model: ListModelsAnswer["models"][number];
  readonly said: string;
}) {
  return (
    <Row
      to={{ view: "networkModel", id: model.model }}
      title={<Name text={model.name} fallback={`Model ${model.model}`} />}
    >
      {model.nodes.length === 0 ? (
        <Badge tone="warn">No node</Badge>
      ) : (
        <Badge tone="good">{plural(model.nodes.length, "node")}</Badge>
      )}
      <span className="row-text">
        {amountText(model.priceWei, model.currency)} an answer
        <span className="muted">
          {" "}
          · {shareText(model.nodeShareBps)} to the node · {model.open ? "open to all" : "by grant"}
        </span>
      </span>
      <span className="muted">{said}</span>
    </Row>
  );
}

function Agents({ q }: { readonly q: string | undefined }) {
  const pages = usePages(q);
  const query = useChainAgents({ q, before: pages.before });
  const feedback = useFeedback("agent", query.data?.agents.map(({ agent }) => agent) ?? []);
  return (
    <Answer query={query} what="the agents" isPart>
      {({ agents, total, next }) => (
        <Card id="agents" title={`${plural(total, "agent")}, the newest first`}>
          {agents.length === 0 && <Nothing q={q} what="agent" command="pleiad agent register" />}
          <ul className="rows chain-rows">
            {agents.map((agent) => (
              <AgentRow key={agent.agent} agent={agent} said={feedbackText(feedback, agent.agent)} />
            ))}
          </ul>
          <Pager {...pages} next={next} />
        </Card>
      )}
    </Answer>
  );
}

/** Characters of an address somewhere else that a row shows. */
const URI_CHARACTERS_MAX = 60;

function AgentRow({
  agent,
  said,
}: {
  readonly agent: ListChainAgentsAnswer["agents"][number];
  readonly said: string;
}) {
  const { agent: id, model, cluster, uri } = agent;
  return (
    <Row to={{ view: "networkAgent", id }} title={`Agent ${id}`}>
      <span className="row-text">
        {model === null ? "on no model" : <Link to={{ view: "networkModel", id: model }}>model {model}</Link>}
        {", "}
        {cluster === null ? (
          "in no cluster"
        ) : (
          <Link to={{ view: "cluster", id: cluster }}>cluster {cluster}</Link>
        )}
        <span className="muted">
          {" "}
          · <bdi>{uri === "" ? "no registration file" : cleanName(uri, URI_CHARACTERS_MAX)}</bdi>
        </span>
      </span>
      <span className="muted">{said}</span>
    </Row>
  );
}
