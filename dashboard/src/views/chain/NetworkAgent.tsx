import { useChainAgent, useFeedback } from "../../api/chain.ts";
import type { ChainAgentAnswer } from "../../api/types.ts";
import { Answer } from "../../parts/answers.tsx";
import { Card, Command, Empty, Facts, Foreign, Hash, Name } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { feedbackText } from "./pieces.tsx";
import "./chain.css";

/** An agent: whose it is, on which model, in which cluster, and what was said of it. */
export function NetworkAgent({ id }: { readonly id: string }) {
  const query = useChainAgent(id);
  return (
    <Answer query={query} what={`agent ${id}`}>
      {(agent) => (
        <>
          <header className="view-head">
            <h1>
              {agent.nameInCluster === null ? (
                `Agent ${agent.agent}`
              ) : (
                <Name text={agent.nameInCluster} fallback={`Agent ${agent.agent}`} />
              )}
            </h1>
            <nav aria-label="Around it" className="chain-links">
              <Link to={{ view: "network" }} search={{ show: "agents" }}>
                All agents
              </Link>
            </nav>
          </header>
          <div className="columns">
            <div className="column">
              <Registration agent={agent} />
            </div>
            <div className="column">
              <About agent={agent} />
            </div>
          </div>
        </>
      )}
    </Answer>
  );
}

function About({ agent }: { readonly agent: ChainAgentAnswer }) {
  const feedback = useFeedback("agent", [agent.agent]);
  const { model, modelName, cluster, clusterName } = agent;
  return (
    <Card id="about" title="What it is">
      <Facts
        rows={[
          ["Agent", agent.agent],
          ["Owner", <Hash key="owner" hex={agent.owner} what="the owner" />],
          [
            "Model",
            model === null ? (
              "none"
            ) : (
              <Link key="model" to={{ view: "networkModel", id: model }}>
                <Name text={modelName ?? ""} fallback={`model ${model}`} />
              </Link>
            ),
          ],
          [
            "Cluster",
            cluster === null ? (
              "none"
            ) : (
              <Link key="cluster" to={{ view: "cluster", id: cluster }}>
                <Name text={clusterName ?? ""} fallback={`cluster ${cluster}`} />
              </Link>
            ),
          ],
          ["Feedback", feedbackText(feedback, agent.agent)],
        ]}
      />
      <p className="muted">
        Feedback is the mean of what requesters of paid runs said, as the chain keeps it. All of it, others'
        too: <Command line={`pleiad feedback show ${agent.agent}`} />
      </p>
    </Card>
  );
}

function Registration({ agent }: { readonly agent: ChainAgentAnswer }) {
  return (
    <Card id="registration" title="Where its registration file is said to be">
      {agent.uri === "" ? (
        <Empty>It names none.</Empty>
      ) : (
        <>
          <Foreign text={agent.uri} label="Address of the registration file" />
          <p className="muted">This page does not open it: whoever registered the agent wrote it.</p>
        </>
      )}
    </Card>
  );
}
