/**
 * A time of a hybrid logical clock (Kulkarni and others, 2014, "Logical Physical Clocks"): 48 bits of unix milliseconds, then a
 * count of 16 bits. It is never before anything that its node has seen, and near to the wall clock where clocks agree, so
 * it orders entries of different nodes without a talk.
 */
export type Stamp = bigint;

const COUNTER_BITS = 16n;

export function stampAt(wallMs: number): Stamp {
  return BigInt(Math.trunc(wallMs)) << COUNTER_BITS;
}

/** Unix milliseconds of a stamp. */
export function wallMsOf(stamp: Stamp): number {
  return Number(stamp >> COUNTER_BITS);
}

/** The clock of one node. */
export interface HybridClock {
  /** A stamp for something that happens now: later than every stamp given or seen before. */
  tick(): Stamp;
  /** Takes note of a stamp that came from elsewhere. */
  see(stamp: Stamp): void;
}

/**
 * A count that runs over goes on into the next millisecond, so a clock that was set back still only grows.
 *
 * @param now unix milliseconds; may jump
 */
export function createHybridClock(now: () => number = Date.now): HybridClock {
  let last: Stamp = 0n;
  return {
    tick() {
      const wall = stampAt(now());
      last = wall > last ? wall : last + 1n;
      return last;
    },
    see(stamp) {
      if (stamp > last) last = stamp;
    },
  };
}
