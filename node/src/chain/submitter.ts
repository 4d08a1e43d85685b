import { isRetryable, PleiadError } from "@pleiad/sdk/errors";
import { backoffMs } from "./backoff.ts";
import { sleep, systemClock } from "./clock.ts";
import { chainFailure, hasCode } from "./errors.ts";
import { weiOfGwei } from "./fees.ts";
import { createFlights, type Flight, newestOf } from "./flight.ts";
import { createFlightWatch, nonceForeign } from "./flightWatch.ts";
import { FOLLOWER_BACKOFF_BASE_MS, FOLLOWER_BACKOFF_MAX_MS } from "./followerTypes.ts";
import type { TransactionRecord } from "./journal.ts";
import { createMutex } from "./mutex.ts";
import { countDisputed, readCount } from "./nonceCount.ts";
import { createNonces, type Nonces } from "./nonces.ts";
import { createPreparer, type Plan } from "./prepare.ts";
import { createSpending } from "./spending.ts";
import {
  BALANCE_WARNING_FACTOR,
  IN_FLIGHT_MAX,
  RAISE_AFTER_BLOCKS_DEFAULT,
  RAISE_AFTER_MS_DEFAULT,
  SUBMISSIONS_WAITING_MAX,
  SUBMITTER_TICK_MS,
  type SubmissionRequest,
  type SubmissionResult,
  type Submitter,
  type SubmitterModules,
  type SubmitterOptions,
} from "./submitterTypes.ts";

