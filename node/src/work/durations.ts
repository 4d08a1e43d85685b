/** Runs of a model that are remembered: enough to see through one slow answer, few enough to follow a change. */
export const DURATIONS_PER_MODEL = 16;

/** How long the models that this node serves took of late. */
export interface Durations {
  add(model: bigint, tookMs: number): void;
  /** The quickest of late, in milliseconds; 0 while nothing is known, for then nothing can be ruled out. */
  quickestMs(model: bigint): number;
  /** The middle one of late, in milliseconds; 0 while nothing is known. */
  usualMs(model: bigint): number;
}

interface Known {
  /** Oldest first. */
  readonly latest: readonly number[];
  readonly quickestMs: number;
  readonly usualMs: number;
}

/** A model is one that the operator configured, so there are few. */
export function createDurations(): Durations {
  const byModel = new Map<bigint, Known>();
  return {
    add(model, tookMs) {
      const latest = [...(byModel.get(model)?.latest ?? []), tookMs].slice(-DURATIONS_PER_MODEL);
      const sorted = [...latest].sort((a, b) => a - b);
      const [quickestMs = 0, usualMs = 0] = [sorted[0], sorted[sorted.length >> 1]];
      byModel.set(model, { latest, quickestMs, usualMs });
    },
    quickestMs: (model) => byModel.get(model)?.quickestMs ?? 0,
    usualMs: (model) => byModel.get(model)?.usualMs ?? 0,
  };
}
