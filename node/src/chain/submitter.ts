import { isRetryable, PleiadError } from "@pleiad/sdk/errors";
import { parseGwei } from "viem";
import { backoffMs } from "./backoff.ts";
import { sleep, systemClock } from "./clock.ts";
import { chainFailure, hasCode } from "./errors.ts";
import { raisedFees } from "./fees.ts";
import { createFlights, type Flight } from "./flight.ts";
import { FOLLOWER_BACKOFF_BASE_MS, FOLLOWER_BACKOFF_MAX_MS } from "./followerTypes.ts";
import type { TransactionRecord } from "./journal.ts";
import { createMutex } from "./mutex.ts";
import { createNonces, type Nonces } from "./nonces.ts";
import type { RpcBlock } from "./parse.ts";
import { createPreparer, feeAboveCeiling, type Plan } from "./prepare.ts";
import { signAttempt } from "./signAttempt.ts";
import {
  BALANCE_WARNING_FACTOR,
  ENDED_TRANSACTIONS_KEPT,
  FOREIGN_LOOKS_MAX,
  IN_FLIGHT_MAX,
  LOOK_INTERVAL_MS,
  PRUNE_INTERVAL_TRANSACTIONS,
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
  const { raiseAfterMs = RAISE_AFTER_MS_DEFAULT, raiseAfterBlocks = RAISE_AFTER_BLOCKS_DEFAULT } = options;
  const { signer, journal, chain, logger, clock = systemClock(), random = Math.random } = modules;
  const account = signer.address;
  const stopping = new AbortController();
  const rpc = modules.rpc.withSignal(stopping.signal);
  const preparer = createPreparer(
    {
      account,
      priorityFeeWei: parseGwei(String(options.priorityFeeGwei ?? 1)),
      ceilingWei: parseGwei(String(options.feeGweiMax)),
    },
    { rpc, chain },
  );
  const listeners = new Set<(record: TransactionRecord) => void>();
  const flights = createFlights(
    { chainId, finalDepth },
    { rpc, signer, journal, chain, preparer, clock, logger, onChange, onAlert },
  );
  /** By nonce: all that is signed and not final. */
  const flying = new Map<number, Flight>();
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
  let endedCount = 0;
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
    for (const listener of [...listeners]) listener(record);
    const waiter = waiters.get(record.nonce);
    const result = waiter === undefined ? undefined : resultOf(record, waiter.request.until ?? "final");
    if (waiter !== undefined && result !== undefined) {
      waiters.delete(record.nonce);
      waiter.resolve(result);
    }
    if (record.state === "final" || record.state === "replaced" || record.state === "cancelled") {
      flying.delete(record.nonce);
      endedCount += 1;
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
        await checkCount(plan.count);
        watchBalance(plan);
        await begin(waiter, plan);
      });
    } catch (error) {
      if (!(error instanceof PleiadError) || hasCode(error, "NONCE_FOREIGN")) fail(error);
      throw error instanceof PleiadError && error.code !== "RPC_STOPPED" ? error : stoppedError();
    }
  }

  /** Signs, journals and sends: from here on the transaction is carried through, whatever happens. */
  async function begin(waiter: Waiter, plan: Plan): Promise<void> {
    const { request } = waiter;
    const own = ownNonces();
    const nonce = own.next();
    const before = await journal.get({ account, nonce });
    const market = await preparer.market();
    // A nonce that was given up: its earlier bytes may still be about, so these have to outbid them.
    const fees = before === undefined ? plan.fees : raisedFees(before.attempts, market);
    if (fees === undefined) throw feeAboveCeiling(market);
    const completions = request.completions ?? [];
    const attempt = await signAttempt(
      { chainId, nonce, ...plan.body, ...fees, purpose: "settle", completions },
      signer,
    );
    const record = await journal.recordIntended({ account, nonce }, attempt);
    own.take(nonce);
    const flight = flights.of(record);
    flying.set(nonce, flight);
    waiters.set(nonce, waiter);
    onChange(record);
    logger.info({ nonce, hash: attempt.hash, purpose: request.purpose }, "sending a transaction");
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

  // ------------------------------------------------------------------------------------------ looking after it

  /** The chain may have counted only what is ours. */
  async function checkCount(count: number): Promise<void> {
    for (let nonce = ownNonces().unused; nonce < count; nonce += 1) {
      const record = await journal.get({ account, nonce });
      if (record === undefined) throw nonceForeign(nonce, count);
      // Bytes that were given up landed after all.
      const flight = flights.of(record);
      if (!(await flights.look(flight))) throw nonceForeign(nonce, count);
      ownNonces().take(nonce);
      flying.set(nonce, flight);
    }
  }

  function nonceForeign(nonce: number, count: number): PleiadError {
    const what = `nonce ${nonce} of ${account} was used by a transaction that is not ours`;
    return chainFailure("NONCE_FOREIGN", what, { details: { account, nonce, count } });
  }

  /** The nonce is used, and by none of our attempts: perhaps the endpoint lags, else it was somebody else. */
  async function lost(flight: Flight, count: number): Promise<void> {
    const { nonce } = flight.record;
    flight.lostLooks += 1;
    flight.lookedAtMs = Number.NEGATIVE_INFINITY;
    if (flight.lostLooks < FOREIGN_LOOKS_MAX) return;
    if (foreignNonces === "stop") throw nonceForeign(nonce, count);
    const final = (chain.head()?.number ?? 0n) - BigInt(finalDepth);
    if (final < 0n || (await rpc.transactionCount(account, final)) <= nonce) return;
    await flights.replace(flight, { code: "NONCE_FOREIGN", message: "another transaction has its nonce" });
  }

  function isDueForRaise(flight: Flight): boolean {
    if (flight.wantsRaise) return true;
    const blocks = (chain.head()?.number ?? 0n) - flight.sentAtBlock;
    return clock.monotonicMs() - flight.sentAtMs >= raiseAfterMs && blocks >= BigInt(raiseAfterBlocks);
  }

  /** Looks after a transaction that is not mined. @param count What the chain has counted. */
  async function tend(flight: Flight, count: number): Promise<void> {
    const { record, isTakenUp } = flight;
    if (await flights.look(flight)) {
      flight.lostLooks = 0;
      return flight.record.state === "mined" ? flights.finish(flight) : undefined;
    }
    if (count > record.nonce || flight.lostLooks >= FOREIGN_LOOKS_MAX) return lost(flight, count);
    flight.isTakenUp = false;
    const isKnown = await rpc.knowsTransaction(record.attempts.at(-1)?.hash ?? "0x");
    if (isTakenUp && !isKnown && (await dropIfMoot(flight))) return;
    if (!isKnown || record.state === "intended") await flights.send(flight);
    if (isDueForRaise(flight)) await flights.raise(flight);
  }

  /** What an earlier life meant to send may have become pointless. @returns whether it was dropped */
  async function dropIfMoot(flight: Flight): Promise<boolean> {
    const { record } = flight;
    const isHighest = record.nonce === ownNonces().unused - 1;
    if (record.state !== "intended" || record.attempts.length > 1 || !isHighest) return false;
    const reason = await flights.mootReason(flight);
    if (reason === undefined) return false;
    await flights.drop(flight, reason);
    ownNonces().free(record.nonce);
    return true;
  }

  /** A nonce that is free below a used one holds up everything above it. */
  async function fillGaps(): Promise<void> {
    for (const nonce of ownNonces().gaps()) {
      const before = await journal.get({ account, nonce });
      const market = await preparer.market();
      const fees = raisedFees(before?.attempts ?? [], market);
      if (fees === undefined) return onAlert(feeAboveCeiling(market));
      const body = {
        to: account,
        data: "0x",
        valueWei: 0n,
        gasLimit: await flights.cancelGasLimit(),
      } as const;
      const draft = { chainId, nonce, ...body, ...fees, purpose: "cancel", completions: [] } as const;
      const record = await journal.recordIntended({ account, nonce }, await signAttempt(draft, signer));
      ownNonces().take(nonce);
      const flight = flights.of(record);
      flying.set(nonce, flight);
      onChange(record);
      await flights.send(flight);
    }
  }

  function byNonce(): Flight[] {
    return [...flying.values()].sort((a, b) => a.record.nonce - b.record.nonce);
  }

  async function tick(): Promise<void> {
    await fillGaps();
    const isDue = (flight: Flight) =>
      flight.record.state === "intended" ||
      flight.wantsRaise ||
      clock.monotonicMs() - flight.lookedAtMs >= LOOK_INTERVAL_MS;
    const due = byNonce().filter((flight) => flight.record.state !== "mined" && isDue(flight));
    if (due.length > 0) {
      const count = await rpc.transactionCount(account, "latest");
      await checkCount(count);
      for (const flight of due) await tend(flight, count);
    }
    for (const flight of byNonce()) if (flight.record.state === "mined") await flights.finish(flight);
    if (endedCount < PRUNE_INTERVAL_TRANSACTIONS) return;
    endedCount = 0;
    await journal.prune(account, ENDED_TRANSACTIONS_KEPT);
  }

  async function sawBlock({ transactions }: RpcBlock): Promise<void> {
    const there = new Set(transactions);
    for (const flight of byNonce()) {
      const isOurs = flight.record.attempts.some(({ hash }) => there.has(hash));
      if (isOurs && flight.record.state !== "mined") await flights.look(flight);
      if (flight.record.state === "mined") await flights.finish(flight);
    }
  }

  async function sawRollback(number: bigint): Promise<void> {
    for (const flight of byNonce()) {
      const { inclusion } = flight.record;
      if (inclusion === null || inclusion.blockNumber <= number) continue;
      await flights.unmine(flight);
      await flights.send(flight);
    }
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
    const [count, pendingCount] = await Promise.all([
      rpc.transactionCount(account, "latest"),
      rpc.transactionCount(account, "pending"),
    ]);
    const counted = Math.max(count, pendingCount);
    const known = highest === undefined ? counted : highest + 1;
    if (counted > known && foreignNonces === "stop") throw nonceForeign(known, counted);
    flying.clear();
    for (const record of live) flying.set(record.nonce, { ...flights.of(record), isTakenUp: true });
    nonces = createNonces({
      first: count,
      used: live.map(({ nonce }) => nonce),
      unused: Math.max(known, counted),
    });
  }

  async function startUp(): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      try {
        await takeUp();
        await alone(tick);
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
      inBackground(tick);
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
          if (flying.size > 0) inBackground(() => sawBlock(block));
        },
        rollback({ number }) {
          if (flying.size > 0) inBackground(() => sawRollback(number));
        },
      });
      tickAgain();
      void pump();
    },
    async stop() {
      stopping.abort();
      halt(undefined);
      await alone(async () => undefined);
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
    status: () => ({ account, state, inFlight: inFlightCount(), waiting: queue.length, balanceWei, alert }),
  };
}

/** What may be different the next time. */
function isPassing(error: unknown): error is PleiadError {
  return isRetryable(error) || hasCode(error, "RPC_FAILED");
}
