import type { ExecutionAnswer } from "../../api/types.ts";
import { chainMs } from "../../text/times.ts";

type Task = NonNullable<ExecutionAnswer["taskList"]>[number];

/** A stretch of time on the axis: what fills it, and its share of the axis in percent. */
export interface Stretch {
  readonly key: string;
  readonly kind: "answered" | "waiting" | "window" | "open" | "owner";
  readonly left: number;
  readonly width: number;
  readonly text: string;
}

/** A point of time on the axis. */
export interface Point {
  readonly key: string;
  readonly kind: "sent" | "heard" | "accepted" | "back";
  readonly left: number;
}

export interface BarRow {
  readonly task: Task;
  readonly stretches: readonly Stretch[];
  readonly points: readonly Point[];
}

export interface Bars {
  readonly fromMs: number;
  readonly toMs: number;
  /** Where now is, in percent; undefined for what has ended. */
  readonly now: number | undefined;
  readonly rows: readonly BarRow[];
}

/** Shorter runs are drawn on an axis of so long: the chain counts whole seconds. Milliseconds. */
const AXIS_MS_MIN = 4_000;
/** Of the axis, below which a stretch has no room for words. Percent. */
const TEXT_PERCENT_MIN = 20;
/** Windows that are drawn of one task: those that open next. */
const WINDOWS_DRAWN_MAX = 8;

/** An execution's tasks on one axis of time, from its creation to its end, or to the last window that is drawn. */
export function barsOf(execution: ExecutionAnswer, nowMs: number): Bars {
  const tasks = execution.taskList ?? [];
  const fromMs = chainMs(execution.createdAt);
  const windowMs = (execution.windowSeconds ?? 0) * 1_000;
  const isRunning = execution.ended === null;
  const ends = tasks.flatMap(({ windows }) =>
    windows.slice(0, WINDOWS_DRAWN_MAX).map(({ opensAt }) => chainMs(opensAt)),
  );
  const gossipMs = (execution.gossip ?? []).map(({ atMs }) => atMs);
  const lastMs = isRunning
    ? Math.max(nowMs, ...ends.map((end) => end + windowMs))
    : Math.max(chainMs(execution.ended?.timestamp ?? execution.createdAt), ...gossipMs);
  const toMs = Math.max(lastMs, fromMs + AXIS_MS_MIN);
  const at = (ms: number) => Math.min(100, Math.max(0, ((ms - fromMs) / (toMs - fromMs)) * 100));
  const stretch = (
    key: string,
    kind: Stretch["kind"],
    startMs: number,
    endMs: number,
    text: string,
  ): Stretch => ({
    key,
    kind,
    left: at(startMs),
    width: Math.max(0, at(endMs) - at(startMs)),
    text: at(endMs) - at(startMs) < TEXT_PERCENT_MIN ? "" : text,
  });

  /** Windows count from the last answer that was accepted before, to whichever task. */
  function windowsFromMs({ blockNumber, logIndex }: ExecutionAnswer["created"]): number {
    const earlier = tasks.flatMap(({ completion }) =>
      completion !== null &&
      (BigInt(completion.place.blockNumber) < BigInt(blockNumber) ||
        (completion.place.blockNumber === blockNumber && completion.place.logIndex < logIndex))
        ? [chainMs(completion.place.timestamp)]
        : [],
    );
    return Math.max(fromMs, ...earlier);
  }

  function rowOf(task: Task): BarRow {
    const { completion } = task;
    const before = task.dependsOn.map((index) => tasks[index]?.completion ?? null);
    const readyMs = before.includes(null)
      ? undefined
      : Math.max(fromMs, ...before.map((one) => chainMs(one?.place.timestamp ?? execution.createdAt)));
    const points: Point[] = (execution.gossip ?? [])
      .filter((one) => one.task === task.task)
      .map(({ way, node, outputDigest, atMs }) => ({
        key: `${node} ${outputDigest}`,
        kind: way,
        left: at(atMs),
      }));
    for (const one of execution.takenBack)
      if (one.kind === "accepted" && one.task === task.task)
        points.push({ key: `back ${one.atMs}`, kind: "back", left: at(one.atMs) });
    if (completion !== null && readyMs !== undefined) {
      const acceptedMs = chainMs(completion.place.timestamp);
      points.push({ key: "accepted", kind: "accepted", left: at(acceptedMs) });
      const text = windowText(acceptedMs - windowsFromMs(completion.place), windowMs);
      return { task, stretches: [stretch("answered", "answered", readyMs, acceptedMs, text)], points };
    }
    if (task.state !== "ready" || readyMs === undefined) return { task, stretches: [], points };
    const drawn = task.windows.slice(0, WINDOWS_DRAWN_MAX);
    const stretches = drawn.map(({ node, role, opensAt }, index) => {
      const opensMs = chainMs(opensAt);
      const nextMs = drawn
        .slice(index + 1)
        .map((one) => chainMs(one.opensAt))
        .find((ms) => ms > opensMs);
      const kind = node === null ? "owner" : opensMs <= nowMs ? "open" : "window";
      const text =
        node === null ? (role === "ModelOwner" ? "model's owner" : "cluster's owner") : `node ${node}`;
      return stretch(`${role} ${node}`, kind, opensMs, nextMs ?? opensMs + windowMs, text);
    });
    return { task, stretches, points };
  }

  return { fromMs, toMs, now: isRunning ? at(nowMs) : undefined, rows: tasks.map(rowOf) };
}

/** In which window an answer came: in the first where the node whose turn it was had it ready. */
function windowText(sinceMs: number, windowMs: number): string {
  return windowMs === 0 ? "" : `window ${Math.floor(sinceMs / windowMs) + 1}`;
}

/** Steps between marks of the axis, in seconds: some four fit on it. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 10_800, 21_600, 86_400] as const;
const MARKS_MAX = 6;

/** Marks of the axis: seconds since its beginning, and where they stand in percent. */
export function marksOf({
  fromMs,
  toMs,
}: Pick<Bars, "fromMs" | "toMs">): readonly { readonly seconds: number; readonly left: number }[] {
  const total = (toMs - fromMs) / 1_000;
  const step = STEPS.find((one) => total / one <= MARKS_MAX) ?? total / MARKS_MAX;
  return Array.from({ length: Math.floor(total / step) + 1 }, (_, index) => ({
    seconds: index * step,
    left: ((index * step) / total) * 100,
  }));
}
