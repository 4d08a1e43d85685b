import { setMaxListeners } from "node:events";
import type { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import {
  type Address,
  createPublicClient,
  custom,
  getAddress,
  type Hex,
  numberToHex,
  type PublicClient,
} from "viem";
import { type Clock, sleep, systemClock } from "./clock.ts";
import { createEndpoints, type Endpoint, type EndpointHealth, nameOfEndpoint } from "./endpoints.ts";
import { chainFailure, hasCode } from "./errors.ts";
import { createLagWatch, LAG_LOOK_INTERVAL_MS } from "./lagWatch.ts";
import { mapParallel } from "./parallel.ts";
import {
  AnswerError,
  blockOf,
  bytesOf,
  hashOf,
  integerOf,
  listOf,
  logOf,
  objectOf,
  quantityOf,
  type RpcBlock,
  type RpcLog,
  type RpcReceipt,
  receiptOf,
} from "./parse.ts";
import { nameOfCall, type RpcCall, type RpcExchange, type RpcTarget } from "./rpcAnswer.ts";
import { rpcPost } from "./rpcPost.ts";
import { createRpcSocket } from "./rpcSocket.ts";

/** A provider that has not answered by then has lost the request. Milliseconds. */
export const RPC_TIMEOUT_MS_DEFAULT = 10_000;
/** Tries of one request, over all endpoints together; who asked tries again by himself later. */
export const RPC_ATTEMPTS_MAX = 4;
/** First wait of an endpoint that failed. Milliseconds. */
export const RPC_BACKOFF_BASE_MS = 100;
/** Longest wait of an endpoint that did not say how long. Milliseconds. */
export const RPC_BACKOFF_MAX_MS = 10_000;
/** A request waits this long for an endpoint that rests; for longer it fails, so that its caller can say so. Milliseconds. */
export const RPC_WAIT_MS_MAX = 2_000;

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
  extends Omit<
    Rpc,
    "chainId" | "client" | "check" | "blocksByNumber" | "providers" | "health" | "withSignal"
  > {
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

/** A function that sends one request to an endpoint, mostly whichever is well, and reads the answer. */
type Ask = <T>(
  method: string,
  params: readonly unknown[],
  read: Read<T>,
  batch?: readonly RpcCall[],
) => Promise<T>;
/** Reads an answer; knows the endpoint as that may be told something about itself. */
type Read<T> = (result: unknown, endpoint: Endpoint) => T;

/**
 * The chain behind the endpoints of `options`. Nothing is asked yet.
 *
 * @example
 * const rpc = createRpc({ urls: ["http://127.0.0.1:8545"], chainId: 31337 }, { logger });
 * await rpc.check({ nodeRegistry });
 */
export function createRpc(options: RpcOptions, modules: RpcModules): Rpc {
  const { chainId, timeoutMs = RPC_TIMEOUT_MS_DEFAULT } = options;
  const { logger, clock = systemClock(), random = Math.random } = modules;
  const backoff = { baseMs: RPC_BACKOFF_BASE_MS, maxMs: RPC_BACKOFF_MAX_MS, random };
  const endpoints = createEndpoints({
    exchanges: options.urls.map((url, index) => {
      const name = nameOfEndpoint(url, index);
      return { name, exchange: exchangeOf({ url, name, timeoutMs }) };
    }),
    clock,
    backoff,
    logger,
  });
  const isOneOfMany = endpoints.all.length > 1;
  const lagWatch = createLagWatch({ endpoints });
  /** Until one says that it does not. */
  let takesBatches = true;
  let lookedForLagAtMs = clock.monotonicMs();
  let requests = 0;

  async function post(call: RpcCall, endpoint: Endpoint, signal: AbortSignal): Promise<unknown> {
    const id = requests + 1;
    requests += call.batch?.length ?? 1;
    endpoint.requestCount += 1;
    return endpoint.exchange(call, id, signal);
  }

  async function verify(endpoint: Endpoint, signal: AbortSignal): Promise<void> {
    if (endpoint.isVerified) return;
    const call = { method: "eth_chainId", params: [] };
    const answered = readAs(call, endpoint, await post(call, endpoint, signal), (value) =>
      integerOf(value, "chain id"),
    );
    if (answered !== chainId) {
      throw chainFailure(
        "CHAIN_ID_MISMATCH",
        `${endpoint.name} is on chain ${answered}, expected ${chainId}`,
        {
          details: { endpoint: endpoint.name, chainId: answered, expected: chainId },
        },
      );
    }
    endpoint.isVerified = true;
  }

  /** Waits for an endpoint that may be asked; fails with its last error when that takes too long. */
  async function restedEndpoint(signal: AbortSignal): Promise<Endpoint> {
    const endpoint = endpoints.next();
    const restMs = endpoints.restMs(endpoint);
    if (restMs > RPC_WAIT_MS_MAX) throw endpoint.lastError;
    if (restMs > 0) await sleep(clock, restMs, signal);
    return endpoint;
  }

  /** One request to one endpoint, with what it tells of its health. */
  async function askOne<T>(
    call: RpcCall,
    endpoint: Endpoint,
    read: Read<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const fromMs = clock.monotonicMs();
    try {
      await verify(endpoint, signal);
      const value = readAs(call, endpoint, await post(call, endpoint, signal), read);
      endpoints.succeeded(endpoint, clock.monotonicMs() - fromMs);
      return value;
    } catch (error) {
      if (!isEndpointsFault(error) && !(isOneOfMany && isRefusal(error))) throw error;
      if (hasCode(error, "CHAIN_ID_MISMATCH")) endpoints.quarantine(endpoint, "lies", error);
      endpoints.failed(endpoint, error, clock.monotonicMs() - fromMs);
      logger.debug({ code: error.code, request: nameOfCall(call), endpoint: endpoint.name }, "rpc failed");
      throw error;
    }
  }

  async function ask<T>(call: RpcCall, read: Read<T>, signal: AbortSignal): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const endpoint = await restedEndpoint(signal);
      try {
        return await askOne(call, endpoint, read, signal);
      } catch (error) {
        const isWorthMore = isEndpointsFault(error) || (isOneOfMany && isRefusal(error));
        if (!isWorthMore || attempt >= RPC_ATTEMPTS_MAX) throw error;
      }
    }
  }

  function askAt(endpoint: Endpoint, signal: AbortSignal): Ask {
    return async (method, params, read, batch) => {
      if (endpoints.restMs(endpoint) > 0) throw endpoint.lastError;
      return askOne({ method, params, ...(batch && { batch }) }, endpoint, read, signal);
    };
  }

  /** Now and then, beside a look at the newest block: which of the endpoints lag behind the others? */
  async function lookForLag(signal: AbortSignal): Promise<void> {
    if (!isOneOfMany || clock.monotonicMs() - lookedForLagAtMs < LAG_LOOK_INTERVAL_MS) return;
    lookedForLagAtMs = clock.monotonicMs();
    const looks = endpoints.all
      .filter(endpoints.isTrusted)
      .map((endpoint) => methodsOf(askAt(endpoint, signal)).blockByNumber("latest"));
    // One that fails has been taken note of.
    await Promise.allSettled(looks);
    if (!signal.aborted) lagWatch.judge();
  }

  function withSignal(signal: AbortSignal): Rpc {
    // One listener for each request under way: Node would take more than ten for a leak.
    setMaxListeners(0, signal);
    const bound: Ask = (method, params, read, batch) =>
      ask({ method, params, ...(batch && { batch }) }, read, signal);
    const methods = methodsOf(bound);
    return {
      chainId,
      ...methods,
      async check(contracts) {
        for (const endpoint of isOneOfMany ? endpoints.all : [])
          await askAt(endpoint, signal)("eth_chainId", [], () => undefined).catch(throwIfOther);
        await methods.check(contracts);
      },
      blockByNumber(number) {
        if (number === "latest") void lookForLag(signal);
        return methods.blockByNumber(number);
      },
      async blocksByNumber(numbers) {
        const blocks: (RpcBlock | null)[] = [];
        for (let from = 0; from < numbers.length && takesBatches; from += RPC_BATCH_MAX) {
          try {
            blocks.push(...(await methods.blocksByNumber(numbers.slice(from, from + RPC_BATCH_MAX))));
          } catch (error) {
            if (!hasCode(error, "RPC_FAILED")) throw error;
            logger.info({ message: error.message }, "blocks are asked for one by one");
            takesBatches = false;
          }
        }
        const rest = numbers.slice(blocks.length);
        return [...blocks, ...(await mapParallel(rest, RPC_PARALLEL_MAX, methods.blockByNumber))];
      },
      client: clientOf(bound),
      providers: () =>
        endpoints.all.filter(endpoints.isTrusted).map((endpoint) => ({
          ...methodsOf(askAt(endpoint, signal)),
          name: endpoint.name,
          isSlow: endpoints.isSlow(endpoint),
          distrust: (reason) => endpoints.quarantine(endpoint, "lies", reason),
        })),
      health: endpoints.health,
      withSignal,
    };
  }

  return withSignal(new AbortController().signal);
}

