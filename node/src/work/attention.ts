import type { Clock } from "../chain/clock.ts";
import { createChainMoments } from "./chainMoments.ts";
import type { ChainView } from "./ports.ts";

/** Within so long each execution that runs is looked at, and each live job compared with the chain, whatever happened: a net for what nobody thought of. Milliseconds. */
export const SWEEP_MS = 600_000;

/** What a look found that decides when the next one is due. */
export interface Looked {
  /** Whether its creation is deep enough to sign and send for. */
  readonly settled: boolean;
  /** When the plan changes by itself, or its time is over: unix seconds of the chain. */
  readonly changesAt: bigint;
  /** Models of its tasks. */
  readonly models: Iterable<bigint>;
}

/**
 * Which executions a block, or a change of a node or a model, makes worth a look, though it has no event about them: those
 * whose moment has come by the chain's time, those that have become deep enough, those whose tasks use the model; and a few
 * of all others, in turn.
 */
export interface Attention {
  /** An execution was looked at. */
  looked(execution: bigint, found: Looked): void;
  forget(execution: bigint): void;
  /** Those to look at as the chain's time and depth are now. */
  due(): readonly bigint[];
  /** Those whose tasks use a model. */
  using(model: bigint): readonly bigint[];
}

export function createAttention(modules: {
  readonly chain: Pick<ChainView, "execution" | "now">;
  readonly clock: Clock;
}): Attention {
  const { chain, clock } = modules;
  const moments = createChainMoments();
  const unsettled = new Set<bigint>();
  const byModel = new Map<bigint, Set<bigint>>();
  /** Models of each execution that runs, the one looked at longest ago first. */
  const known = new Map<bigint, ReadonlySet<bigint>>();
  let sweptAtMs = clock.monotonicMs();

  function unlink(execution: bigint): void {
    for (const model of known.get(execution) ?? []) {
      const users = byModel.get(model);
      users?.delete(execution);
      if (users?.size === 0) byModel.delete(model);
    }
    known.delete(execution);
  }

  /** As large a part of all as the time since the last one is of the time for all. */
  function sweep(): readonly bigint[] {
    const nowMs = clock.monotonicMs();
    const count = Math.min(known.size, Math.floor((known.size * (nowMs - sweptAtMs)) / SWEEP_MS));
    if (count === 0 && known.size > 0) return [];
    sweptAtMs = nowMs;
    const oldest: bigint[] = [];
    for (const execution of known.keys()) {
      if (oldest.length === count) break;
      oldest.push(execution);
    }
    return oldest;
  }

  return {
    looked(execution, { settled, changesAt, models }) {
      unlink(execution);
      const used = new Set(models);
      known.set(execution, used);
      for (const model of used) byModel.set(model, (byModel.get(model) ?? new Set()).add(execution));
      if (settled) unsettled.delete(execution);
      else unsettled.add(execution);
      moments.set(execution, changesAt);
    },
    forget(execution) {
      unlink(execution);
      unsettled.delete(execution);
      moments.delete(execution);
    },
    due() {
      const settled = [...unsettled].filter((execution) => chain.execution(execution)?.settled !== false);
      return [...moments.take(chain.now()), ...settled, ...sweep()];
    },
    using: (model) => [...(byModel.get(model) ?? [])],
  };
}
