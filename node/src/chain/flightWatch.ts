import type { PleiadError } from "@pleiad/sdk/errors";
import type { Address } from "viem";
import type { Clock } from "./clock.ts";
import { chainFailure } from "./errors.ts";
import { askEvery } from "./everyEndpoint.ts";
import type { Flight, Flights } from "./flight.ts";
import type { CanonicalChain } from "./followerTypes.ts";
import type { TransactionJournal } from "./journal.ts";
import { countDisputed, readCount, type ToldCount } from "./nonceCount.ts";
import type { Nonces } from "./nonces.ts";
import type { RpcBlock } from "./parse.ts";
import type { Rpc } from "./rpc.ts";
import {
  ENDED_TRANSACTIONS_KEPT,
  FOREIGN_LOOKS_MAX,
  LOOK_INTERVAL_MS,
  PRUNE_INTERVAL_TRANSACTIONS,
} from "./submitterTypes.ts";

export interface FlightWatchOptions {
  readonly account: Address;
  readonly finalDepth: number;
  readonly foreignNonces: "stop" | "adopt";
  readonly raiseAfterMs: number;
  readonly raiseAfterBlocks: number;
}

export interface FlightWatchModules {
  readonly rpc: Rpc;
  readonly journal: TransactionJournal;
  readonly chain: CanonicalChain;
  readonly flights: Flights;
  /** By nonce: all that is signed and has not ended. */
  readonly flying: Map<number, Flight>;
  readonly nonces: () => Nonces;
  readonly clock: Clock;
}

/**
 * Looks after the transactions on their way, at each block, each rollback and each tick. One call at a time; what
 * fails and is retryable comes again with the next tick.
 */
export interface FlightWatch {
  tick(): Promise<void>;
  /** A block was followed: which of ours are in it, and which are deep enough now. */
  sawBlock(block: RpcBlock): Promise<void>;
  /** All blocks after `number` are gone: what was in them goes out again, with the same bytes. */
  sawRollback(number: bigint): Promise<void>;
  /** A transaction has ended. */
  sawEnd(): void;
  /**
   * Makes sure that the chain has counted only what is ours.
   *
   * @param count Transactions of the account that the chain has counted.
   * @throws PleiadError NONCE_FOREIGN; RPC_DISAGREEMENT while only one of several endpoints says so
   */
  checkCount(count: number): Promise<void>;
}

