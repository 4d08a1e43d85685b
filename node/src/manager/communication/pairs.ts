import { PAIR_SAMPLE_AGE_MAX_MS, PAIR_SAMPLES_MAX, PAIRS_MAX } from "../limits.ts";

/** What is known of the way from one node to another, of late. */
export interface PairQuality {
  /** Median of what was answered; undefined where nothing was. */
  readonly roundTripMs: number | undefined;
  /** Share of what was asked and not answered, 0 to 1; undefined where nothing was asked. */
  readonly lossShare: number | undefined;
  /** Asked and not answered since the last answer. Does not fade with time: silence proves nothing. */
  readonly missedInARow: number;
  readonly samples: number;
}

/** Latency and loss of pairs of nodes: of each the last `PAIR_SAMPLES_MAX`, none older than `PAIR_SAMPLE_AGE_MAX_MS`, of `PAIRS_MAX` pairs. */
export interface PairStatistics {
  answered(from: bigint, to: bigint, roundTripMs: number): void;
  missed(from: bigint, to: bigint): void;
  of(from: bigint, to: bigint): PairQuality;
  /** Pairs that are kept. */
  readonly size: number;
}

interface Pair {
  /** The oldest first; undefined for one that was not answered. */
  samples: { readonly atMs: number; readonly roundTripMs: number | undefined }[];
  missedInARow: number;
  /** What was worked out last, and until when that holds: until a sample comes or grows too old. */
  known: { readonly quality: PairQuality; readonly untilMs: number } | undefined;
}

const NOTHING: PairQuality = { roundTripMs: undefined, lossShare: undefined, missedInARow: 0, samples: 0 };

/** @param modules.nowMs a clock that only grows */
export function createPairStatistics(modules: { readonly nowMs: () => number }): PairStatistics {
  /** The one that was written to last is the last. */
  const pairs = new Map<string, Pair>();
  const keyOf = (from: bigint, to: bigint) => `${from}/${to}`;

  function note(from: bigint, to: bigint, roundTripMs: number | undefined): void {
    const key = keyOf(from, to);
    const pair = pairs.get(key) ?? { samples: [], missedInARow: 0, known: undefined };
    pair.samples.push({ atMs: modules.nowMs(), roundTripMs });
    if (pair.samples.length > PAIR_SAMPLES_MAX) pair.samples.shift();
    pair.missedInARow = roundTripMs === undefined ? pair.missedInARow + 1 : 0;
    pair.known = undefined;
    pairs.delete(key);
    pairs.set(key, pair);
    if (pairs.size <= PAIRS_MAX) return;
    const oldest = pairs.keys().next();
    if (!oldest.done) pairs.delete(oldest.value);
  }

  return {
    answered(from, to, roundTripMs) {
      if (!(roundTripMs >= 0)) throw new RangeError(`a round trip takes time, not ${roundTripMs}`);
      note(from, to, roundTripMs);
    },
    missed: (from, to) => note(from, to, undefined),
    of(from, to) {
      const pair = pairs.get(keyOf(from, to));
      if (pair === undefined) return NOTHING;
      if (pair.known === undefined || modules.nowMs() >= pair.known.untilMs)
        pair.known = qualityOf(pair, modules.nowMs());
      return pair.known.quality;
    },
    get size() {
      return pairs.size;
    },
  };
}

function qualityOf(pair: Pair, nowMs: number): { readonly quality: PairQuality; readonly untilMs: number } {
  const samples = pair.samples.filter(({ atMs }) => nowMs - atMs < PAIR_SAMPLE_AGE_MAX_MS);
  const answered = samples.flatMap(({ roundTripMs }) => (roundTripMs === undefined ? [] : [roundTripMs]));
  const oldestMs = samples[0]?.atMs ?? Number.POSITIVE_INFINITY;
  return {
    quality: {
      roundTripMs: medianOf(answered),
      lossShare: samples.length === 0 ? undefined : 1 - answered.length / samples.length,
      missedInARow: pair.missedInARow,
      samples: samples.length,
    },
    untilMs: oldestMs + PAIR_SAMPLE_AGE_MAX_MS,
  };
}

/** The middle one, or the mean of the two in the middle; undefined of none. */
export function medianOf(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  if (upper === undefined) return undefined;
  return sorted.length % 2 === 1 ? upper : ((sorted[(sorted.length >> 1) - 1] as number) + upper) / 2;
}
