import { PleiadError } from "@pleiad/sdk/errors";
import { CONTRACT_NAMES } from "@pleiad/sdk/types/deployment";
import { backoffMs } from "./backoff.ts";
import { createBlockSource } from "./blockSource.ts";
import { sleep, systemClock } from "./clock.ts";
import { retryAfterMsOf } from "./endpoints.ts";
import { chainFailure, hasCode } from "./errors.ts";
import { createEventDecoder } from "./events.ts";
import { createFinality } from "./finality.ts";
import { createFollowerSteps } from "./followerSteps.ts";
import {
  type ChainListener,
  FINAL_DEPTH_MAX,
  FOLLOWER_BACKOFF_BASE_MS,
  FOLLOWER_BACKOFF_MAX_MS,
  type Follower,
  type FollowerModules,
  type FollowerOptions,
  type FollowerState,
  HINTED_POLL_FACTOR,
  LOCAL_CHAIN_ID,
  POLL_INTERVAL_DEFAULT_MS,
  POLL_INTERVAL_LOCAL_MS,
} from "./followerTypes.ts";
import { createHeaders } from "./headers.ts";

/**
 * Follows the chain for `handler`. What is promised, and the states, stand in the README.
 *
 * @example
 * const follower = createFollower({ deployment, finalDepth: 12 }, { rpc, cursor, handler, logger });
 * await follower.start();
 * await follower.caughtUp();
 */
