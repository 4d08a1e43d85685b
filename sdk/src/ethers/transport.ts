import type { JsonRpcApiProvider, Provider } from "ethers";
import { type CustomTransport, custom, HttpRequestError, TimeoutError } from "viem";
import { sdkError } from "../errors/sdkError.ts";

/** A JSON-RPC request, as EIP-1193 has it. */
export interface RpcRequest {
  readonly method: string;
  readonly params?: unknown;
}

/** Answers JSON-RPC requests. */
export type SendRequest = (request: RpcRequest) => Promise<unknown>;

/** A provider that cannot reach its endpoint asks for ever which network it is on; viem's own transport waits 10 s. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** A viem transport over whatever answers JSON-RPC requests. */
export function transportOf(request: SendRequest): CustomTransport {
  // Asking again for a signature would ask the user again, and reads are retried by ethers.
  return custom({ request }, { key: "ethers", name: "ethers", retryCount: 0 });
}

/**
 * Sends requests through an ethers provider.
 *
 * @throws PleiadError `SIGNER_UNSUPPORTED` where there is no provider, or it cannot send JSON-RPC requests.
 */
export function senderOf(provider: Provider | null): SendRequest {
  if (!isJsonRpc(provider)) {
    const message =
      provider === null ? "the signer has no provider" : "the provider cannot send JSON-RPC requests";
    throw sdkError("SIGNER_UNSUPPORTED", message);
  }
  return async ({ method, params = [] }) => {
    const answer = provider.send(method, params as unknown[]);
    try {
      return await inTime(answer, method);
    } catch (error) {
      throw rpcErrorOf(error);
    }
  };
}

function isJsonRpc(provider: Provider | null): provider is JsonRpcApiProvider {
  return provider !== null && typeof (provider as Partial<JsonRpcApiProvider>).send === "function";
}

async function inTime(answer: Promise<unknown>, method: string): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new TimeoutError({ body: { method }, url: "ethers" })),
      REQUEST_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

interface RpcFailure {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly data?: unknown;
}

/** What ethers wraps around an error of the endpoint, and what of it is looked at. */
interface EthersFailure extends RpcFailure {
  readonly shortMessage?: unknown;
  readonly info?: { readonly error?: RpcFailure };
  readonly error?: RpcFailure;
  readonly response?: { readonly statusCode?: unknown } | null;
}

/** EIP-1193's number for a user who said no. */
const REJECTED = 4001;

/** ethers' words for failures, and the number that others give them. */
const CODES: Readonly<Record<string, number>> = {
  CALL_EXCEPTION: 3,
  INSUFFICIENT_FUNDS: -32000,
  NONCE_EXPIRED: -32000,
  REPLACEMENT_UNDERPRICED: -32000,
  UNSUPPORTED_OPERATION: -32601,
};

/** ethers' and Node's words for an endpoint that does not answer. */
const CONNECTION: readonly unknown[] = [
  "NETWORK_ERROR",
  "SERVER_ERROR",
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
];

/**
 * The endpoint's own error again: code, message and data, so that viem and the decoder of reverts see what they would
 * see without ethers in between.
 */
export function rpcErrorOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const failure = error as Error & EthersFailure;
  if (failure.code === "ACTION_REJECTED") return numbered(error, { code: REJECTED });
  const inner = failure.info?.error ?? failure.error;
  if (typeof inner?.code === "number") return numbered(error, inner);
  if (CONNECTION.includes(failure.code)) {
    const status = failure.response?.statusCode;
    return new HttpRequestError({
      url: "ethers",
      cause: error,
      ...(typeof status === "number" ? { status } : {}),
    });
  }
  const code = typeof failure.code === "string" ? CODES[failure.code] : undefined;
  return code === undefined ? error : numbered(error, { code, data: failure.data });
}

function numbered(error: Error & { readonly shortMessage?: unknown }, failure: RpcFailure): Error {
  const message = failure.message ?? error.shortMessage ?? error.message;
  return Object.assign(new Error(String(message), { cause: error }), {
    code: failure.code,
    data: failure.data,
  });
}
