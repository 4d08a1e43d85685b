import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { pino } from "pino";
import type { Clock } from "../../../node/src/chain/clock.ts";
import { createRpc, type Rpc } from "../../../node/src/chain/rpc.ts";

export const logger = pino({ level: process.env.PLEIAD_TEST_LOG ?? "silent" });

/** Awaits the expected failure of `promise` and answers it. */
export async function failure(promise: Promise<unknown>, code: string): Promise<PleiadError> {
  const error = await promise.then(
    (value) => expect.fail(`expected ${code}, got ${String(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof PleiadError)) throw error;
  expect(error.code, error.message).to.equal(code);
  return error;
}

/** The machine's clock, so much faster: a back-off of a second is over in 20 ms. */
const HASTE = 50;
export const hastyClock: Clock = {
  monotonicMs: () => performance.now() * HASTE,
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs / HASTE);
    return () => clearTimeout(timer);
  },
};

/** An endpoint that is asked the way the daemon asks, but faster. */
export function rpcOf(url: string | readonly string[], chainId = 31337, timeoutMs = 2_000): Rpc {
  const urls = typeof url === "string" ? [url] : url;
  return createRpc({ urls, chainId, timeoutMs }, { logger, clock: hastyClock, random: () => 0 });
}

/** Waits until `check` holds, looking after every turn of the event loop's timers. */
export async function until(
  check: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 20_000,
): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!(await check())) {
    if (performance.now() > endMs) expect.fail(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A clock that the test moves: nothing waits in real time. */
export interface ManualClock extends Clock {
  /** Lets time pass and runs what is due, in order. */
  advance(ms: number): void;
  /** Waits that have not ended, in milliseconds from now. */
  waits(): readonly number[];
}

export function manualClock(): ManualClock {
  let nowMs = 0;
  const timers = new Set<{ readonly atMs: number; readonly run: () => void }>();

  return {
    monotonicMs: () => nowMs,
    after(delayMs, run) {
      const timer = { atMs: nowMs + delayMs, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(ms) {
      const endMs = nowMs + ms;
      for (;;) {
        const [next] = [...timers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
        if (next === undefined) break;
        timers.delete(next);
        nowMs = next.atMs;
        next.run();
      }
      nowMs = endMs;
    },
    waits: () => [...timers].map(({ atMs }) => atMs - nowMs),
  };
}
