import { hash } from "node:crypto";

/** Numbers that a seed decides: the same seed gives the same numbers, in every process and on every machine. */
export interface Rng {
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number;
  /** True `share` of the time, from 0 to 1. */
  chance(share: number): boolean;
  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  /** One of a list, by weights above 0. */
  weighted<T extends { readonly weight: number }>(list: readonly T[]): T;
  /** Numbers of their own: what is drawn from them moves none of these. */
  fork(name: string): Rng;
}

/** A source of numbers for a seed: any text. */
export function createRng(seed: string): Rng {
  let state = Buffer.from(hash("sha256", seed, "buffer")).readUInt32LE(0);

  /** Mulberry32: small, quick, and good enough to draw faults from. From 0 (included) to 1 (excluded). */
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  function at<T>(list: readonly T[], index: number): T {
    if (list.length === 0) throw new Error("nothing can be drawn from an empty list");
    return list[Math.min(index, list.length - 1)] as T;
  }

  return {
    int: (min, max) => min + Math.floor(next() * (max - min + 1)),
    chance: (share) => next() < share,
    pick: (list) => at(list, Math.floor(next() * list.length)),
    weighted(list) {
      let left = next() * list.reduce((sum, { weight }) => sum + weight, 0);
      const index = list.findIndex(({ weight }) => {
        left -= weight;
        return left < 0;
      });
      return at(list, index === -1 ? list.length - 1 : index);
    },
    fork: (name) => createRng(`${seed}/${name}`),
  };
}
