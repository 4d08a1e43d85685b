import type { BlockHeader } from "../../chain/cursor.ts";
import type { ProjectionReader } from "../../chain/projection.ts";
import type { ChainPlace, ExecutionRecord } from "../../chain/state.ts";
import { REORGS_KEPT_MAX, TAKEN_BACK_KEPT_MAX } from "./limits.ts";

/** A moment of an execution that was in a block which is canonical no more. */
export interface TakenBack {
  readonly execution: bigint;
  readonly kind: "created" | "accepted" | "ended";
  /** Of what was accepted; undefined for the others. */
  readonly task: number | undefined;
  readonly wasIn: ChainPlace;
}

/** The chain went another way than it had: what it had shown since the last common block was so no more. */
export interface Reorganisation {
  /** Unix milliseconds, by this machine. */
  readonly atMs: number;
  /** The last block that was followed before. */
  readonly from: { readonly number: bigint; readonly hash: string };
  /** The last block that stayed. */
  readonly to: { readonly number: bigint; readonly hash: string };
  readonly takenBack: readonly TakenBack[];
  /** What was taken back besides and is not kept. */
  readonly leftOut: number;
}

/** The last reorganisations that this life of the daemon saw. */
export interface ReorgBook {
  /** To be called before the projection takes back what comes after `target`: afterwards it is gone. */
  before(target: Pick<BlockHeader, "number" | "hash">): void;
  /** The newest first. */
  list(): readonly Reorganisation[];
  /** What was taken back of an execution, the newest first. */
  of(execution: bigint): readonly (TakenBack & { readonly atMs: number })[];
}

export function createReorgBook(modules: {
  readonly projection: Pick<ProjectionReader, "head" | "runningExecutions" | "endedExecutions">;
  /** Unix milliseconds. */
  readonly now: () => number;
}): ReorgBook {
  const { projection, now } = modules;
  let kept: readonly Reorganisation[] = [];
  return {
    before({ number, hash }) {
      const head = projection.head();
      // The follower may take the same blocks back twice.
      if (head === undefined || head.number <= number) return;
      const records = [...projection.runningExecutions(), ...projection.endedExecutions()];
      const all = records.flatMap(momentsOf).filter(({ wasIn }) => wasIn.blockNumber > number);
      const takenBack = all.slice(0, TAKEN_BACK_KEPT_MAX);
      const from = { number: head.number, hash: head.hash };
      const made = {
        atMs: now(),
        from,
        to: { number, hash },
        takenBack,
        leftOut: all.length - takenBack.length,
      };
      kept = [made, ...kept].slice(0, REORGS_KEPT_MAX);
    },
    list: () => kept,
    of: (execution) =>
      kept.flatMap(({ atMs, takenBack }) =>
        takenBack.filter((one) => one.execution === execution).map((one) => ({ ...one, atMs })),
      ),
  };
}

function momentsOf({ execution, createdIn, completions, endedIn }: ExecutionRecord): readonly TakenBack[] {
  return [
    { execution, kind: "created", task: undefined, wasIn: createdIn },
    ...[...completions.values()].map(({ task, place }) => ({
      execution,
      kind: "accepted" as const,
      task,
      wasIn: place,
    })),
    ...(endedIn === null ? [] : [{ execution, kind: "ended" as const, task: undefined, wasIn: endedIn }]),
  ];
}

/** Where the same moment is now; undefined where it is nowhere. */
export function placeNow(
  record: ExecutionRecord | undefined,
  { kind, task }: TakenBack,
): ChainPlace | undefined {
  if (record === undefined) return undefined;
  if (kind === "created") return record.createdIn;
  if (kind === "ended") return record.endedIn ?? undefined;
  return record.completions.get(task ?? -1)?.place;
}
