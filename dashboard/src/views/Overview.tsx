import { useOverview } from "../api/queries.ts";
import type { OverviewAnswer } from "../api/types.ts";
import { Answer } from "../parts/answers.tsx";
import {
  Amount,
  Amounts,
  Badge,
  Card,
  Command,
  Empty,
  Facts,
  Hash,
  Name,
  Time,
  type Tone,
} from "../parts/basics.tsx";
import { ClusterLinks } from "../parts/ClusterLinks.tsx";
import { ExecutionRows } from "../parts/executionRows.tsx";
import { Link, type Place } from "../router.tsx";
import { countText, microsText, plural } from "../text/amounts.ts";
import { cleanText } from "../text/clean.ts";
import { chainMs, spanText } from "../text/times.ts";

/** What somebody looks at first: problems, then what runs, then money. */
export function Overview() {
  const query = useOverview();
  return (
    <Answer query={query} what="the overview">
      {(overview) => (
        <>
          <h1>Overview</h1>
          <Problems {...overview} />
          <div className="columns">
            <div className="column">
              <Running {...overview} />
              <Clusters {...overview} />
            </div>
            <div className="column">
              <Chain {...overview} />
              <Money {...overview} />
            </div>
          </div>
        </>
      )}
    </Answer>
  );
}

const PROBLEM_TONES: Readonly<Record<OverviewAnswer["problems"][number]["urgency"], Tone>> = {
  act: "bad",
  watch: "warn",
};

function Problems({ problems, problemsLeftOut, isStarting }: OverviewAnswer) {
  if (problems.length === 0)
    return (
      <p className="all-well" role="status">
        <Badge tone="good">All well</Badge> Nothing waits for you.
      </p>
    );
  return (
    <Card id="problems" title={isStarting ? "The daemon is starting" : "Problems"}>
      <ul className="problems">
        {problems.map((problem) => (
          <li key={`${problem.kind} ${problem.title} ${problem.execution} ${problem.approval}`}>
            <p className="problem-title">
              <Badge tone={PROBLEM_TONES[problem.urgency]}>
                {problem.urgency === "act" ? "Act" : "Watch"}
              </Badge>
              <strong>
                <Link to={placeOf(problem)}>
                  <Name text={problem.title} />
                </Link>
              </strong>
              {problem.sinceMs !== null && <Time atMs={problem.sinceMs} />}
            </p>
            <p className="problem-text">
              <bdi>{cleanText(problem.text)}</bdi>
            </p>
            <p className="muted">{problem.whatToDo}</p>
          </li>
        ))}
      </ul>
      {problemsLeftOut > 0 && <p className="muted">And {countText(problemsLeftOut)} more.</p>}
    </Card>
  );
}

/** Where more of it is, and where something can be done about it. */
function placeOf({ execution, approval, kind }: OverviewAnswer["problems"][number]): Place {
  if (execution !== null) return { view: "execution", id: execution };
  if (approval !== null) return { view: "approvals" };
  return { view: kind === "budget" ? "budgets" : "daemon" };
}

function Running({ running, recent, counts, clusters }: OverviewAnswer) {
  const runnable = clusters.find(({ versions }) => versions > 0);
  return (
    <Card id="running" title="Executions" aside={<Link to={{ view: "executions" }}>All of them</Link>}>
      <h3>In flight {counts.running > 0 && <span className="count">{countText(counts.running)}</span>}</h3>
      {running.length > 0 ? <ExecutionRows rows={running} /> : <Empty>Nothing runs now.</Empty>}
      <h3>Ended last</h3>
      {recent.length > 0 ? (
        <ExecutionRows rows={recent} />
      ) : (
        <Empty>
          No execution has ended yet.
          {runnable !== undefined && (
            <>
              {" "}
              <Link to={{ view: "run", id: runnable.cluster }}>
                Run <Name text={runnable.name} fallback={`cluster ${runnable.cluster}`} />
              </Link>{" "}
              here, or: <Command line={`pleiad cluster execute ${runnable.cluster} --input FILE --wait`} />
            </>
          )}
        </Empty>
      )}
    </Card>
  );
}

