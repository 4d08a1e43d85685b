import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { type Clock, sleep } from "../../chain/clock.ts";
import type { Post } from "../alerts/post.ts";
import type { ManagerStatus } from "../face.ts";
import { REPORT_GAP_MS_MIN, REPORT_INTERVAL_MS, REPORT_RETRY_MS_MAX } from "../limits.ts";

/** Tells an orchestrator how a manager and its clusters do. */
export interface Reporter {
  /** Something changed: it is told within `REPORT_GAP_MS_MIN`, rather than at the next turn. */
  wake(): void;
  start(): void;
  stop(): Promise<void>;
  /** Reports that it did not take. */
  failuresTotal(): number;
}

/**
 * Posts the status to an orchestrator's URL, when it is woken and every `REPORT_INTERVAL_MS`. Only the newest is told: one that could not
 * be is replaced by the next, so nothing piles up. No secret is in it; the sinks of alerts are not among the settings.
 */
export function createReporter(
  options: { readonly url: string },
  modules: {
    readonly status: () => Promise<ManagerStatus>;
    readonly post: Post;
    readonly clock: Clock;
    readonly logger: Logger;
  },
): Reporter {
  const { url } = options;
  const { status, post, clock, logger } = modules;
  const ending = new AbortController();
  let turn: AbortController | undefined;
  let isWoken = false;
  let failuresTotal = 0;
  let failuresInARow = 0;
  let running: Promise<void> = Promise.resolve();

  async function report(): Promise<void> {
    try {
      await post({ url, headers: {}, body: reportJson(await status()) }, ending.signal);
      if (failuresInARow > 0) logger.info("the orchestrator takes reports again");
      failuresInARow = 0;
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      if (ending.signal.aborted) return;
      failuresTotal += 1;
      failuresInARow += 1;
      if (failuresInARow === 1)
        logger.warn({ code: error.code, error: error.message }, "the orchestrator took no report");
    }
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      isWoken = false;
      await report();
      // News does not shorten the wait for one that is away.
      if (failuresInARow > 0) {
        await sleep(clock, Math.min(1_000 * 2 ** (failuresInARow - 1), REPORT_RETRY_MS_MAX), ending.signal);
        continue;
      }
      await sleep(clock, REPORT_GAP_MS_MIN, ending.signal);
      if (isWoken) continue;
      turn = new AbortController();
      await sleep(
        clock,
        REPORT_INTERVAL_MS - REPORT_GAP_MS_MIN,
        AbortSignal.any([ending.signal, turn.signal]),
      );
      turn = undefined;
    }
  }

  return {
    wake() {
      isWoken = true;
      turn?.abort();
    },
    start() {
      running = run();
    },
    async stop() {
      ending.abort();
      await running;
    },
    failuresTotal: () => failuresTotal,
  };
}

/** A status as JSON: bigints are decimal strings, weights a map by slug. */
export function reportJson(status: ManagerStatus): string {
  return JSON.stringify(status, (_, part: unknown) => {
    if (typeof part === "bigint") return part.toString();
    return part instanceof Map ? Object.fromEntries(part) : part;
  });
}
