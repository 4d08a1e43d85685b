import type { ExecutionAnswer } from "../../api/types.ts";
import { countText, plural } from "../../text/amounts.ts";
import { cleanName } from "../../text/clean.ts";
import { chainMs } from "../../text/times.ts";

type TakenBack = ExecutionAnswer["takenBack"][number];
type Task = NonNullable<ExecutionAnswer["taskList"]>[number];

/** Something that happened to an execution, or is waited for. */
export interface Moment {
  readonly key: string;
  readonly title: string;
  readonly text: string;
  readonly atMs: number | null;
  /** Where it stands among the others. @default when it was */
  readonly orderMs?: number;
  readonly place: ExecutionAnswer["created"] | null;
  readonly tone: "done" | "now" | "bad" | "word";
}

/** The moments of an execution in the order in which they came; what it waits for, and its end, stand last. */
export function momentsOf(execution: ExecutionAnswer): readonly Moment[] {
  const { ended, state, taskList } = execution;
  const waiting = (taskList ?? []).filter((task) => task.state === "ready");
  return [
    ...pastOf(execution),
    ...waiting.map((task) => readyOf(task, execution)),
    ...takenBackOf(execution, "ended", null),
    ...(ended === null ? [] : [endOf(state, ended, execution)]),
  ];
}

/** What has happened. A second of the chain may seem to be before a word that came first: an answer is not accepted before it is signed. */
function pastOf(execution: ExecutionAnswer): readonly Moment[] {
  const { created, taskList } = execution;
  const tasks = taskList ?? [];
  const moments: Moment[] = [];
  const answered = tasks
    .flatMap((task) => (task.completion === null ? [] : [{ task, completion: task.completion }]))
    .sort((a, b) => orderOf(a.completion.place) - orderOf(b.completion.place));
  for (const { task, completion } of answered) {
    const by = completion.node === null ? "by an owner" : `by node ${completion.node}`;
    const words = gossipOf(execution, task);
    const atMs = chainMs(completion.place.timestamp);
    moments.push(...words, ...takenBackOf(execution, "accepted", task.task), {
      key: `task ${task.task}`,
      title: `Task ${cleanName(task.name)} accepted`,
      text: `Answered ${by}${completion.seconds.length > 0 ? `, and ${completion.seconds.length} agreed` : ""}.`,
      atMs,
      orderMs: Math.max(atMs, ...words.flatMap((word) => word.atMs ?? [])),
      place: completion.place,
      tone: "done",
    });
  }
  for (const task of tasks.filter(({ completion }) => completion === null))
    moments.push(...gossipOf(execution, task), ...takenBackOf(execution, "accepted", task.task));
  const orderOfMoment = ({ orderMs, atMs }: Moment) => orderMs ?? atMs ?? 0;
  // Whatever clocks say, nothing came before its creation.
  return [
    ...takenBackOf(execution, "created", null),
    {
      key: "created",
      title: "Created",
      text: "The quote is in escrow, and the first tasks are ready.",
      atMs: chainMs(created.timestamp),
      place: created,
      tone: "done",
    },
    ...moments.sort((a, b) => orderOfMoment(a) - orderOfMoment(b)),
  ];
}

function readyOf({ task, name, windows }: Task, { readyAt }: ExecutionAnswer): Moment {
  return {
    key: `ready ${task}`,
    title: `Task ${cleanName(name)} is ready`,
    text:
      windows.length === 0
        ? "Nobody may answer it yet."
        : "Who may answer it, and from when on, stands below.",
    atMs: chainMs(readyAt),
    place: null,
    tone: "now",
  };
}

/** When the answers of a task travelled among the peers, as this daemon saw it: by this machine's clock. */
function gossipOf({ gossip }: ExecutionAnswer, { task, name }: Task): readonly Moment[] {
  return (gossip ?? [])
    .filter((one) => one.task === task)
    .map(({ node, way, peers, outputDigest, atMs }) => ({
      key: `gossip ${task} ${node} ${outputDigest}`,
      title:
        way === "sent"
          ? `This node signed its answer to ${cleanName(name)}${peers === null || peers === 0 ? "" : ` and told ${plural(peers, "peer")}`}`
          : `Node ${node}'s answer to ${cleanName(name)} heard from a peer`,
      text:
        way === "sent" && peers === 0
          ? "No peer listened, so nobody else knew it before the chain did."
          : "Later tasks may begin with it before the chain has it.",
      atMs,
      place: null,
      tone: "word" as const,
    }));
}

/** What the chain once had and took back, with where it is now. */
function takenBackOf(
  { takenBack }: ExecutionAnswer,
  kind: TakenBack["kind"],
  task: number | null,
): readonly Moment[] {
  const words = { created: "its creation", accepted: "the answer", ended: "its end" } as const;
  return takenBack
    .filter((one) => one.kind === kind && one.task === task)
    .map(({ wasIn, atMs, isIn }) => ({
      key: `back ${kind} ${task} ${atMs}`,
      title: `The chain took back ${words[kind]}`,
      text: `It was in block ${countText(BigInt(wasIn.blockNumber))}; ${
        isIn === null ? "it is in no block now" : `it is in block ${countText(BigInt(isIn))} now`
      }.`,
      atMs,
      place: null,
      tone: "bad" as const,
    }))
    .reverse();
}

function endOf(
  state: ExecutionAnswer["state"],
  place: ExecutionAnswer["created"],
  { tasks, completed }: ExecutionAnswer,
): Moment {
  const isGood = state === "Succeeded";
  const left = tasks === null ? "" : `${completed} of ${tasks} tasks were answered. `;
  return {
    key: "ended",
    title: isGood ? "Settled: the response is on the chain" : `Ended: ${state}`,
    text: isGood
      ? place.final
        ? "Nothing takes it away any more."
        : "It is final once enough blocks stand on top of it."
      : `${left}What was not spent went back to whoever paid.`,
    atMs: chainMs(place.timestamp),
    place,
    tone: isGood ? "done" : "bad",
  };
}

/** By block, then by place in it. A block has no million logs. */
function orderOf({ blockNumber, logIndex }: ExecutionAnswer["created"]): number {
  return Number(blockNumber) * 1_000_000 + logIndex;
}