export function createFlightWatch(options: FlightWatchOptions, modules: FlightWatchModules): FlightWatch {
  const { account, finalDepth, foreignNonces, raiseAfterMs, raiseAfterBlocks } = options;
  const { rpc, journal, chain, flights, flying, nonces, clock } = modules;
  let endedCount = 0;

  function byNonce(): Flight[] {
    return [...flying.values()].sort((a, b) => a.record.nonce - b.record.nonce);
  }

  async function checkCount(count: number): Promise<void> {
    if (count <= nonces().unused) return;
    // One endpoint that counts too many ends nothing: they are all asked.
    const told = await readCount(rpc, account, "latest");
    for (let nonce = nonces().unused; nonce < Math.min(count, told.count); nonce += 1) {
      const record = await journal.get({ account, nonce });
      // Bytes that were given up may have landed after all.
      const flight = record === undefined ? undefined : flights.of(record);
      if (flight === undefined || (await flights.look(flight)) === "none") throw foreign(nonce, told);
      nonces().take(nonce);
      flying.set(nonce, flight);
    }
  }

  function foreign(nonce: number, { count, isConfirmed }: ToldCount): Error {
    return isConfirmed ? nonceForeign(account, nonce, count) : countDisputed(account, nonce);
  }

  /**
   * The nonce is used, and by none of our attempts: perhaps the endpoint lags, else it was somebody else.
   *
   * @returns whether other endpoints deny that it is used
   */
  async function lost(flight: Flight): Promise<boolean> {
    const { nonce } = flight.record;
    const told = await readCount(rpc, account, "latest");
    // Of a transaction that waits in a pool only whoever has it can tell: with one endpoint its word is enough.
    const isOutbid = rpc.health().length === 1 && flight.lostLooks >= FOREIGN_LOOKS_MAX;
    if (told.count <= nonce && !isOutbid) {
      flight.lostLooks = 0;
      return true;
    }
    flight.lostLooks += 1;
    flight.lookedAtMs = Number.NEGATIVE_INFINITY;
    if (flight.lostLooks < FOREIGN_LOOKS_MAX) return false;
    if (foreignNonces === "stop") throw foreign(nonce, told);
    const final = chain.canonicalAt((chain.head()?.number ?? 0n) - BigInt(finalDepth));
    if (final === undefined) return false;
    // By its hash: an endpoint on another branch refuses instead of answering for that one.
    const atFinal = await readCount(rpc, account, { hash: final.hash });
    if (atFinal.count <= nonce || !atFinal.isConfirmed) return false;
    await flights.replace(flight, { code: "NONCE_FOREIGN", message: "another transaction has its nonce" });
    return false;
  }

  function isDueForRaise(flight: Flight): boolean {
    if (flight.wantsRaise) return true;
    const blocks = (chain.newest()?.number ?? 0n) - flight.sentAtBlock;
    return clock.monotonicMs() - flight.sentAtMs >= raiseAfterMs && blocks >= BigInt(raiseAfterBlocks);
  }

  /** Looks after a transaction that is not mined. */
  async function tend(flight: Flight, count: number): Promise<void> {
    const { record, isTakenUp } = flight;
    const found = await flights.look(flight);
    if (found !== "none") flight.lostLooks = 0;
    if (found === "mined") return;
    if (found === "none") {
      const isUsed = count > record.nonce || flight.lostLooks >= FOREIGN_LOOKS_MAX;
      if (isUsed && !(await lost(flight))) return;
    } else if ((await readCount(rpc, account, "latest")).count > record.nonce) return;
    flight.isTakenUp = false;
    // What was never sent and is pointless by now is given up before anybody gets its bytes.
    if (isTakenUp && record.state === "intended" && !(await isKnown(flight)) && (await giveUpMoot(flight)))
      return;
    if (record.state === "intended") await flights.send(flight);
    else await flights.spread(flight);
    if (isDueForRaise(flight)) await flights.raise(flight);
  }

  /** Whether any endpoint has its newest attempt, mined or waiting. */
  async function isKnown({ record }: Flight): Promise<boolean> {
    const hash = record.attempts.at(-1)?.hash ?? "0x";
    return (await askEvery(rpc, (endpoint) => endpoint.knowsTransaction(hash))).includes(true);
  }

  /** What an earlier life meant to send may have become pointless. @returns whether that was seen to */
  async function giveUpMoot(flight: Flight): Promise<boolean> {
    const { record, cancelReason } = flight;
    if (record.state !== "intended" || cancelReason !== undefined) return false;
    const reason = await flights.mootReason(flight);
    if (reason === undefined) return false;
    if (record.attempts.length === 1 && record.nonce === nonces().unused - 1) {
      await flights.drop(flight, reason);
      nonces().free(record.nonce);
    } else {
      // Later nonces wait for this one: it has to be used up.
      await flights.raise(flight);
    }
    return true;
  }

  /** A nonce that is free below a used one holds up everything above it. */
  async function fillGaps(): Promise<void> {
    for (const nonce of nonces().gaps()) {
      const flight = await flights.open(nonce);
      nonces().take(nonce);
      flying.set(nonce, flight);
      await flights.send(flight);
    }
  }

  function isDue(flight: Flight): boolean {
    const { record, wantsRaise, lookedAtMs } = flight;
    if (record.state === "mined") return false;
    return record.state === "intended" || wantsRaise || clock.monotonicMs() - lookedAtMs >= LOOK_INTERVAL_MS;
  }

  async function finishMined(): Promise<void> {
    for (const flight of byNonce()) if (flight.record.state === "mined") await flights.finish(flight);
  }

  async function prune(): Promise<void> {
    if (endedCount < PRUNE_INTERVAL_TRANSACTIONS) return;
    endedCount = 0;
    await journal.prune(account, ENDED_TRANSACTIONS_KEPT);
  }

  return {
    checkCount,
    async tick() {
      await fillGaps();
      const due = byNonce().filter(isDue);
      if (due.length > 0) {
        const count = await rpc.transactionCount(account, "latest");
        await checkCount(count);
        for (const flight of due) await tend(flight, count);
      }
      await finishMined();
      await prune();
    },
    async sawBlock({ transactions }) {
      const there = new Set(transactions);
      for (const flight of byNonce()) {
        const isOurs = flight.record.attempts.some(({ hash }) => there.has(hash));
        if (isOurs && flight.record.state !== "mined") await flights.look(flight);
      }
      await finishMined();
    },
    async sawRollback(number) {
      for (const flight of byNonce()) {
        const { inclusion } = flight.record;
        if (inclusion === null || inclusion.blockNumber <= number) continue;
        await flights.unmine(flight);
        await flights.send(flight);
      }
    },
    sawEnd() {
      endedCount += 1;
    },
  };
}

export function nonceForeign(account: Address, nonce: number, count: number): PleiadError {
  const what = `nonce ${nonce} of ${account} was used by a transaction that is not ours`;
  return chainFailure("NONCE_FOREIGN", what, { details: { account, nonce, count } });
}
