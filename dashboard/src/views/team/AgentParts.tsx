import { useOverview } from "../../api/queries.ts";
import {
  type Member,
  useAgents,
  useJobs,
  useMail,
  useReservations,
  useTalk,
  useThreads,
  useUsage,
} from "../../api/team.ts";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Card, Empty, Facts, Foreign, Name, Time } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { countText, microsText, plural } from "../../text/amounts.ts";
import { cleanName, cleanText } from "../../text/clean.ts";
import { Write } from "./AgentActs.tsx";
import { bookNameOf, nameOf } from "./model.ts";

interface OfAgent {
  readonly cluster: string;
  /** What the log calls it. */
  readonly agent: string;
}

/** Of each list the last: everything has a place of its own. */
const ROWS_SHOWN = 8;

/** Questions of it that wait for somebody. The daemon's operator alone is told of them here. */
export function Waiting({ agent }: Pick<OfAgent, "agent">) {
  const { data } = useOverview();
  const asks = `${agent.replace(":", " ")}: `;
  const own = data?.problems.filter(({ approval, text }) => approval !== null && text.startsWith(asks)) ?? [];
  if (own.length === 0) return null;
  return (
    <section className="card" aria-labelledby="waits">
      <h2 id="waits">It waits for you</h2>
      <ul className="rows">
        {own.map(({ approval, text, sinceMs }) => (
          <li key={approval} className="row">
            <Badge tone="bad">Asks</Badge>
            <span className="row-text">
              <bdi>{cleanText(text.slice(asks.length))}</bdi>
            </span>
            {sinceMs !== null && <Time atMs={sinceMs} />}
          </li>
        ))}
      </ul>
      <p>
        <Link to={{ view: "approvals" }}>Answer it</Link>
      </p>
    </section>
  );
}

export function LastWords({ cluster, agent }: OfAgent) {
  const talk = useTalk(cluster).data;
  const last = talk?.said.find(({ by }) => by === agent);
  if (last === undefined) return null;
  return (
    <Card id="words" title="Its last words" aside={<Time atMs={last.atMs} />}>
      <Foreign text={last.text} label="How its last message begins" />
    </Card>
  );
}

export function Cost({ cluster, agent }: OfAgent) {
  const query = useUsage();
  return (
    <Card id="cost" title="Cost">
      <Answer query={query} what="what it used" isPart>
        {({ agent: sums }) => {
          const sum = sums.find(({ key }) => key === bookNameOf(agent, cluster));
          if (sum === undefined) return <Empty>No turn of it is in the books of this node yet.</Empty>;
          const costs = Object.entries(sum.micros).map(([currency, micros]) => microsText(micros, currency));
          return (
            <Facts
              rows={[
                ["It cost", costs.length === 0 ? "not known: its service has no prices" : costs.join(", ")],
                [
                  "Turns",
                  `${countText(sum.turns)}${sum.unknownTurns === 0 ? "" : `, of which ${countText(sum.unknownTurns)} told not all`}`,
                ],
                [
                  "Tokens read",
                  `${countText(sum.inputTokens)}, and ${countText(sum.cachedTokens)} from a cache`,
                ],
                ["Tokens written", countText(sum.outputTokens)],
                ...(sum.updatedAtMs === undefined
                  ? []
                  : [["Last", <Time key="last" atMs={sum.updatedAtMs} />] as const]),
              ]}
            />
          );
        }}
      </Answer>
    </Card>
  );
}

/** What you and it wrote to each other. */
export function Mail({
  cluster,
  member,
  hasGone,
}: {
  readonly cluster: string;
  readonly member: Member;
  readonly hasGone: boolean;
}) {
  const query = useMail(cluster);
  const { id: agent, name } = member;
  return (
    <Card
      id="mail"
      title="You and it"
      aside={<Link to={{ view: "messages", id: cluster }}>All messages</Link>}
    >
      {!hasGone && <Write cluster={cluster} member={member} />}
      <Answer query={query} what="messages" isPart>
        {(messages) => {
          const own = messages
            .filter(
              ({ from, destination }) =>
                from.id === agent ||
                (destination.kind === "direct" && (destination.to === name || destination.to === agent)),
            )
            .slice(0, ROWS_SHOWN);
          if (own.length === 0) return <Empty>Nothing was said yet.</Empty>;
          return (
            <ol className="team-mail" aria-label="Messages, the last first">
              {own.map(({ id, from, text, queuedAtMs, receipts }) => {
                const isSeen = receipts.some(({ acknowledgedAtMs }) => acknowledgedAtMs !== undefined);
                return (
                  <li key={id}>
                    <p className="team-mail-head">
                      <strong>{from.id === agent ? <Name text={from.name} /> : "You"}</strong>
                      <span className="muted">
                        <Time atMs={queuedAtMs} />
                        {from.id !== agent && (isSeen ? ", done with" : ", not done with yet")}
                      </span>
                    </p>
                    <Foreign text={text} label={`Message of ${cleanName(from.name)}`} />
                  </li>
                );
              })}
            </ol>
          );
        }}
      </Answer>
    </Card>
  );
}