function Clusters({ clusters, counts }: OverviewAnswer) {
  return (
    <Card
      id="clusters"
      title={`Clusters (${countText(counts.clusters)})`}
      aside={<Link to={{ view: "clusters" }}>All of them</Link>}
    >
      {clusters.length === 0 ? (
        <Empty>
          There is no cluster on this chain yet. <Link to={{ view: "newCluster" }}>Make one here</Link>, or
          write a <code>cluster.yaml</code>, then: <Command line="pleiad cluster apply cluster.yaml" />
        </Empty>
      ) : (
        <ul className="rows">
          {clusters.map((cluster) => (
            <li key={cluster.cluster} className="row">
              <Link to={{ view: "cluster", id: cluster.cluster }} className="row-title">
                <Name text={cluster.name} fallback={`Cluster ${cluster.cluster}`} />
              </Link>
              <span className="row-text muted">
                {plural(cluster.agents, "agent")}, {plural(cluster.versions, "version")}
              </span>
              {cluster.running > 0 && <Badge tone="busy">{`${countText(cluster.running)} running`}</Badge>}
              <ClusterLinks cluster={cluster} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Chain({ chain, node, version, counts, startedAtMs }: OverviewAnswer) {
  const { head } = chain;
  return (
    <Card id="chain" title="This node" aside={<Link to={{ view: "daemon" }}>All about it</Link>}>
      <Facts
        rows={[
          [
            "Node",
            node === null ? (
              "starting"
            ) : (
              <span key="node">
                <Link to={{ view: "networkNode", id: node }}>node {node}</Link>, version {version}
              </span>
            ),
          ],
          ["Up since", <Time key="up" atMs={startedAtMs} isExact />],
          ["Chain", `id ${chain.chainId}, ${chain.state}`],
          [
            "Head",
            head === null ? (
              "none yet"
            ) : (
              <span key="head">
                block {countText(BigInt(head.number))}, <Time atMs={chainMs(head.timestamp)} />
              </span>
            ),
          ],
          ["Behind", chain.lagBlocks === 0 ? "nothing" : plural(chain.lagBlocks, "block")],
          ["Peers", countText(counts.peers)],
          [
            "On the chain",
            `${plural(counts.nodes, "node")}, ${plural(counts.models, "model")}, ${plural(counts.agents, "agent")}`,
          ],
        ]}
      />
    </Card>
  );
}

function Money({ money, agentsToday }: OverviewAnswer) {
  const { account, balanceWei, spentWei, spendingLimitWei, earnings } = money;
  const micros = Object.entries(agentsToday.micros);
  const tokens = agentsToday.inputTokens + agentsToday.outputTokens + agentsToday.cachedTokens;
  return (
    <Card
      id="money"
      title="Earnings and spend"
      aside={
        <span className="row-links">
          <Link to={{ view: "credits" }}>Credits</Link>
          <Link to={{ view: "budgets" }}>Budgets</Link>
        </span>
      }
    >
      <Facts
        rows={[
          [
            "To withdraw",
            earnings === null ? (
              "the chain could not be asked"
            ) : earnings.every(({ amount }) => amount === "0") ? (
              "nothing yet"
            ) : (
              <Amounts key="earned" all={earnings} />
            ),
          ],
          [
            "Gas in a day",
            spentWei === null ? (
              "not known yet"
            ) : (
              <span key="gas">
                <Amount wei={spentWei} />
                {spendingLimitWei === null ? (
                  ", no limit"
                ) : (
                  <>
                    {" "}
                    of <Amount wei={spendingLimitWei} />
                  </>
                )}
              </span>
            ),
          ],
          ["Balance", balanceWei === null ? "not known yet" : <Amount key="balance" wei={balanceWei} />],
          [
            "Account",
            account === null ? "not known yet" : <Hash key="account" hex={account} what="the account" />,
          ],
          [
            "Agents today",
            `${plural(agentsToday.turns, "turn")}, ${plural(tokens, "token")}${micros.length === 0 ? "" : `, ${micros.map(([currency, sum]) => microsText(sum, currency)).join(", ")}`}`,
          ],
        ]}
      />
      <p className="muted">
        Days are UTC's.{" "}
        {spendingLimitWei === null ? "" : `The limit counts ${spanText(86_400)} of chain time.`}
      </p>
    </Card>
  );
}
