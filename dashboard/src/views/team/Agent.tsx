import { useMemo } from "react";
import { ApiFailure } from "../../api/client.ts";
import { useCluster, useVersion } from "../../api/queries.ts";
import { useAboutAgent, useJobs, useOffers, useRunningTasks } from "../../api/team.ts";
import type { AboutAgentAnswer } from "../../api/types.ts";
import { useWorkspaceChanges } from "../../api/workspaceChanges.ts";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Card, Empty, Facts, Foreign, Name, Time } from "../../parts/basics.tsx";
import { useNow } from "../../parts/clock.ts";
import { Link } from "../../router.tsx";
import { countText } from "../../text/amounts.ts";
import { cleanName } from "../../text/clean.ts";
import { exactText, spanText } from "../../text/times.ts";
import { Acts } from "./AgentActs.tsx";
import { Cost, Held, Jobs, LastWords, Mail, TalksWith, Threads, Waiting } from "./AgentParts.tsx";
import { cardsOf, nameOf, STATES } from "./model.ts";
import { NotHere } from "./Team.tsx";
import "./team.css";

type Member = AboutAgentAnswer["agent"];

/** Everything about one agent. @param agent its name, or what the log calls it */
export function Agent({ id, agent }: { readonly id: string; readonly agent: string }) {
  useWorkspaceChanges(id);
  const query = useAboutAgent(id, agent);
  const { error } = query;
  if (query.data === undefined && error instanceof ApiFailure) {
    if (error.code === "RECIPIENT_UNKNOWN") return <Gone id={id} agent={agent} />;
    if (/^(?:WORKSPACE_OFF|NOT_A_MEMBER|CLUSTER_NOT_OPEN)$/.test(error.code))
      return <NotHere id={id} code={error.code} message={error.message} />;
  }
  return (
    <Answer query={query} what="the agent" keepsGone>
      {(about) => (
        <Shown id={id} about={about} hasGone={error instanceof ApiFailure && error.kind === "refused"} />
      )}
    </Answer>
  );
}

function Gone({ id, agent }: { readonly id: string; readonly agent: string }) {
  return (
    <section className="calm">
      <h1>
        <Name text={agent} /> is not here
      </h1>
      <p>
        Nobody of that name takes part in cluster {id}: it may have ended. What it said stays in the messages.
      </p>
      <p>
        <Link to={{ view: "team", id }}>To the agents</Link>
      </p>
    </section>
  );
}

function Shown({
  id,
  about,
  hasGone,
}: {
  readonly id: string;
  readonly about: AboutAgentAnswer;
  readonly hasGone: boolean;
}) {
  const { agent } = about;
  const card = useCard(id, agent);
  const { word, tone } = STATES[hasGone ? "done" : card.state];
  return (
    <>
      <p className="team-back">
        <Link to={{ view: "team", id }}>Agents</Link>
      </p>
      <div className="team-agent-head">
        <div>
          <header className="view-head">
            <h1>
              <Name text={agent.name} fallback={agent.id} />
            </h1>
            <Badge tone={tone}>{word}</Badge>
            {agent.program !== undefined && !hasGone && <For sinceMs={agent.program.sinceMs} />}
          </header>
          {card.role !== undefined && card.role !== agent.name && (
            <p className="lead">
              <bdi>{cleanName(card.role)}</bdi>
            </p>
          )}
        </div>
        {!hasGone && <Acts cluster={id} member={agent} />}
      </div>
      {hasGone && <p role="status">It has ended. What is shown here is what was known last.</p>}
      <Waiting agent={agent.id} />
      <div className="columns">
        <div className="column">
          <About id={id} about={about} task={card.task} />
          <Mail cluster={id} member={agent} hasGone={hasGone} />
        </div>
        <div className="column">
          <Elsewhere id={id} member={agent} />
          <LastWords cluster={id} agent={agent.id} />
          <Cost cluster={id} agent={agent.id} />
          <TalksWith cluster={id} agent={agent.id} />
          <Jobs cluster={id} agent={agent.id} />
          <Threads cluster={id} agent={agent.id} />
          <Held cluster={id} agent={agent.id} />
        </div>
      </div>
    </>
  );
}

/** How long it is in its state. */
function For({ sinceMs }: { readonly sinceMs: number }) {
  const seconds = Math.max(0, (useNow() - sinceMs) / 1_000);
  return (
    <time className="muted" dateTime={new Date(sinceMs).toISOString()} title={exactText(sinceMs)}>
      for {spanText(seconds)}
    </time>
  );
}