export function TalksWith({ cluster, agent }: OfAgent) {
  const talk = useTalk(cluster).data;
  const agents = useAgents(cluster).data?.agents ?? [];
  const names = new Map(agents.map(({ id, name }) => [id, name]));
  const others = new Map<string, { sent: number; got: number; lastAtMs: number }>();
  for (const { from, to, messages, lastAtMs } of talk?.pairs ?? []) {
    const isFrom = from === agent;
    if (!isFrom && to !== agent) continue;
    const other = isFrom ? (to ?? "all") : from;
    const known = others.get(other) ?? { sent: 0, got: 0, lastAtMs: 0 };
    others.set(other, {
      sent: known.sent + (isFrom ? messages : 0),
      got: known.got + (isFrom ? 0 : messages),
      lastAtMs: Math.max(known.lastAtMs, lastAtMs),
    });
  }
  const rows = [...others].sort(([, a], [, b]) => b.lastAtMs - a.lastAtMs).slice(0, ROWS_SHOWN);
  if (rows.length === 0) return null;
  return (
    <Card id="talks" title="Talks with">
      <ul className="rows">
        {rows.map(([id, { sent, got, lastAtMs }]) => (
          <li key={id} className="row">
            <span className="row-title">
              <Name text={id === "all" ? "All, and topics" : nameOf(id, names)} />
            </span>
            <span className="row-text muted">
              {countText(sent)} sent, {countText(got)} got, <Time atMs={lastAtMs} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

const JOB_TONES = { queued: "calm", running: "busy", done: "good", failed: "bad" } as const;

export function Jobs({ cluster, agent }: OfAgent) {
  const jobs = useJobs(cluster).data?.jobs ?? [];
  const own = jobs.filter(({ worker, spawner }) => worker.id === agent || spawner.id === agent);
  if (own.length === 0) return null;
  return (
    <Card id="jobs" title="Work handed on">
      <ul className="rows">
        {own
          .toReversed()
          .slice(0, ROWS_SHOWN)
          .map(({ id, state, prompt, spawner, worker, changedAtMs }) => (
            <li key={id} className="row">
              <Badge tone={JOB_TONES[state]}>{state}</Badge>
              <span className="row-text">
                <bdi>{cleanName(prompt, 120)}</bdi>{" "}
                <span className="muted">
                  {worker.id === agent ? "from" : "to"}{" "}
                  <Name text={worker.id === agent ? spawner.name : worker.name} />
                </span>
              </span>
              <span className="row-time">
                <Time atMs={changedAtMs} />
              </span>
            </li>
          ))}
      </ul>
    </Card>
  );
}

/** Threads in which it said something last, or has work. */
export function Threads({ cluster, agent }: OfAgent) {
  const threads = useThreads(cluster).data?.threads ?? [];
  const jobs = useJobs(cluster).data?.jobs ?? [];
  const worksIn = new Set(
    jobs.filter(({ worker, spawner }) => [worker.id, spawner.id].includes(agent)).map(({ thread }) => thread),
  );
  const own = threads.filter(({ thread, last }) => last.author.id === agent || worksIn.has(thread));
  if (own.length === 0) return null;
  return (
    <Card id="threads" title="Threads" aside={<Link to={{ view: "threads", id: cluster }}>All threads</Link>}>
      <ul className="rows">
        {own.slice(0, ROWS_SHOWN).map(({ thread, messages, last }) => (
          <li key={thread} className="row">
            <Link to={{ view: "thread", id: cluster, thread }} className="row-title">
              <Name text={thread} />
            </Link>
            <span className="row-text muted">{plural(messages, "post")}</span>
            <span className="row-time">
              <Time atMs={last.postedAtMs} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Files that it keeps others from. */
export function Held({ cluster, agent }: OfAgent) {
  const held = useReservations(cluster).data?.reservations ?? [];
  const own = held.filter(({ holder }) => holder.id === agent);
  if (own.length === 0) return null;
  return (
    <Card id="held" title="Files that it holds">
      <ul className="rows">
        {own.map(({ id, folder, paths, reason, expiresAtMs }) => (
          <li key={id} className="row">
            <span className="row-text">
              <bdi>{cleanName(`${folder}: ${paths.join(", ")}`)}</bdi>
              {reason !== undefined && (
                <span className="muted">
                  {" "}
                  <bdi>{cleanName(reason)}</bdi>
                </span>
              )}
            </span>
            <span className="row-time">
              until <Time atMs={expiresAtMs} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