function exchangeOf(target: RpcTarget): RpcExchange {
  if (/^wss?:/.test(target.url)) return createRpcSocket(target);
  return (call, id, signal) => rpcPost(call, target, id, signal);
}

/** What may be different at another endpoint, or a little later. */
function isEndpointsFault(error: unknown): error is PleiadError {
  return hasCode(error, "RPC_UNREACHABLE", "RPC_TIMEOUT", "RPC_RATE_LIMITED", "RPC_INVALID_ANSWER");
}

/** What ends a node that knows one endpoint, and makes one that knows several ask the next: another chain, a key that is refused. */
function isRefusal(error: unknown): error is PleiadError {
  if (hasCode(error, "CHAIN_ID_MISMATCH")) return true;
  return hasCode(error, "RPC_FAILED") && error.details.status !== undefined;
}

/** At a start an endpoint of another chain is a mistake in the configuration; one that is away is not. */
function throwIfOther(error: unknown): void {
  if (hasCode(error, "CHAIN_ID_MISMATCH")) throw error;
}

function readAs<T>(call: RpcCall, endpoint: Endpoint, result: unknown, read: Read<T>): T {
  try {
    return read(result, endpoint);
  } catch (error) {
    if (!(error instanceof AnswerError) && !hasCode(error, "RPC_INVALID_ANSWER")) throw error;
    const request = nameOfCall(call);
    throw chainFailure("RPC_INVALID_ANSWER", `${endpoint.name} on ${request}: ${error.message}`, {
      details: { endpoint: endpoint.name, request },
      cause: error,
    });
  }
}

