import { setMaxListeners } from "node:events";
import type { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { type Address, createPublicClient, custom, type Hex, numberToHex, type PublicClient } from "viem";
import { type Clock, sleep, systemClock } from "./clock.ts";
import { createEndpoints, type Endpoint } from "./endpoints.ts";
import { chainFailure, hasCode } from "./errors.ts";
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
import { nameOfCall, type RpcCall, rpcPost } from "./rpcPost.ts";

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

/** As of which block a question is answered; a hash fails when that block is not canonical (any more). */
export type BlockTag = "latest" | "pending" | bigint | { readonly hash: Hex };

/** A call, or a transaction to estimate. */
export interface RpcTransaction {
  readonly from?: Address;
  readonly to: Address;
  readonly data: Hex;
  readonly valueWei?: bigint;
}

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
  blockByNumber(number: bigint | "latest"): Promise<RpcBlock | null>;
  blockByHash(hash: Hex): Promise<RpcBlock | null>;
  /** Entries of the log, in order; no others than asked for. */
  logs(scope: LogScope, addresses: readonly Address[]): Promise<readonly RpcLog[]>;
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
  /** The same endpoints; `signal` stops what is asked through the answer. @throws RPC_STOPPED once it is aborted */
  withSignal(signal: AbortSignal): Rpc;
}

export interface RpcOptions {
  /** Endpoints in the order in which they are to be used; at least one. They may hold keys: they are never logged. */
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

/** A function that sends one request to whichever endpoint is well, and reads the answer. */
type Ask = <T>(method: string, params: readonly unknown[], read: (result: unknown) => T) => Promise<T>;

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
  const endpoints = createEndpoints(options, { clock, backoff });
  let requests = 0;

  function post(call: RpcCall, { url, name }: Endpoint, signal: AbortSignal): Promise<unknown> {
    requests += 1;
    return rpcPost(call, { url, name, timeoutMs }, requests, signal);
  }

  async function verify(endpoint: Endpoint, signal: AbortSignal): Promise<void> {
    if (endpoint.isVerified) return;
    const call = { method: "eth_chainId", params: [] };
    const answered = readAs(call, endpoint, await post(call, endpoint, signal), integerOf);
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

  async function ask<T>(call: RpcCall, read: (result: unknown) => T, signal: AbortSignal): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const endpoint = await restedEndpoint(signal);
      try {
        await verify(endpoint, signal);
        const value = readAs(call, endpoint, await post(call, endpoint, signal), read);
        endpoints.succeeded(endpoint);
        return value;
      } catch (error) {
        if (!isEndpointsFault(error)) throw error;
        endpoints.failed(endpoint, error);
        logger.debug(
          { code: error.code, request: nameOfCall(call), endpoint: endpoint.name, attempt },
          "rpc failed",
        );
        if (attempt >= RPC_ATTEMPTS_MAX) throw error;
      }
    }
  }

  function withSignal(signal: AbortSignal): Rpc {
    // One listener for each request under way: Node would take more than ten for a leak.
    setMaxListeners(0, signal);
    const bound: Ask = (method, params, read) => ask({ method, params }, read, signal);
    return { chainId, ...methodsOf(bound), client: clientOf(bound), withSignal };
  }

  return withSignal(new AbortController().signal);
}

/** What may be different at another endpoint, or a little later. */
function isEndpointsFault(error: unknown): error is PleiadError {
  return hasCode(error, "RPC_UNREACHABLE", "RPC_TIMEOUT", "RPC_RATE_LIMITED", "RPC_INVALID_ANSWER");
}

function readAs<T>(
  call: RpcCall,
  endpoint: Endpoint,
  result: unknown,
  read: (result: unknown, name: string) => T,
): T {
  try {
    return read(result, "result");
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    const request = nameOfCall(call);
    throw chainFailure("RPC_INVALID_ANSWER", `${endpoint.name} on ${request}: ${error.message}`, {
      details: { endpoint: endpoint.name, request },
      cause: error,
    });
  }
}

function methodsOf(ask: Ask): Omit<Rpc, "chainId" | "client" | "withSignal"> {
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
      ask("eth_getBlockByNumber", [tagOf(number), false], (value) => {
        const block = orNull(value, blockOf);
        if (block !== null && number !== "latest" && block.number !== number) {
          throw new AnswerError(`block ${block.number} instead of ${number}`);
        }
        return block;
      }),
    blockByHash: (wanted) =>
      ask("eth_getBlockByHash", [wanted, false], (value) => {
        const block = orNull(value, blockOf);
        if (block !== null && block.hash !== wanted.toLowerCase())
          throw new AnswerError(`block ${block.hash}`);
        return block;
      }),
    logs: (scope, addresses) =>
      ask("eth_getLogs", [filterOf(scope, addresses)], (value) => logsOf(value, scope, addresses)),
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

function objectOfTransaction(value: unknown): Readonly<Record<string, unknown>> {
  return objectOf(value, "transaction");
}

/** EIP-1898 for hashes: the endpoint refuses one that is not canonical instead of answering from a dead branch. */
function tagOf(block: BlockTag): unknown {
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
  const wanted = new Set(addresses.map((address) => address.toLowerCase()));
  const logs = new Map<string, RpcLog>();
  for (const log of listOf(value, "logs", logOf)) {
    if (!wanted.has(log.address.toLowerCase())) throw new AnswerError(`a log of ${log.address}`);
    const isInside =
      "blockHash" in scope
        ? log.blockHash === scope.blockHash.toLowerCase()
        : log.blockNumber >= scope.fromBlock && log.blockNumber <= scope.toBlock;
    if (!isInside) throw new AnswerError(`a log of block ${log.blockNumber} (${log.blockHash})`);
    const key = `${log.blockNumber} ${log.logIndex}`;
    const there = logs.get(key);
    // The same log twice is harmless; two logs in one place are not.
    if (there !== undefined && !isSameLog(there, log)) throw new AnswerError(`two logs at ${key}`);
    logs.set(key, log);
  }
  return [...logs.values()].sort((a, b) => Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex);
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
