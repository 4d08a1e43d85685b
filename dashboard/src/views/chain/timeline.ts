import type { ExecutionAnswer } from "../../api/types.ts";
import { cleanName } from "../../text/clean.ts";
import { chainMs } from "../../text/times.ts";

/** Something that happened to an execution, or is waited for. */
export interface Moment {
  readonly key: string;
  readonly title: string;
  readonly text: string;
  readonly atMs: number | null;
  readonly place: ExecutionAnswer["created"] | null;
  readonly tone: "done" | "now" | "bad";
}

/** The moments of an execution in the order in which they came; what it waits for stands last. */
export function momentsOf(execution: ExecutionAnswer): readonly Moment[] {
  const { created, ended, state, taskList } = execution;
  const tasks = taskList ?? [];
  const moments: Moment[] = [
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
    moments.push({
      key: `task ${task.task}`,
      title: `Task ${cleanName(task.name)} accepted`,
      text: `Answered ${by}${completion.seconds.length > 0 ? `, and ${completion.seconds.length} agreed` : ""}.`,
      atMs: chainMs(completion.place.timestamp),
      place: completion.place,
      tone: "done",
    });
  }
  for (const task of tasks.filter((one) => one.state === "ready")) {
    const [first] = task.windows;
    moments.push({
      key: `ready ${task.task}`,
      title: `Task ${cleanName(task.name)} is ready`,
      text:
        first === undefined
          ? "Nobody may answer it yet."
          : "Who may answer it, and from when on, stands below.",
      atMs: chainMs(execution.readyAt),
      place: null,
      tone: "now",
    });
  }
  if (ended !== null) moments.push(endOf(state, ended, execution));
  return moments;
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