export function createFollower(options: FollowerOptions, modules: FollowerModules): Follower {
  const { deployment, finalDepth } = options;
  const { cursor, handler, hints, logger, clock = systemClock(), random = Math.random } = modules;
  if (!Number.isInteger(finalDepth) || finalDepth < 0 || finalDepth > FINAL_DEPTH_MAX) {
    throw new RangeError(`finalDepth is ${finalDepth}, expected 0 to ${FINAL_DEPTH_MAX}`);
  }
  const isLocal = deployment.chainId === LOCAL_CHAIN_ID;
  const pollIntervalMs =
    options.pollIntervalMs ?? (isLocal ? POLL_INTERVAL_LOCAL_MS : POLL_INTERVAL_DEFAULT_MS);
  const backoff = { baseMs: FOLLOWER_BACKOFF_BASE_MS, maxMs: FOLLOWER_BACKOFF_MAX_MS, random };
  const stopping = new AbortController();
  const rpc = modules.rpc.withSignal(stopping.signal);
  const finality = modules.finality ?? createFinality({ policy: finalDepth }, { rpc, logger });
  const headers = createHeaders();
  const listeners = new Set<ChainListener>();
  const decoder = createEventDecoder(deployment);
  const steps = createFollowerSteps(
    { fromBlock: deployment.fromBlock, finalDepth },
    {
      rpc,
      source: createBlockSource({ rpc, decoder, logger }),
      cursor,
      headers,
      finality,
      handler,
      listeners,
      logger,
    },
  );
  const firstCaughtUp = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let state: FollowerState = "starting";
  let error: unknown;
  let failures = 0;
  /** Who wants a look at once; undefined while the next one may come in its time. */
  let wanted: Waker | undefined;
  let wake: (by: Waker) => void = () => undefined;
  /** Whether the last new block was found by a hint: as long as that is so, there is little to poll for. */
  let areHintsAhead = false;
  let running: Promise<void> | undefined;

  /** Waits for the next look at the chain; who pokes makes it come at once. @returns why it comes */
  function pause(delayMs: number): Promise<Waker> {
    if (wanted !== undefined || stopping.signal.aborted) {
      const by = wanted ?? "poke";
      wanted = undefined;
      return Promise.resolve(by);
    }
    return new Promise((resolve) => {
      const cancel = clock.after(delayMs, () => wake("time"));
      wake = (by) => {
        cancel();
        wake = () => undefined;
        wanted = undefined;
        resolve(by);
      };
    });
  }

  function lookNow(by: Waker): void {
    wanted = by;
    wake(by);
  }

  /** Hints are worth waiting for as long as they, and not the clock, show what is new. */
  function judgeHints(by: Waker, isNew: boolean): void {
    if (by === "hint") areHintsAhead = isNew;
    else if (by === "time" && isNew) areHintsAhead = false;
  }

  function intervalMs(): number {
    const isHinted = areHintsAhead && hints?.isLive() === true;
    return isHinted ? pollIntervalMs * HINTED_POLL_FACTOR : pollIntervalMs;
  }

  async function checkContracts(): Promise<void> {
    await rpc.check(Object.fromEntries(CONTRACT_NAMES.map((name) => [name, deployment[name]])));
  }

  /** One step, whatever comes next. @returns whether the next one is to follow at once */
  async function step(isFirst: boolean, begun: () => void): Promise<boolean> {
    const outcome = isFirst ? await steps.begin() : await steps.next();
    failures = 0;
    error = undefined;
    state = outcome.state;
    if (isFirst && outcome.state !== "suspicious") {
      await checkContracts();
      await finality.check();
      await finality.look(headers);
      begun();
    }
    if (outcome.isCaughtUp) firstCaughtUp.resolve();
    return outcome.isMore;
  }

  function noteFailure(reason: PleiadError): number {
    failures += 1;
    error = reason;
    state = "failing";
    const waitMs = Math.max(backoffMs(failures, backoff), retryAfterMsOf(reason) ?? 0);
    // The first, second, fourth, eighth …: an endpoint that is down for a night does not fill the log.
    const level = Number.isInteger(Math.log2(failures)) ? "warn" : "debug";
    logger[level](
      { code: reason.code, message: reason.message, failures, waitMs },
      "following the chain failed",
    );
    return waitMs;
  }

  async function run(onBegun: () => void): Promise<void> {
    let hasBegun = false;
    const begun = () => {
      hasBegun = true;
      onBegun();
    };
    let by: Waker = "poke";
    while (!stopping.signal.aborted) {
      try {
        const before = steps.newest()?.hash;
        const isMore = await step(!hasBegun, begun);
        judgeHints(by, steps.newest()?.hash !== before);
        by = isMore ? "poke" : await pause(intervalMs());
      } catch (reason) {
        if (stopping.signal.aborted && hasCode(reason, "RPC_STOPPED")) return;
        if (!mayPass(reason, hasBegun)) throw reason;
        await sleep(clock, noteFailure(reason), stopping.signal);
      }
    }
  }

  function end(reason: unknown): void {
    state = "stopped";
    error = reason;
    logger.error(
      reason instanceof PleiadError
        ? { code: reason.code, message: reason.message, details: reason.details }
        : { reason },
      "following the chain ended",
    );
  }

  return {
    ended: ended.promise,
    start() {
      if (running !== undefined) throw new Error("a follower is started once");
      const begun = Promise.withResolvers<void>();
      let hasBegun = false;
      running = run(() => {
        hasBegun = true;
        hints?.start(() => lookNow("hint"));
        begun.resolve();
      }).then(
        () => {
          state = "stopped";
          if (!hasBegun)
            begun.reject(chainFailure("RPC_STOPPED", "the follower was stopped before it had begun"));
          ended.resolve();
        },
        (reason: unknown) => {
          end(reason);
          // Who waits for the start hears it there; who waits for the end hears it there, once.
          if (hasBegun) ended.reject(reason);
          else {
            begun.reject(reason);
            ended.resolve();
          }
        },
      );
      return begun.promise;
    },
    async stop() {
      stopping.abort();
      hints?.stop();
      wake("poke");
      if (running === undefined) ended.resolve();
      await running;
    },
    caughtUp: () => Promise.race([firstCaughtUp.promise, ended.promise]),
    head: () => headers.head(),
    canonicalAt: (number) => headers.at(number),
    newest: () => steps.newest(),
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    poke: () => lookNow("poke"),
    refollow(number) {
      steps.doubt(number);
      lookNow("poke");
    },
    status: () => ({
      state,
      head: headers.head(),
      settled: finality.settledUpTo(headers.head()),
      newest: steps.newest()?.number,
      error,
      isHinted: hints?.isLive(),
    }),
  };
}

/** Why the follower looks at the chain. */
type Waker = "time" | "poke" | "hint";

/**
 * Whether to go on after a failure. While it runs, nothing that an endpoint says but "another chain" ends the
 * follower: keys are renewed and servers repaired.
 */
function mayPass(reason: unknown, hasBegun: boolean): reason is PleiadError {
  if (!(reason instanceof PleiadError)) return false;
  return reason.retryable || (hasBegun && reason.code === "RPC_FAILED");
}
