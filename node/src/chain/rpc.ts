import { setMaxListeners } from "node:events";
import type { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Address, Hex, PublicClient } from "viem";
import { type Clock, systemClock } from "./clock.ts";
import type { EndpointHealth } from "./endpoints.ts";
import { hasCode } from "./errors.ts";
import { createLagWatch, LAG_LOOK_INTERVAL_MS } from "./lagWatch.ts";
import { mapParallel } from "./parallel.ts";
import type { RpcBlock, RpcReceipt } from "./parse.ts";
import type { RpcLog } from "./parseLog.ts";
import { createAsker } from "./rpcAsk.ts";
import { clientOf } from "./rpcClient.ts";
import { UnorderedError } from "./rpcLogs.ts";
import { methodsOf } from "./rpcMethods.ts";

/** Requests in one batch: what most endpoints take. */
export const RPC_BATCH_MAX = 50;
/** Requests side by side: enough to hide the latency of a far endpoint, few enough for the limits of a free one. */
export const RPC_PARALLEL_MAX = 8;

/** As of which block a question is answered; a hash fails when that block is not canonical (any more). */
export type BlockTag = "latest" | "pending" | bigint | { readonly hash: Hex };

/** A call, or a transaction to estimate. */
export interface RpcTransaction {
  readonly from?: Address;
  readonly to: Address;
  readonly data: Hex;
  readonly valueWei?: bigint;
}

/** Which block a node may call by a name, where the chain has a notion of it. */
export type NamedTag = "safe" | "finalized";

/** Which part of the log: one block, by its hash, or a range of numbers, both ends included. */
export type LogScope = { readonly blockHash: Hex } | { readonly fromBlock: bigint; readonly toBlock: bigint };

/** Takes entries of the log, in order. */
export interface LogTaker<T> {
  log(log: RpcLog): void;
  /** There are no more. @returns what they came to */
  end(): T;
}

/**
 * The chain, as one or more endpoints tell it. No answer is taken on trust: each has the form it should, or is
 * `RPC_INVALID_ANSWER`. Errors of every method: those of `rpcPost`, and CHAIN_ID_MISMATCH.
 */
export interface Rpc {
  readonly chainId: number;
  /** viem's client over the same endpoints, for `readContract` and the SDK's actions. */
  readonly client: PublicClient;
  /** Asks every endpoint's chain id and looks for code at each address. @throws CHAIN_ID_MISMATCH, CONTRACT_MISSING */
  check(contracts: Readonly<Record<string, Address>>): Promise<void>;
  /** The block, or null when there is none of that number (yet). */
  blockByNumber(number: bigint | "latest" | NamedTag): Promise<RpcBlock | null>;
  blockByHash(hash: Hex): Promise<RpcBlock | null>;
  /** Blocks by their numbers, in that order; in few requests where the endpoint takes batches. */
  blocksByNumber(numbers: readonly bigint[]): Promise<readonly (RpcBlock | null)[]>;
  /**
   * Entries of the log, in order; no others than asked for.
   *
   * @param check Looks at what was answered, for what only the asker knows: an `AnswerError`, or RPC_INVALID_ANSWER,
   * is the endpoint's fault, and names it and the request.
   */
  logs(
    scope: LogScope,
    addresses: readonly Address[],
    check?: (logs: readonly RpcLog[]) => void,
  ): Promise<readonly RpcLog[]>;
  /**
   * The same, each entry handed on as soon as it has come: a long answer is never in memory as a whole.
   *
   * @param begin Makes what takes them, anew for each try. What it throws is treated as what `check` throws.
   */
  readLogs<T>(scope: LogScope, addresses: readonly Address[], begin: () => LogTaker<T>): Promise<T>;
  receipt(hash: Hex): Promise<RpcReceipt | null>;
  /** Whether the endpoint knows the transaction, mined or waiting. */
  knowsTransaction(hash: Hex): Promise<boolean>;
  /** How many transactions the account has sent. */
  transactionCount(account: Address, block: BlockTag): Promise<number>;
  balanceWei(account: Address): Promise<bigint>;
  code(address: Address): Promise<Hex>;
  /** What a call answers. @throws RPC_REVERTED (details: data) */
  call(transaction: RpcTransaction, block: BlockTag): Promise<Hex>;
  /** @throws RPC_REVERTED (details: data) */
  estimateGas(transaction: RpcTransaction, block: BlockTag): Promise<bigint>;
  /** Hands over signed bytes. @returns the hash that the endpoint answered */
  sendRawTransaction(raw: Hex): Promise<Hex>;
  /** Each endpoint by itself, for comparing what they say. Answers of one that is left out for lying are not among them. */
  providers(): readonly Provider[];
  /** What is known of each endpoint. */
  health(): readonly EndpointHealth[];
  /** The same endpoints; `signal` stops what is asked through the answer. @throws RPC_STOPPED once it is aborted */
  withSignal(signal: AbortSignal): Rpc;
}

