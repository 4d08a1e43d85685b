import { useState } from "react";
import { useCluster, useClusters, useExecutions, useVersion } from "../../api/queries.ts";
import type { ClusterAnswer } from "../../api/types.ts";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Card, Command, Empty, Facts, Foreign, Hash, Name } from "../../parts/basics.tsx";
import { ExecutionRows } from "../../parts/executionRows.tsx";
import { Link } from "../../router.tsx";
import { amountText, countText, plural } from "../../text/amounts.ts";
import { cleanText } from "../../text/clean.ts";
import { spanText } from "../../text/times.ts";

/** Executions, page by page. */
export function Executions() {
  const pages = usePages();
  const query = useExecutions({ before: pages.before });
  return (
    <Answer query={query} what="the executions">
      {({ executions, next, remembered }) => (
        <>
          <h1>Executions</h1>
          <Card id="executions" title="The newest first">
            {executions.length === 0 ? (
              <Empty>
                This node knows of no execution yet. Run one:{" "}
                <Command line="pleiad cluster execute CLUSTER --input FILE" />
              </Empty>
            ) : (
              <ExecutionRows rows={executions} />
            )}
            <Pager {...pages} next={next} />
            <p className="muted">
              A node remembers all that run and the last that ended, {countText(remembered)} now. The chain
              has all of them: <Command line="pleiad execution show ID" />
            </p>
          </Card>
        </>
      )}
    </Answer>
  );
}

export function Clusters() {
  const pages = usePages();
  const query = useClusters(pages.before);
  return (
    <Answer query={query} what="the clusters">
      {({ clusters, total, next }) => (
        <>
          <h1>Clusters</h1>
          <Card
            id="clusters"
            title={`${plural(total, "cluster")}, the newest first`}
            aside={<Link to={{ view: "newCluster" }}>New cluster</Link>}
          >
            {clusters.length === 0 && (
              <Empty>
                There is none yet. Make one: <Command line="pleiad cluster apply cluster.yaml" />
              </Empty>
            )}
            <ul className="rows">
              {clusters.map((cluster) => (
                <li key={cluster.cluster} className="row">
                  <Link to={{ view: "cluster", id: cluster.cluster }} className="row-title">
                    <Name text={cluster.name} fallback={`Cluster ${cluster.cluster}`} />
                  </Link>
                  <span className="row-text muted">
                    {plural(cluster.agents, "agent")}, {plural(cluster.versions, "version")}
                  </span>
                  {cluster.running > 0 && (
                    <Badge tone="busy">{`${countText(cluster.running)} running`}</Badge>
                  )}
                </li>
              ))}
            </ul>
            <Pager {...pages} next={next} />
          </Card>
        </>
      )}
    </Answer>
  );
}

/** A cluster: what it is, who is in it, what its last version says, and its executions. */
export function Cluster({ id }: { readonly id: string }) {
  const query = useCluster(id);
  return (
    <Answer query={query} what={`cluster ${id}`}>
      {(cluster) => (
        <>
          <h1>
            <Name text={cluster.name} fallback={`Cluster ${cluster.cluster}`} />
          </h1>
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
              <Members cluster={cluster} />
            </div>
          </div>
        </>
      )}
    </Answer>
  );
}

function Members({ cluster }: { readonly cluster: ClusterAnswer }) {
  return (
    <Card id="members" title={plural(cluster.members.length, "agent")}>
      <Facts
        rows={[
          ["Cluster", cluster.cluster],
          ["Slug", <Name key="slug" text={cluster.slug} />],
          ["Owner", <Hash key="owner" hex={cluster.owner} what="the owner" />],
        ]}
      />
      {cluster.members.length === 0 ? (
        <Empty>Nobody is in it.</Empty>
      ) : (
        <ul className="rows">
          {cluster.members.map(({ agent, name, model }) => (
            <li key={agent} className="row">
              <span className="row-title">
                <Name text={name} fallback={`agent ${agent}`} />
              </span>
              <span className="row-text muted">
                agent {agent}, {model === null ? "on no model" : `on model ${model}`}
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
      aside={<Link to={{ view: "run", id: cluster.cluster }}>Run it</Link>}
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
                  <Name text={task.modelName ?? ""} fallback={task.model} />,{" "}
                  {amountText(task.priceWei, version.currency)}
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
                This node knows of none. Run it:{" "}
                <Command line={`pleiad cluster execute ${cluster} --input FILE`} />
              </Empty>
            ) : (
              <ExecutionRows rows={executions} />
            )}
            <Pager {...pages} next={next} />
          </>
        )}
      </Answer>
    </Card>
  );
}

/** Pages that were gone through, so that there is a way back. */
function usePages() {
  const [pages, setPages] = useState<readonly string[]>([]);
  return { before: pages.at(-1), pages, setPages };
}

function Pager({
  pages,
  setPages,
  next,
}: Omit<ReturnType<typeof usePages>, "before"> & { readonly next: string | null }) {
  if (pages.length === 0 && next === null) return null;
  return (
    <nav className="pager" aria-label="Pages">
      <button type="button" disabled={pages.length === 0} onClick={() => setPages(pages.slice(0, -1))}>
        Newer
      </button>
      <button
        type="button"
        disabled={next === null}
        onClick={() => next !== null && setPages([...pages, next])}
      >
        Older
      </button>
    </nav>
  );
}