/** A request and who waits for what comes of it. */
interface Waiter {
  readonly request: SubmissionRequest;
  readonly resolve: (result: SubmissionResult) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * The only sender of the signer's account. What is promised, and the states, stand in the README.
 *
 * @example
 * const submitter = createSubmitter({ chainId, feeGweiMax: 200, finalDepth: 12 }, { rpc, signer, journal, chain, logger });
 * await submitter.start();
 * const result = await submitter.submit({ to: clusterExecutions, data, purpose: "settle" });
 */
export function createSubmitter(options: SubmitterOptions, modules: SubmitterModules): Submitter {
  const { chainId, finalDepth, foreignNonces = "stop" } = options;
  const { signer, journal, chain, logger, clock = systemClock(), random = Math.random } = modules;
  const { isSettled = () => true } = modules;
  const account = signer.address;
  const stopping = new AbortController();
  const rpc = modules.rpc.withSignal(stopping.signal);
  const preparer = createPreparer(
    {
      account,
      priorityFeeWei: weiOfGwei(options.priorityFeeGwei ?? 1),
      ceilingWei: weiOfGwei(options.feeGweiMax),
    },
    { rpc, chain },
  );
  const listeners = new Set<(record: TransactionRecord) => void>();
  const spending = createSpending(
    { account, limitWei: options.spendingLimitWei, otherPercent: options.otherPercentMax },
    { journal, file: modules.spendingFile, nowSeconds: () => timestampOf(chain.head()) },
  );
  const flights = createFlights(
    { chainId, finalDepth },
    {
      rpc,
      signer,
      journal,
      chain,
      isSettled,
      preparer,
      clock,
      logger,
      onChange,
      onAlert,
      refusal: spending.refusal,
    },
  );
  /** By nonce: all that is signed and not final. */
  const flying = new Map<number, Flight>();
  const watch = createFlightWatch(
    {
      account,
      finalDepth,
      foreignNonces,
      raiseAfterMs: options.raiseAfterMs ?? RAISE_AFTER_MS_DEFAULT,
      raiseAfterBlocks: options.raiseAfterBlocks ?? RAISE_AFTER_BLOCKS_DEFAULT,
    },
    { rpc, journal, chain, flights, flying, nonces: ownNonces, clock },
  );
  const waiters = new Map<number, Waiter>();
  const queue: Waiter[] = [];
  const alone = createMutex();
  const ended = Promise.withResolvers<void>();
  let nonces: Nonces | undefined;
  let state: "starting" | "running" | "stopped" = "starting";
  let stopReason: PleiadError | undefined;
  let alert: PleiadError | undefined;
  let balanceWei: bigint | undefined;
  let isLowWarned = false;
  let isPumping = false;
  let isTicking = false;
  let unsubscribe: () => void = () => undefined;
  let cancelTick: () => void = () => undefined;

  // ------------------------------------------------------------------------------------------------- telling

  function onAlert(reason: PleiadError | undefined): void {
    if (reason !== undefined && reason.code !== alert?.code) {
      logger.warn({ code: reason.code, message: reason.message }, "transactions are held up");
    }
    alert = reason;
  }

  function onChange(record: TransactionRecord): void {
    spending.saw(record);
    for (const listener of [...listeners]) listener(record);
    const waiter = waiters.get(record.nonce);
    const result = waiter === undefined ? undefined : resultOf(record, waiter.request.until ?? "final");
    if (waiter !== undefined && result !== undefined) {
      waiters.delete(record.nonce);
      waiter.resolve(result);
    }
    if (record.state === "final" || record.state === "replaced" || record.state === "cancelled") {
      flying.delete(record.nonce);
      watch.sawEnd();
    }
  }

  function resultOf(record: TransactionRecord, until: "mined" | "final"): SubmissionResult | undefined {
    const { nonce, inclusion, end } = record;
    if (record.state === "final" || (record.state === "mined" && until === "mined")) {
      const attempt = record.attempts.find(({ hash }) => hash === inclusion?.transactionHash);
      if (inclusion === null || attempt === undefined) return undefined;
      if (attempt.purpose === "settle") {
        return { outcome: inclusion.status === "success" ? "accepted" : "reverted", nonce, inclusion };
      }
    }
    if (record.state !== "cancelled" && record.state !== "replaced") return undefined;
    const reason = flying.get(nonce)?.cancelReason ?? end;
    return { outcome: "givenUp", nonce, reason: reason ?? { code: "CANCELLED", message: "it was given up" } };
  }

  function stoppedError(): PleiadError {
    return stopReason ?? chainFailure("SUBMITTER_STOPPED", "the submitter has stopped");
  }

  /** Nothing is sent any more; who waits hears why. */
  function halt(reason: PleiadError | undefined): void {
    if (state === "stopped") return;
    state = "stopped";
    stopReason = reason;
    unsubscribe();
    cancelTick();
    for (const waiter of [...queue.splice(0), ...waiters.values()]) waiter.reject(stoppedError());
    waiters.clear();
  }

  function fail(reason: unknown): void {
    if (state === "stopped") return;
    const known = reason instanceof PleiadError ? reason : undefined;
    logger.error(
      known === undefined ? { reason } : { code: known.code, message: known.message, details: known.details },
      "sending transactions ended",
    );
    halt(known ?? chainFailure("SUBMITTER_STOPPED", "a mistake in the program ended it", { cause: reason }));
    ended.reject(reason);
  }

  /** Runs a task that nobody waits for. What is retryable comes again with the next tick. */
  function inBackground(task: () => Promise<void>): void {
    void alone(async () => {
      if (state === "stopped") return;
      try {
        await task();
        void pump();
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (!isPassing(error)) fail(error);
        else logger.debug({ code: error.code, message: error.message }, "looking after transactions failed");
      }
    });
  }

  // ------------------------------------------------------------------------------------------------- sending

  function inFlightCount(): number {
    return [...flying.values()].filter(({ record }) => record.state !== "mined").length;
  }

  /** Takes the queue's requests one after the other, as long as there is room for one more on the way. */
  async function pump(): Promise<void> {
    if (isPumping || state !== "running") return;
    isPumping = true;
    while (state === "running" && inFlightCount() < IN_FLIGHT_MAX) {
      const waiter = queue.shift();
      if (waiter === undefined) break;
      await launch(waiter).catch(waiter.reject);
    }
    isPumping = false;
  }

  async function launch(waiter: Waiter): Promise<void> {
    try {
      const plan = await preparer.prepare(waiter.request);
      if ("moot" in plan) return waiter.resolve({ outcome: "moot", reason: plan.moot });
      await alone(async () => {
        if (state !== "running") throw stoppedError();
        await watch.checkCount(plan.count);
        watchBalance(plan);
        const isSettlement = (waiter.request.completions ?? []).length > 0;
        const over = await spending.refusal({ costWei: plan.costWei, isSettlement });
        if (over !== undefined) {
          // The share of what settles nothing being used up holds up no settlement.
          if (over.details.limitWei === options.spendingLimitWei) onAlert(over);
          throw over;
        }
        await begin(waiter, plan);
      });
    } catch (error) {
      if (!(error instanceof PleiadError) || hasCode(error, "NONCE_FOREIGN")) fail(error);
      throw error instanceof PleiadError && error.code !== "RPC_STOPPED" ? error : stoppedError();
    }
  }

  /** Signs, journals and sends: from here on the transaction is carried through, whatever happens. */
  async function begin(waiter: Waiter, plan: Plan): Promise<void> {
    const { purpose, completions = [] } = waiter.request;
    const own = ownNonces();
    const nonce = own.next();
    const flight = await flights.open(nonce, { ...plan, completions });
    own.take(nonce);
    flying.set(nonce, flight);
    waiters.set(nonce, waiter);
    logger.info({ nonce, hash: newestOf(flight.record).hash, purpose }, "sending a transaction");
    try {
      await flights.send(flight);
    } catch (error) {
      // It is journaled: the next tick goes on with it.
      if (!isPassing(error)) fail(error);
    }
  }

  function watchBalance({ balanceWei: found, costWei }: Plan): void {
    balanceWei = found;
    const isLow = found < costWei * BALANCE_WARNING_FACTOR;
    if (isLow && !isLowWarned) logger.warn({ account, balanceWei: found, costWei }, "the account runs low");
    isLowWarned = isLow;
  }

  // --------------------------------------------------------------------------------------------------- start

  function ownNonces(): Nonces {
    if (nonces === undefined) throw new Error("the submitter was not started");
    return nonces;
  }

  /** What the chain has counted, against what the journal knows. */
  async function takeUp(): Promise<void> {
    const live = (await journal.live()).filter(
      (record) => record.account.toLowerCase() === account.toLowerCase(),
    );
    const highest = await journal.highestNonce(account);
    const [mined, pending] = await Promise.all([
      readCount(rpc, account, "latest"),
      readCount(rpc, account, "pending"),
    ]);
    const { count } = mined;
    // Without a journal there is nothing else to go by.
    if (highest === undefined && !mined.isAgreed) throw countDisputed(account, count);
    const counted = Math.max(count, pending.count);
    const known = highest === undefined ? counted : highest + 1;
    if (counted > known && foreignNonces === "stop") {
      const { isConfirmed } = mined.count > known ? mined : pending;
      throw isConfirmed ? nonceForeign(account, known, counted) : countDisputed(account, known);
    }
    await spending.takeUp();
    flying.clear();
    for (const record of live) flying.set(record.nonce, { ...flights.of(record), isTakenUp: true });
    nonces = createNonces({
      // What waits in the pool an earlier life may have sent, whose journal is lost: to outbid it would be to fight oneself.
      first: highest === undefined ? counted : count,
      used: live.map(({ nonce }) => nonce),
      unused: Math.max(known, counted),
    });
  }

  async function startUp(): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      try {
        await takeUp();
        await alone(watch.tick);
        return;
      } catch (error) {
        if (stopping.signal.aborted) throw stoppedError();
        if (!isPassing(error)) throw error;
        logger.warn({ code: error.code, message: error.message, failures }, "taking up transactions failed");
        const backoff = { baseMs: FOLLOWER_BACKOFF_BASE_MS, maxMs: FOLLOWER_BACKOFF_MAX_MS, random };
        await sleep(clock, backoffMs(failures, backoff), stopping.signal);
      }
    }
  }

  function tickAgain(): void {
    cancelTick = clock.after(SUBMITTER_TICK_MS, () => {
      if (state !== "running") return;
      // While one look takes longer than the interval, no further ones queue up behind it.
      if (!isTicking) {
        isTicking = true;
        inBackground(() => watch.tick().finally(() => (isTicking = false)));
      }
      tickAgain();
    });
  }

  return {
    ended: ended.promise,
    async start() {
      try {
        await startUp();
      } catch (error) {
        halt(error instanceof PleiadError ? error : undefined);
        ended.resolve();
        throw error;
      }
      state = "running";
      unsubscribe = chain.subscribe({
        block(block) {
          if (flying.size > 0) inBackground(() => watch.sawBlock(block));
        },
        rollback({ number }) {
          if (flying.size > 0) inBackground(() => watch.sawRollback(number));
        },
      });
      tickAgain();
      void pump();
    },
    async stop() {
      stopping.abort();
      halt(undefined);
      await alone(async () => undefined);
      await spending.stop();
      ended.resolve();
    },
    submit(request) {
      if (state === "stopped") return Promise.reject(stoppedError());
      if (queue.length >= SUBMISSIONS_WAITING_MAX) {
        const what = `${queue.length} transactions wait already`;
        return Promise.reject(chainFailure("SUBMITTER_BUSY", what, { details: { waiting: queue.length } }));
      }
      return new Promise((resolve, reject) => {
        queue.push({ request, resolve, reject });
        void pump();
      });
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    status: () => ({
      account,
      state,
      inFlight: inFlightCount(),
      waiting: queue.length,
      balanceWei,
      spentWei: spending.spentWei(),
      spendingLimitWei: options.spendingLimitWei,
      alert,
    }),
  };
}

function timestampOf(block: { readonly timestamp: bigint } | undefined): number | undefined {
  return block === undefined ? undefined : Number(block.timestamp);
}

/** What may be different the next time. */
function isPassing(error: unknown): error is PleiadError {
  return isRetryable(error) || hasCode(error, "RPC_FAILED");
}