/** One endpoint by itself. Each question is one request to it, and fails at once while it rests. */
export interface Provider
  extends Omit<Rpc, "chainId" | "client" | "check" | "providers" | "health" | "withSignal"> {
  readonly name: string;
  /** Whether its answers take long, and another one is well that is quicker. */
  readonly isSlow: boolean;
  /** Leaves it out for a while: it said what cannot be, or what the others deny. */
  distrust(reason: PleiadError): void;
}

export interface RpcOptions {
  /** HTTP or WebSocket endpoints in the order in which they are to be used; at least one. They may hold keys: they are never logged. */
  readonly urls: readonly string[];
  readonly chainId: number;
  /** For one try of one request. @default RPC_TIMEOUT_MS_DEFAULT */
  readonly timeoutMs?: number;
}

export interface RpcModules {
  readonly logger: Logger;
  /** @default the machine's clock */
  readonly clock?: Clock;
  /** From 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: () => number;
}

/**
 * The chain behind the endpoints of `options`. Nothing is asked yet.
 *
 * @example
 * const rpc = createRpc({ urls: ["http://127.0.0.1:8545"], chainId: 31337 }, { logger });
 * await rpc.check({ nodeRegistry });
 */
export function createRpc(options: RpcOptions, modules: RpcModules): Rpc {
  const { chainId } = options;
  const { logger, clock = systemClock() } = modules;
  const asker = createAsker(options, modules);
  const { endpoints } = asker;
  const isOneOfMany = endpoints.all.length > 1;
  const lagWatch = createLagWatch({ endpoints });
  /** Until one says that it does not. */
  let takesBatches = true;
  let lookedForLagAtMs = clock.monotonicMs();

  /** Now and then, beside a look at the newest block: which of the endpoints lag behind the others? */
  async function lookForLag(signal: AbortSignal): Promise<void> {
    if (!isOneOfMany || clock.monotonicMs() - lookedForLagAtMs < LAG_LOOK_INTERVAL_MS) return;
    lookedForLagAtMs = clock.monotonicMs();
    const looks = endpoints.all
      .filter(endpoints.isTrusted)
      .map((endpoint) => methodsOf(asker.at(endpoint, signal)).blockByNumber("latest"));
    // One that fails has been taken note of.
    await Promise.allSettled(looks);
    if (!signal.aborted) lagWatch.judge();
  }

  async function blocksBy(
    { blockByNumber, blocksByNumber }: Pick<Rpc, "blockByNumber" | "blocksByNumber">,
    numbers: readonly bigint[],
  ): Promise<readonly (RpcBlock | null)[]> {
    const blocks: (RpcBlock | null)[] = [];
    for (let from = 0; from < numbers.length && takesBatches; from += RPC_BATCH_MAX) {
      try {
        blocks.push(...(await blocksByNumber(numbers.slice(from, from + RPC_BATCH_MAX))));
      } catch (error) {
        if (!hasCode(error, "RPC_FAILED")) throw error;
        logger.info({ message: error.message }, "blocks are asked for one by one");
        takesBatches = false;
      }
    }
    const rest = numbers.slice(blocks.length);
    return [...blocks, ...(await mapParallel(rest, RPC_PARALLEL_MAX, blockByNumber))];
  }

  function withSignal(signal: AbortSignal): Rpc {
    // One listener for each request under way: Node would take more than ten for a leak.
    setMaxListeners(0, signal);
    const bound = asker.by(signal);
    const methods = methodsOf(bound);
    return {
      chainId,
      ...methods,
      async check(contracts) {
        for (const endpoint of isOneOfMany ? endpoints.all : [])
          await asker
            .at(endpoint, signal)("eth_chainId", [], () => undefined)
            .catch(throwIfOther);
        await methods.check(contracts);
      },
      blockByNumber(number) {
        if (number === "latest") void lookForLag(signal);
        return methods.blockByNumber(number);
      },
      blocksByNumber: (numbers) => blocksBy(methods, numbers),
      async readLogs(scope, addresses, begin) {
        try {
          return await methods.readLogs(scope, addresses, begin);
        } catch (error) {
          if (!(error instanceof UnorderedError)) throw error;
        }
        // Harmless, and rare: the chain is asked once more.
        let taker = begin();
        return methods
          .logs(scope, addresses, (logs) => {
            taker = begin();
            for (const log of logs) taker.log(log);
          })
          .then(() => taker.end());
      },
      client: clientOf(bound),
      providers: () =>
        endpoints.all.filter(endpoints.isTrusted).map((endpoint) => {
          const own = methodsOf(asker.at(endpoint, signal));
          return {
            ...own,
            blocksByNumber: (numbers) => blocksBy(own, numbers),
            name: endpoint.name,
            isSlow: endpoints.isSlow(endpoint),
            distrust: (reason) => endpoints.quarantine(endpoint, "lies", reason),
          };
        }),
      health: endpoints.health,
      withSignal,
    };
  }

  return withSignal(new AbortController().signal);
}

/** At a start an endpoint of another chain is a mistake in the configuration; one that is away is not. */
function throwIfOther(error: unknown): void {
  if (hasCode(error, "CHAIN_ID_MISMATCH")) throw error;
}