function methodsOf(ask: Ask): Omit<Rpc, "chainId" | "client" | "withSignal" | "providers" | "health"> {
  const code = (address: Address) =>
    ask("eth_getCode", [address, "latest"], (value) => bytesOf(value, "code"));
  const hash = (value: unknown) => hashOf(value, "hash");
  const wei = (value: unknown) => quantityOf(value, "amount");

  return {
    code,
    async check(contracts) {
      for (const [name, address] of Object.entries(contracts)) {
        if ((await code(address)) !== "0x") continue;
        throw chainFailure("CONTRACT_MISSING", `there is no contract at ${address} (${name})`, {
          details: { name, address },
        });
      }
    },
    blockByNumber: (number) =>
      ask("eth_getBlockByNumber", [tagOf(number), false], (value, endpoint) => {
        const block = typeof number === "bigint" ? numbered(value, number) : orNull(value, blockOf);
        if (block !== null && number === "latest") endpoint.head = block;
        return block;
      }),
    blocksByNumber: (numbers) =>
      ask(
        "eth_getBlockByNumber",
        [...numbers.slice(0, 1).map((number) => numberToHex(number)), `and ${numbers.length - 1} more`],
        (results) =>
          listOf(results, "results", (value) => value).map((value, index) =>
            numbered(value, numbers[index] ?? 0n),
          ),
        numbers.map((number) => ({ method: "eth_getBlockByNumber", params: [numberToHex(number), false] })),
      ),
    blockByHash: (wanted) =>
      ask("eth_getBlockByHash", [wanted, false], (value) => {
        const block = orNull(value, blockOf);
        if (block !== null && block.hash !== wanted.toLowerCase())
          throw new AnswerError(`block ${block.hash}`);
        return block;
      }),
    logs: (scope, addresses, check) =>
      ask("eth_getLogs", [filterOf(scope, addresses)], (value) => {
        const logs = logsOf(value, scope, addresses);
        check?.(logs);
        return logs;
      }),
    receipt: (wanted) =>
      ask("eth_getTransactionReceipt", [wanted], (value) => {
        const receipt = orNull(value, receiptOf);
        if (receipt !== null && receipt.transactionHash !== wanted.toLowerCase()) {
          throw new AnswerError(`the receipt of ${receipt.transactionHash}`);
        }
        return receipt;
      }),
    knowsTransaction: (wanted) =>
      ask("eth_getTransactionByHash", [wanted], (value) => orNull(value, objectOfTransaction) !== null),
    transactionCount: (account, block) =>
      ask("eth_getTransactionCount", [account, tagOf(block)], (value) => integerOf(value, "count")),
    balanceWei: (account) => ask("eth_getBalance", [account, "latest"], wei),
    call: (transaction, block) =>
      ask("eth_call", [paramsOf(transaction), tagOf(block)], (value) => bytesOf(value, "result")),
    estimateGas: (transaction, block) => ask("eth_estimateGas", [paramsOf(transaction), tagOf(block)], wei),
    sendRawTransaction: (raw) => ask("eth_sendRawTransaction", [raw], hash),
  };
}

