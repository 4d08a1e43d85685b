import { type ManagerState, useRoutes } from "../../api/operate.ts";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Card, Disclosure, Empty, Name, type Tone } from "../../parts/basics.tsx";
import { Meter } from "../../parts/Meter.tsx";
import { Link } from "../../router.tsx";
import { countText, plural } from "../../text/amounts.ts";
import { numberText } from "./Alerts.tsx";
import { Why } from "./Why.tsx";

type Cluster = ManagerState["clusters"][number];

/** Each cluster that is managed: its score and what that is made of, what it has and what it wants. */
export function Clusters({ clusters }: { readonly clusters: readonly Cluster[] }) {
  return (
    <Card id="managed" title="Clusters">
      {clusters.length === 0 ? (
        <Empty>
          It manages none yet: its file names them under <code>relationships</code>, by slug or by owner.
        </Empty>
      ) : (
        clusters.map((cluster) => <ClusterReport key={cluster.cluster} cluster={cluster} />)
      )}
    </Card>
  );
}

function ClusterReport({ cluster }: { readonly cluster: Cluster }) {
  const { cluster: id, slug, version, members, ready, waiting, running, places, stability, wanted } = cluster;
  return (
    <section className="manager-cluster" aria-label={`Cluster ${id}`}>
      <div className="manager-head">
        <h3>
          <Link to={{ view: "cluster", id }}>
            <Name text={slug} fallback={`Cluster ${id}`} />
          </Link>
        </h3>
        <Badge tone={toneOf(stability.score)}>{`score ${numberText(stability.score)}`}</Badge>
        <span className="muted">version {version}</span>
      </div>
      <p>
        {countText(ready)} of {plural(members, "member")} ready, {plural(running, "task")} running,{" "}
        {countText(waiting)} waiting, {plural(places, "place")}.
      </p>
      {wanted.length > 0 && (
        <p>
          <Badge tone="warn">Wants</Badge> <Name text={wanted.join("; ")} />
        </p>
      )}
      <Score stability={stability} />
      <Disclosure summary="Why it is as it is">{() => <Why subject={`cluster/${id}`} />}</Disclosure>
      <Disclosure summary="Routes to its members">{() => <Routes cluster={id} />}</Disclosure>
    </section>
  );
}

/** From these on a score is well, or not well. */
const WELL = 0.9;
const BAD = 0.5;

function toneOf(score: number): Tone {
  if (score >= WELL) return "good";
  return score >= BAD ? "warn" : "bad";
}

const PARTS = [
  ["availability", "members that are there"],
  ["success", "executions that ended with a response"],
  ["punctuality", "windows that were kept"],
  ["steadiness", "members that keep running"],
  ["latency", "messages that came in time"],
] as const;

/** A product: one part that is bad is not made up for by four that are well. */
function Score({ stability: { score, parts } }: Pick<Cluster, "stability">) {
  return (
    <div className="manager-score">
      {PARTS.map(([part, words]) => (
        <div key={part} className="manager-part">
          <span>
            {part} <span className="muted">{words}</span>
          </span>
          <Meter share={parts[part]} isBad={parts[part] < BAD} text={numberText(parts[part])} />
        </div>
      ))}
      <p className="muted">
        {PARTS.map(([part]) => numberText(parts[part])).join(" × ")} = {numberText(score)}
      </p>
    </div>
  );
}

function Routes({ cluster }: { readonly cluster: string }) {
  const query = useRoutes(cluster);
  return (
    <Answer query={query} what="the routes" isPart>
      {({ routes }) =>
        routes.length === 0 ? (
          <Empty>None: nobody of it can be reached by now.</Empty>
        ) : (
          <ul className="rows">
            {routes.map(({ member, nodes, roundTripMs, lossShare }) => (
              <li key={member} className="row">
                <span className="row-title">
                  <Name text={member} />
                </span>
                <span className="row-text">
                  {nodes.length === 0 ? (
                    <Badge tone="bad">no node</Badge>
                  ) : (
                    nodes.map((node, at) => (
                      <span key={node}>
                        {at > 0 && ", then "}
                        <Link to={{ view: "networkNode", id: node }}>node {node}</Link>
                      </span>
                    ))
                  )}
                </span>
                <span className="muted">
                  {roundTripMs === undefined
                    ? "not measured"
                    : `${numberText(roundTripMs)} ms there and back`}
                  {lossShare !== undefined && lossShare > 0 && `, ${numberText(lossShare * 100)} % lost`}
                </span>
              </li>
            ))}
          </ul>
        )
      }
    </Answer>
  );
}
