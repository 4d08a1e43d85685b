import type { Member } from "../../api/team.ts";
import type {
  ExecutionAnswer,
  ListJobsAnswer,
  TalkAnswer,
  UsageAnswer,
  VersionAnswer,
} from "../../api/types.ts";
import { microsText } from "../../text/amounts.ts";

/** States by which agents are told apart and found. */
export const STATES = {
  asking: { word: "Asks leave", tone: "bad" },
  working: { word: "Working", tone: "busy" },
  starting: { word: "Starting", tone: "busy" },
  waiting: { word: "Waiting", tone: "good" },
  idle: { word: "Idle", tone: "calm" },
  silent: { word: "Silent", tone: "warn" },
  done: { word: "Done", tone: "calm" },
  person: { word: "Person", tone: "calm" },
} as const;
export type CardState = keyof typeof STATES;

/** One that takes part, in the words of its card. */
export interface Card {
  readonly id: string;
  readonly name: string;
  /** `person`: an operator or a user, who has no page of its own here. */
  readonly kind: "agent" | "helper" | "person";
  readonly state: CardState;
  readonly service: string | undefined;
  readonly role: string | undefined;
  /** What it works at; undefined where nothing is known. */
  readonly task: string | undefined;
  readonly cost: string | undefined;
  readonly last: { readonly text: string; readonly to: string; readonly atMs: number } | undefined;
  readonly spawnedBy: string | undefined;
}

/** Messages both ways between two. */
export interface TalkEdge {
  readonly id: string;
  readonly a: string;
  readonly b: string;
  readonly messages: number;
  readonly lastAtMs: number;
}

/** A task waits for another: `from` is answered first. */
export interface DependencyEdge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

/** Tasks of one version or execution, each with who does it and which of them it waits for. */
export type TaskList = readonly { readonly agent: string; readonly dependsOn: readonly number[] }[];

export interface TeamAnswers {
  readonly members: readonly Member[];
  readonly talk: TalkAnswer | undefined;
  readonly usage: UsageAnswer | undefined;
  readonly jobs: ListJobsAnswer | undefined;
  /** Its number. */
  readonly cluster: string;
  readonly version: VersionAnswer | undefined;
  readonly running: readonly ExecutionAnswer[];
}

/** Cards of all that take part, and of people who talk with them. One go over each answer. */
export function cardsOf({
  members,
  talk,
  usage,
  jobs,
  cluster,
  running,
  version,
}: TeamAnswers): readonly Card[] {
  const nameById = new Map(members.map(({ id, name }) => [id, name]));
  const said = new Map(talk?.said.map((last) => [last.by, last]));
  const costs = new Map(usage?.agent.map(({ key, micros }) => [key, costText(micros)]));
  const work = worksOf(jobs, running);
  const roles = new Map(version?.agents.map(({ agent, role }) => [`agent:${agent}`, role]));
  const lastOf = (id: string): Card["last"] => {
    const last = said.get(id);
    if (last === undefined) return undefined;
    const to = last.to === null ? (last.topic ?? "all") : nameOf(last.to, nameById);
    return { text: last.text, to, atMs: last.atMs };
  };
  const agents = members.map((member): Card => {
    const { id, name, kind, program } = member;
    const busy = work.get(id);
    return {
      id,
      name,
      kind: kind === "helper" ? "helper" : kind === "agent" ? "agent" : "person",
      state: stateOf(member, busy !== undefined),
      service: program?.service,
      role: member.role ?? roles.get(id),
      task: busy ?? taskOf(member),
      cost: costs.get(bookNameOf(id, cluster)),
      last: lastOf(id),
      spawnedBy: member.spawnedBy?.id,
    };
  });
  const people = [...peopleIn(members, talk)]
    .filter((id) => !nameById.has(id))
    .map((id): Card => {
      const none = {
        service: undefined,
        role: undefined,
        task: undefined,
        cost: undefined,
        spawnedBy: undefined,
      };
      return { id, name: nameOf(id, nameById), kind: "person", state: "person", last: lastOf(id), ...none };
    });
  return [...agents, ...people];
}

/** The books know a helper by its cluster, too: one of its name may be in another. */
export function bookNameOf(id: string, cluster: string): string {
  const name = id.replace(":", " ");
  return id.startsWith("helper:") ? `${name} of cluster ${cluster}` : name;
}

export function stateOf({ kind, program, state, isAlive }: Member, isBusy: boolean): CardState {
  if (kind !== "agent" && kind !== "helper") return "person";
  if (program !== undefined) {
    return program.state === "spawning" ? "starting" : program.state;
  }
  if (state === "done") return "done";
  if (isBusy) return "working";
  if (isAlive) return state === "spawning" ? "starting" : "waiting";
  // An agent of the chain that never came here has nothing to be silent about.
  return kind === "agent" ? "idle" : "silent";
}

