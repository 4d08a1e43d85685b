import { useCluster, useExecutions, useVersion } from "../../api/queries.ts";
import type { ClusterAnswer } from "../../api/types.ts";
import { Answer } from "../../parts/answers.tsx";
import { Card, Command, Empty, Facts, Foreign, Hash, Name } from "../../parts/basics.tsx";
import { ExecutionRows } from "../../parts/executionRows.tsx";
import { Link } from "../../router.tsx";
import { amountText, countText, plural } from "../../text/amounts.ts";
import { cleanText } from "../../text/clean.ts";
import { spanText } from "../../text/times.ts";
import { Pager, usePages } from "./pages.tsx";
import "./chain.css";

/** A cluster: what it is, who is in it, what its last version says, and its executions. */
export function Cluster({ id }: { readonly id: string }) {
  const query = useCluster(id);
  return (
    <Answer query={query} what={`cluster ${id}`}>
      {(cluster) => (
        <>
          <header className="view-head">
            <h1>
              <Name text={cluster.name} fallback={`Cluster ${cluster.cluster}`} />
            </h1>
            <nav aria-label="Of this cluster" className="chain-links">
              <Link to={{ view: "run", id }}>Run it</Link>
              <Link to={{ view: "versions", id }}>Versions</Link>
              <Link to={{ view: "team", id }}>Team</Link>
              <Link to={{ view: "messages", id }}>Messages</Link>
            </nav>
          </header>
          {cluster.description !== "" && (
            <p className="lead">
              <bdi>{cleanText(cluster.description)}</bdi>
            </p>
          )}
          <div className="columns">
            <div className="column">
              <LastVersion cluster={cluster} />
              <ClusterExecutions cluster={cluster.cluster} />
            </div>
            <div className="column">
              <About cluster={cluster} />
              <Members cluster={cluster} />
            </div>
          </div>
        </>
      )}
    </Answer>
  );
}

function About({ cluster }: { readonly cluster: ClusterAnswer }) {
  return (
    <Card id="about" title="What it is">
      <Facts
        rows={[
          ["Cluster", cluster.cluster],
          ["Slug", <Name key="slug" text={cluster.slug} />],
          ["Owner", <Hash key="owner" hex={cluster.owner} what="the owner" />],
        ]}
      />
    </Card>
  );
}

function Members({ cluster }: { readonly cluster: ClusterAnswer }) {
  return (
    <Card
      id="members"
      title={`Agents (${countText(cluster.members.length)})`}
      aside={<Link to={{ view: "team", id: cluster.cluster }}>At work</Link>}
    >
      {cluster.members.length === 0 ? (
        <Empty>Nobody is in it.</Empty>
      ) : (
        <ul className="rows">
          {cluster.members.map(({ agent, name, model }) => (
            <li key={agent} className="row">
              <Link to={{ view: "networkAgent", id: agent }} className="row-title">
                <Name text={name} fallback={`agent ${agent}`} />
              </Link>
              <span className="row-text muted">
                agent {agent},{" "}
                {model === null ? (
                  "on no model"
                ) : (
                  <Link to={{ view: "networkModel", id: model }}>on model {model}</Link>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function LastVersion({ cluster }: { readonly cluster: ClusterAnswer }) {
  const [last] = cluster.published;
  const query = useVersion(cluster.cluster, last?.version);
  if (last === undefined)
    return (
      <Card id="version" title="Versions">
        <Empty>
          Nothing of it is published, so nobody can run it:{" "}
          <Command line="pleiad cluster apply cluster.yaml" />
        </Empty>
      </Card>
    );
  return (
    <Card
      id="version"
      title={`Version ${last.version}`}
      aside={
        <Link to={{ view: "versions", id: cluster.cluster }}>
          {cluster.versions > 1 ? `All ${countText(cluster.versions)}, and what changed` : "All that it says"}
        </Link>
      }
    >
      <Answer query={query} what={`version ${last.version}`} isPart>
        {(version) => (
          <>
            <Facts
              rows={[
                ["A run costs", amountText(version.quoteWei, version.currency)],
                ["Of that, the cluster's fee", amountText(version.feeWei, version.currency)],
                ["Window", spanText(version.windowSeconds)],
                ["Digest", <Hash key="digest" hex={version.digest} what="the version's digest" />],
              ]}
            />
            {version.tasks.map((task) => (
              <article key={task.task} className="task" aria-labelledby={`task-${task.task}`}>
                <h3 id={`task-${task.task}`}>
                  <Name text={task.name} fallback={`Task ${task.task}`} />
                </h3>
                <p className="muted">
                  <Name text={version.agents[task.agentIndex]?.name ?? ""} fallback="an agent" /> on model{" "}
                  <Link to={{ view: "networkModel", id: task.model }}>
                    <Name text={task.modelName ?? ""} fallback={task.model} />
                  </Link>
                  , {amountText(task.priceWei, version.currency)}
                  {task.quorum > 1 && ` · ${plural(task.quorum, "node")} must agree`}
                </p>
                <details>
                  <summary>Prompt</summary>
                  <Foreign text={task.prompt} label={`Text of the prompt of task ${task.task}`} />
                </details>
              </article>
            ))}
          </>
        )}
      </Answer>
    </Card>
  );
}

function ClusterExecutions({ cluster }: { readonly cluster: string }) {
  const pages = usePages();
  const query = useExecutions({ cluster, before: pages.before });
  return (
    <Card id="executions" title="Executions">
      <Answer query={query} what="its executions" isPart>
        {({ executions, next }) => (
          <>
            {executions.length === 0 ? (
              <Empty>
                This node knows of none. <Link to={{ view: "run", id: cluster }}>Run it here</Link>, or:{" "}
                <Command line={`pleiad cluster execute ${cluster} --input FILE --wait`} />
              </Empty>
            ) : (
              <ExecutionRows rows={executions} isOfOne />
            )}
            <Pager {...pages} next={next} />
          </>
        )}
      </Answer>
    </Card>
  );
}