function orNull<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === null ? null : read(value);
}

function numbered(value: unknown, number: bigint): RpcBlock | null {
  const block = orNull(value, blockOf);
  if (block !== null && block.number !== number)
    throw new AnswerError(`block ${block.number} instead of ${number}`);
  return block;
}

function objectOfTransaction(value: unknown): Readonly<Record<string, unknown>> {
  return objectOf(value, "transaction");
}

/** EIP-1898 for hashes: the endpoint refuses one that is not canonical instead of answering from a dead branch. */
function tagOf(block: BlockTag | NamedTag): unknown {
  if (typeof block === "string") return block;
  if (typeof block === "bigint") return numberToHex(block);
  return { blockHash: block.hash, requireCanonical: true };
}

function paramsOf({ from, to, data, valueWei }: RpcTransaction): Readonly<Record<string, unknown>> {
  return { ...(from && { from }), to, data, ...(valueWei ? { value: numberToHex(valueWei) } : {}) };
}

function filterOf(scope: LogScope, addresses: readonly Address[]): Readonly<Record<string, unknown>> {
  if ("blockHash" in scope) return { blockHash: scope.blockHash, address: addresses };
  return { fromBlock: numberToHex(scope.fromBlock), toBlock: numberToHex(scope.toBlock), address: addresses };
}

/** Logs in order, each of them what was asked for, none twice. */
function logsOf(value: unknown, scope: LogScope, addresses: readonly Address[]): readonly RpcLog[] {
  const wanted = new Set<string>(addresses.map((address) => getAddress(address)));
  const told = listOf(value, "logs", logOf);
  for (const log of told) {
    if (!wanted.has(log.address)) throw new AnswerError(`a log of ${log.address}`);
    const isInside =
      "blockHash" in scope
        ? log.blockHash === scope.blockHash.toLowerCase()
        : log.blockNumber >= scope.fromBlock && log.blockNumber <= scope.toBlock;
    if (!isInside) throw new AnswerError(`a log of block ${log.blockNumber} (${log.blockHash})`);
  }
  if (told.every((log, index) => index === 0 || isBefore(told[index - 1], log))) return told;
  const logs = new Map<string, RpcLog>();
  for (const log of told) {
    const key = `${log.blockNumber} ${log.logIndex}`;
    const there = logs.get(key);
    // The same log twice is harmless; two logs in one place are not.
    if (there !== undefined && !isSameLog(there, log)) throw new AnswerError(`two logs at ${key}`);
    logs.set(key, log);
  }
  return [...logs.values()].sort((a, b) => Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex);
}

function isBefore(a: RpcLog | undefined, b: RpcLog): boolean {
  if (a === undefined || a.blockNumber < b.blockNumber) return true;
  return a.blockNumber === b.blockNumber && a.logIndex < b.logIndex;
}

function isSameLog(a: RpcLog, b: RpcLog): boolean {
  return (
    a.blockHash === b.blockHash &&
    a.transactionHash === b.transactionHash &&
    a.address === b.address &&
    a.data === b.data &&
    a.topics.join() === b.topics.join()
  );
}

/** viem over `ask`. viem finds a revert by its numeric code; everything else it keeps as the cause of its own error. */
function clientOf(ask: Ask): PublicClient {
  const transport = custom(
    {
      async request({ method, params }: { method: string; params?: readonly unknown[] }) {
        try {
          return await ask(method, params ?? [], (value) => value);
        } catch (error) {
          if (!hasCode(error, "RPC_REVERTED")) throw error;
          throw Object.assign(new Error(error.message, { cause: error }), {
            code: 3,
            data: error.details.data,
          });
        }
      },
    },
    { retryCount: 0 },
  );
  return createPublicClient({ transport });
}