/** What its card says, without all the others. */
function useCard(id: string, member: Member) {
  const jobs = useJobs(id).data;
  const running = useRunningTasks(id);
  const version = useVersion(id, useCluster(id).data?.published[0]?.version).data;
  return useMemo(() => {
    const rest = { talk: undefined, usage: undefined, cluster: id };
    const cards = cardsOf({ members: [member], jobs, running, version, ...rest });
    const own = cards.find((card) => card.id === member.id);
    if (own === undefined) throw new Error("a member has a card");
    return own;
  }, [id, member, jobs, running, version]);
}

function About({
  id,
  about: { agent, helper },
  task,
}: {
  readonly id: string;
  readonly about: AboutAgentAnswer;
  readonly task: string | undefined;
}) {
  const version = useVersion(id, useCluster(id).data?.published[0]?.version).data;
  const persona = version?.agents.find((one) => `agent:${one.agent}` === agent.id);
  const service = useOffers().data?.services.find(({ name }) => name === agent.program?.service);
  const { program, spawnedBy, node, lastSeenMs, capabilities } = agent;
  const goal = helper?.goal ?? persona?.goal ?? "";
  const names = new Map(spawnedBy === undefined ? [] : [[spawnedBy.id, spawnedBy.name]]);
  return (
    <Card id="about" title="What it is">
      <Facts
        rows={[
          ["Now", <bdi key="task">{cleanName(task ?? "nothing that is known")}</bdi>],
          ["Service", program?.service ?? helper?.service ?? "none of this node's"],
          ...(service === undefined
            ? []
            : [["Model", `${cleanName(service.model ?? "its own")}, ${service.kind}`] as const]),
          ...(program === undefined
            ? []
            : ([
                ["Project", program.project ?? "none: an empty folder"],
                ["Turns since its start", countText(program.turns)],
                ["Restarts", countText(program.restarts)],
              ] as const)),
          [
            "Node",
            node === undefined ? (
              "not known yet"
            ) : (
              <Link key="node" to={{ view: "networkNode", id: String(node) }}>
                node {node}
              </Link>
            ),
          ],
          ...(spawnedBy === undefined
            ? []
            : [
                [
                  "Started by",
                  <Name
                    key="by"
                    text={
                      spawnedBy.kind === "node"
                        ? nameOf(spawnedBy.id, new Map())
                        : nameOf(spawnedBy.id, names)
                    }
                  />,
                ] as const,
              ]),
          ...(helper === null
            ? []
            : [["Started", <Time key="at" atMs={helper.spawnedAtMs} isExact />] as const]),
          ["Last sign of life", lastSeenMs === undefined ? "none" : <Time key="seen" atMs={lastSeenMs} />],
          ...(capabilities.length === 0
            ? []
            : [["Can", <bdi key="can">{cleanName(capabilities.join(", "))}</bdi>] as const]),
        ]}
      />
      <h3>Goal</h3>
      {goal === "" ? <Empty>None was said.</Empty> : <Foreign text={goal} label="Text of the goal" />}
      {program?.task !== undefined && (
        <>
          <h3>Task that it was started with</h3>
          <Foreign text={program.task} label="Text of the task" />
        </>
      )}
    </Card>
  );
}

/** Where more of it is. */
function Elsewhere({ id, member }: { readonly id: string; readonly member: Member }) {
  const word = member.id.split("/")[1];
  return (
    <Card id="elsewhere" title="More of it">
      <ul className="rows">
        <li className="row">
          <Link to={{ view: "terminals", id }} search={{ show: word ?? member.name }}>
            Its terminal
          </Link>
        </li>
        {word !== undefined && (
          <li className="row">
            <Link to={{ view: "agentFiles", agent: word }}>Its files</Link>
          </li>
        )}
        <li className="row">
          <Link to={{ view: "messages", id }} search={{ agent: member.name }}>
            Its messages
          </Link>
        </li>
        <li className="row">
          <Link to={{ view: "budgets" }}>Budgets, and each turn</Link>
        </li>
        {member.kind === "agent" && (
          <li className="row">
            <Link to={{ view: "networkAgent", id: member.id.slice("agent:".length) }}>
              What the chain says of it
            </Link>
          </li>
        )}
      </ul>
    </Card>
  );
}