export function taskOf({ program, note }: Member): string | undefined {
  if (program === undefined) return note;
  const isAtTask = program.state === "working" && program.note === "works at its task";
  return isAtTask ? (program.task ?? program.note) : program.note;
}

/** What each works at: a job of the workspace, or a task of an execution that waits for its answer. */
function worksOf(
  jobs: ListJobsAnswer | undefined,
  running: readonly ExecutionAnswer[],
): ReadonlyMap<string, string> {
  const works = new Map<string, string>();
  for (const { execution, taskList } of running)
    for (const { state, name, agent } of withAgents(taskList))
      if (state === "ready") works.set(agent, `${name}, execution ${execution}`);
  for (const { state, worker, prompt } of jobs?.jobs ?? [])
    if (state === "running") works.set(worker.id, prompt.slice(0, TASK_CHARACTERS_MAX));
  return works;
}

/** Of what somebody works at, a card shows two lines. */
const TASK_CHARACTERS_MAX = 200;

function withAgents(taskList: ExecutionAnswer["taskList"]) {
  return (taskList ?? []).map((task) => ({ ...task, agent: `agent:${task.agent}` }));
}

/** Task lists of the last version and of executions in flight. */
export function taskListsOf({
  version,
  running,
}: Pick<TeamAnswers, "version" | "running">): readonly TaskList[] {
  const ofVersion = (version?.tasks ?? []).map(({ agentIndex, dependsOn }) => ({
    agent: `agent:${version?.agents[agentIndex]?.agent}`,
    dependsOn,
  }));
  return [ofVersion, ...running.map(({ taskList }) => withAgents(taskList))].filter(
    ({ length }) => length > 0,
  );
}

/** Who waits for whom, each pair once. */
export function dependenciesOf(lists: readonly TaskList[]): readonly DependencyEdge[] {
  const edges = new Map<string, DependencyEdge>();
  for (const tasks of lists)
    for (const { agent: to, dependsOn } of tasks)
      for (const index of dependsOn) {
        const from = tasks[index]?.agent;
        if (from === undefined || from === to) continue;
        const id = `${from} > ${to}`;
        edges.set(id, { id, from, to });
      }
  return [...edges.values()];
}

/** Both ways together, the last first. */
export function talkEdgesOf(talk: TalkAnswer | undefined): readonly TalkEdge[] {
  const edges = new Map<string, TalkEdge>();
  for (const { from, to, messages, lastAtMs } of talk?.pairs ?? []) {
    if (to === null || to === from) continue;
    const [a, b] = from < to ? [from, to] : [to, from];
    const id = `${a} ${b}`;
    const known = edges.get(id);
    edges.set(id, {
      ...{ id, a, b },
      messages: messages + (known?.messages ?? 0),
      lastAtMs: Math.max(lastAtMs, known?.lastAtMs ?? 0),
    });
  }
  return [...edges.values()].sort((one, other) => other.lastAtMs - one.lastAtMs);
}

/** A message on its way over an edge. */
export interface Travel {
  readonly key: string;
  readonly from: string;
  readonly to: string;
}

/** What was said since the answer before, the last first. Before the first answer nothing was. */
export function travelsBetween(before: TalkAnswer | undefined, now: TalkAnswer): readonly Travel[] {
  if (before === undefined) return [];
  const known = new Map(before.pairs.map(({ from, to, lastId }) => [`${from} ${to}`, lastId]));
  return now.pairs
    .filter(({ from, to, lastId }) => to !== null && known.get(`${from} ${to}`) !== lastId)
    .sort((one, other) => other.lastAtMs - one.lastAtMs)
    .map(({ from, to, lastId }) => ({ key: lastId, from, to: to ?? "" }));
}

function peopleIn(members: readonly Member[], talk: TalkAnswer | undefined): ReadonlySet<string> {
  const ids = [
    ...members.flatMap(({ spawnedBy }) => spawnedBy?.id ?? []),
    ...(talk?.pairs.flatMap(({ from, to }) => (to === null ? [from] : [from, to])) ?? []),
  ];
  return new Set(ids.filter((id) => /^(?:node|user):/.test(id)));
}

/** One that has gone is known by what the log calls it. */
export function nameOf(id: string, nameById: ReadonlyMap<string, string>): string {
  const known = nameById.get(id);
  if (known !== undefined) return known;
  const [kind, rest = ""] = id.split(":");
  if (kind === "node") return `Operator of node ${rest}`;
  if (kind === "user") return `User ${rest.slice(0, 8)}…${rest.slice(-4)}`;
  return kind === "helper" ? (rest.split("/")[1] ?? rest) : `agent ${rest}`;
}

function costText(micros: Readonly<Record<string, string>>): string | undefined {
  const costs = Object.entries(micros).map(([currency, sum]) => microsText(sum, currency));
  return costs.length === 0 ? undefined : costs.join(", ");
}
