import type { Clock } from "./clock.ts";

/** A rate limit: `burst` at once, `perSecond` in the long run. */
export interface TokenBucket {
  /** Takes `count` tokens if they are there; answers whether they were. */
  take(count?: number): boolean;
  /** Takes `count` tokens even if they are not there: the debt is paid off by time. */
  charge(count: number): void;
  /** Milliseconds until there is no debt; 0 when there is none. */
  debtMs(): number;
}

/** @param options.perSecond tokens gained a second; @param options.burst most tokens held, and held at first */
export function createTokenBucket(
  options: { readonly perSecond: number; readonly burst: number },
  modules: { readonly clock: Clock },
): TokenBucket {
  const { clock } = modules;
  let tokens = options.burst;
  let countedMs = clock.monotonicMs();

  function refill(): void {
    const nowMs = clock.monotonicMs();
    tokens = Math.min(options.burst, tokens + ((nowMs - countedMs) / 1_000) * options.perSecond);
    countedMs = nowMs;
  }

  return {
    take(count = 1) {
      refill();
      if (tokens < count) return false;
      tokens -= count;
      return true;
    },
    charge(count) {
      refill();
      tokens -= count;
    },
    debtMs() {
      refill();
      return tokens >= 0 ? 0 : Math.ceil((-tokens / options.perSecond) * 1_000);
    },
  };
}
