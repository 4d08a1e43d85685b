import type { PleiadError } from "@pleiad/sdk/errors";
import { type ChainFailureOptions, chainFailure } from "./errors.ts";
import { type RpcAnswer, readAnswer, type TakeEntry } from "./rpcText.ts";
import { withoutSecrets } from "./urlSecrets.ts";

/** One JSON-RPC request, as `rpcPost` sends it. */
export interface RpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
  /** Sent in one request, answered in one: then `method` and `params` only name it. @default it is one by itself */
  readonly batch?: readonly RpcCall[];
  /** Makes what takes the entries of the list that is answered, while they come: anew for each try. @default they are the result */
  readonly entries?: () => TakeEntry;
}

/** Where a request goes. */
export interface RpcTarget {
  /** May hold a key: never logged, never part of an error. */
  readonly url: string;
  /** How the endpoint is called in logs and errors: its place in the list and its host. */
  readonly name: string;
  /** In milliseconds. */
  readonly timeoutMs: number;
}

/** A page of the log with large outputs fits; more than this is a flood. Bytes. */
export const RPC_RESPONSE_BYTES_MAX = 32 * 1024 * 1024;
/** An error text is for people; a hostile one must not fill the log. Characters. */
export const RPC_MESSAGE_CHARS_MAX = 300;
/** A request in an error is there to be recognised. Characters. */
const REQUEST_CHARS_MAX = 200;

/** JSON-RPC's own codes for requests that no retry mends: invalid, unknown method, wrong parameters. */
const PERMANENT_CODES: readonly number[] = [-32600, -32601, -32602];
/** EIP-1474 "limit exceeded". */
const LIMIT_CODE = -32005;
/** The code with which geth, anvil and others say "execution reverted". */
const REVERT_CODE = 3;

/**
 * Sends one request to one endpoint, once.
 *
 * @returns what the endpoint answered, unread but for being JSON-RPC
 * @throws PleiadError RPC_UNREACHABLE, RPC_TIMEOUT, RPC_RATE_LIMITED (details: retryAfterMs, where the endpoint said
 * it), RPC_RANGE_TOO_LARGE, RPC_BLOCK_UNKNOWN, RPC_REVERTED (details: data), RPC_INVALID_ANSWER, RPC_FAILED
 * (details: rpcCode, rpcMessage), RPC_STOPPED; all but the last name the request and the endpoint
 */
export type RpcExchange = (call: RpcCall, id: number, signal: AbortSignal) => Promise<unknown>;

/** How endpoints say that a range or its answer is too large. There is no code for it. */
const RANGE_TOO_LARGE =
  /(block|query) range|range (is )?(too|exceed|limit)|too many (blocks|results|logs)|(returned|exceeds?) more than|response size|max(imum)? results|limited to/i;
const RATE_LIMITED = /rate.?limit|rate exceeded|too many requests|request limit|throttl|compute units/i;
const BLOCK_UNKNOWN =
  /unknown block|block not found|header not found|resource not found|not canonical|missing trie/i;
const REVERTED = /revert/i;
/** A server's own trouble, as it comes with JSON-RPC's -32603 and others' codes. */
const INTERNAL = /internal (server )?error|temporarily|try again|overloaded|unavailable/i;

/** A request as errors name it: method and the beginning of its parameters. */
export function nameOfCall({ method, params }: RpcCall): string {
  const text = JSON.stringify(params);
  return `${method} ${text.length > REQUEST_CHARS_MAX ? `${text.slice(0, REQUEST_CHARS_MAX)}…` : text}`;
}

/** The text that asks. A batch takes as many ids, from `id` on, as it has calls. */
export function textOfCall({ method, params, batch }: RpcCall, id: number): string {
  if (batch === undefined) return JSON.stringify({ jsonrpc: "2.0", id, method, params });
  return JSON.stringify(
    batch.map((call, index) => ({
      jsonrpc: "2.0",
      id: id + index,
      method: call.method,
      params: call.params,
    })),
  );
}

