import type { PleiadError } from "@pleiad/sdk/errors";
import { sleep, systemClock } from "./clock.ts";
import { createEndpoints, type Endpoint, type Endpoints, nameOfEndpoint } from "./endpoints.ts";
import { chainFailure, hasCode } from "./errors.ts";
import { AnswerError, integerOf } from "./parse.ts";
import type { RpcModules, RpcOptions } from "./rpc.ts";
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

/** A function that sends one request to an endpoint, mostly whichever is well, and reads the answer. */
export type Ask = <T>(
  method: string,
  params: readonly unknown[],
  read: Read<T>,
  how?: Pick<RpcCall, "batch" | "entries">,
) => Promise<T>;
/** Reads an answer; knows the endpoint as that may be told something about itself. */
export type Read<T> = (result: unknown, endpoint: Endpoint) => T;

/** Asks the endpoints of one chain: the one that is well, and the next one when it fails. */
export interface Asker {
  readonly endpoints: Endpoints;
  /** Asks whichever endpoint is well, at most `RPC_ATTEMPTS_MAX` times. */
  by(signal: AbortSignal): Ask;
  /** Asks one endpoint, once; fails at once while it rests. */
  at(endpoint: Endpoint, signal: AbortSignal): Ask;
}

export function createAsker(options: RpcOptions, modules: RpcModules): Asker {
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
  let requests = 0;

  /** @throws RPC_INVALID_ANSWER, with the request and the endpoint named, where the answer is not what `read` takes */
  async function post<T>(call: RpcCall, endpoint: Endpoint, read: Read<T>, signal: AbortSignal): Promise<T> {
    const id = requests + 1;
    requests += call.batch?.length ?? 1;
    endpoint.requestCount += 1;
    try {
      return read(await endpoint.exchange(call, id, signal), endpoint);
    } catch (error) {
      const isUnnamed = hasCode(error, "RPC_INVALID_ANSWER") && error.details.request === undefined;
      if (!isUnnamed && !(error instanceof AnswerError)) throw error;
      const request = nameOfCall(call);
      throw chainFailure("RPC_INVALID_ANSWER", `${endpoint.name} on ${request}: ${error.message}`, {
        details: { endpoint: endpoint.name, request },
        cause: error,
      });
    }
  }

  async function verify(endpoint: Endpoint, signal: AbortSignal): Promise<void> {
    if (endpoint.isVerified) return;
    const call = { method: "eth_chainId", params: [] };
    const answered = await post(call, endpoint, (value) => integerOf(value, "chain id"), signal);
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
      const value = await post(call, endpoint, read, signal);
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

  return {
    endpoints,
    by: (signal) => (method, params, read, how) => ask({ method, params, ...how }, read, signal),
    at: (endpoint, signal) => async (method, params, read, how) => {
      if (endpoints.restMs(endpoint) > 0) throw endpoint.lastError;
      return askOne({ method, params, ...how }, endpoint, read, signal);
    },
  };
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
