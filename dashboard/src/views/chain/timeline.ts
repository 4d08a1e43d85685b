import type { ExecutionAnswer } from "../../api/types.ts";
import { countText } from "../../text/amounts.ts";
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
  readonly place: ExecutionAnswer["created"] | null;
  readonly tone: "done" | "now" | "bad" | "word";
}

/** The moments of an execution in the order in which they came; what it waits for stands last. */
export function momentsOf(execution: ExecutionAnswer): readonly Moment[] {
  const { created, ended, state, taskList } = execution;
  const tasks = taskList ?? [];
  const moments: Moment[] = [
    ...takenBackOf(execution, "created", null),
    {
      key: "created",
      title: "Created",
      text: "The quote is in escrow, and the first tasks are ready.",
      atMs: chainMs(created.timestamp),
      place: created,
      tone: "done",
    },
  ];
  const answered = tasks
    .flatMap((task) => (task.completion === null ? [] : [{ task, completion: task.completion }]))
    .sort((a, b) => orderOf(a.completion.place) - orderOf(b.completion.place));
  for (const { task, completion } of answered) {
    const by = completion.node === null ? "by an owner" : `by node ${completion.node}`;
    moments.push(...gossipOf(execution, task), ...takenBackOf(execution, "accepted", task.task), {
      key: `task ${task.task}`,
      title: `Task ${cleanName(task.name)} accepted`,
      text: `Answered ${by}${completion.seconds.length > 0 ? `, and ${completion.seconds.length} agreed` : ""}.`,
      atMs: chainMs(completion.place.timestamp),
      place: completion.place,
      tone: "done",
    });
  }
  for (const task of tasks.filter(({ completion }) => completion === null)) {
    moments.push(...gossipOf(execution, task), ...takenBackOf(execution, "accepted", task.task));
    if (task.state === "ready") moments.push(readyOf(task, execution));
  }
  moments.push(...takenBackOf(execution, "ended", null));
  if (ended !== null) moments.push(endOf(state, ended, execution));
  return moments;
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
    .map(({ node, way, outputDigest, atMs }) => ({
      key: `gossip ${task} ${node} ${outputDigest}`,
      title:
        way === "sent"
          ? `This node told its peers its answer to ${cleanName(name)}`
          : `Node ${node}'s answer to ${cleanName(name)} heard from a peer`,
      text: "Signed, and not on the chain yet. Later tasks may already begin.",
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