/** The results of a batch, in the order of its calls; undefined when there is none. @throws as for one call */
export function batchResultsOf(
  json: unknown,
  call: RpcCall,
  id: number,
  target: RpcTarget,
): readonly unknown[] | undefined {
  if (!Array.isArray(json)) return undefined;
  const answers = new Map<unknown, RpcAnswer>();
  for (const entry of json as unknown[]) {
    const answer = readAnswer(entry);
    if (answer !== undefined) answers.set(answer.id, answer);
  }
  return (call.batch ?? []).map((part, index) => {
    const answer = answers.get(id + index);
    if (answer === undefined)
      throw failure("RPC_INVALID_ANSWER", "a batch that lacks an answer", part, target);
    if (answer.error !== undefined) throw errorOf(answer.error, 200, undefined, part, target);
    return answer.result;
  });
}

/** What an endpoint means by its error. */
export function errorOf(
  { code, message, data }: NonNullable<RpcAnswer["error"]>,
  status: number,
  retryAfterMs: number | undefined,
  call: RpcCall,
  target: RpcTarget,
): PleiadError {
  const text = withoutSecrets(message, target.url).slice(0, RPC_MESSAGE_CHARS_MAX);
  const details = { rpcCode: code, rpcMessage: text };
  if (status === 429)
    return failure("RPC_RATE_LIMITED", text, call, target, { details: { ...details, retryAfterMs } });
  const revertData = revertDataOf(data);
  if (code === REVERT_CODE || (revertData !== undefined && REVERTED.test(message))) {
    return failure("RPC_REVERTED", text, call, target, { details: { ...details, data: revertData ?? "0x" } });
  }
  if (call.method === "eth_getLogs" && RANGE_TOO_LARGE.test(message)) {
    return failure("RPC_RANGE_TOO_LARGE", text, call, target, { details });
  }
  if (code === LIMIT_CODE || RATE_LIMITED.test(message)) {
    return failure("RPC_RATE_LIMITED", text, call, target, { details: { ...details, retryAfterMs } });
  }
  if (BLOCK_UNKNOWN.test(message)) return failure("RPC_BLOCK_UNKNOWN", text, call, target, { details });
  if (INTERNAL.test(message)) return failure("RPC_UNREACHABLE", text, call, target, { details });
  const retryable = !PERMANENT_CODES.includes(code);
  return failure("RPC_FAILED", text, call, target, { details, retryable });
}

/** The bytes a call reverted with: some endpoints wrap them once more. */
function revertDataOf(data: unknown): string | undefined {
  const inner = typeof data === "object" && data !== null ? (data as { data?: unknown }).data : data;
  return typeof inner === "string" && /^0x[0-9a-fA-F]*$/.test(inner) ? inner : undefined;
}

/** What an endpoint means by an HTTP status without an answer. */
export function statusError(
  status: number,
  retryAfterMs: number | undefined,
  call: RpcCall,
  target: RpcTarget,
): PleiadError {
  const details = { status, retryAfterMs };
  const text = `HTTP status ${status}`;
  if (status === 429) return failure("RPC_RATE_LIMITED", text, call, target, { details });
  if (status === 413 && call.method === "eth_getLogs") {
    return failure("RPC_RANGE_TOO_LARGE", text, call, target, { details });
  }
  if (status >= 500 || status === 408) return failure("RPC_UNREACHABLE", text, call, target, { details });
  return failure("RPC_FAILED", text, call, target, { details });
}

/** An answer of more bytes than are read. */
export function tooLarge(call: RpcCall, target: RpcTarget): PleiadError {
  const code = call.method === "eth_getLogs" ? "RPC_RANGE_TOO_LARGE" : "RPC_INVALID_ANSWER";
  return failure(code, `more than ${RPC_RESPONSE_BYTES_MAX} bytes`, call, target);
}

/** A failure that names its request and endpoint. */
export function failure(
  code: Parameters<typeof chainFailure>[0],
  reason: string,
  call: RpcCall,
  target: RpcTarget,
  options: ChainFailureOptions = {},
): PleiadError {
  const request = nameOfCall(call);
  return chainFailure(code, `${target.name} on ${request}: ${reason}`, {
    ...options,
    details: { endpoint: target.name, request, ...options.details },
  });
}

/** The system's name for it where there is one. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && "code" in error) return String(error.code);
  return error instanceof Error ? error.message : String(error);
}
