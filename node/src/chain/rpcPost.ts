import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { createGunzip } from "node:zlib";
import { chainFailure } from "./errors.ts";
import {
  answerOf,
  batchResultsOf,
  errorOf,
  failure,
  nameOfCall,
  RPC_RESPONSE_BYTES_MAX,
  type RpcCall,
  type RpcTarget,
  reasonOf,
  statusError,
  textOfCall,
  tooLarge,
} from "./rpcAnswer.ts";

/** One exchange over HTTP, see `RpcExchange`. */
export async function rpcPost(
  call: RpcCall,
  target: RpcTarget,
  id: number,
  signal: AbortSignal,
): Promise<unknown> {
  const aborting = new AbortController();
  const abort = () => aborting.abort();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    abort();
  }, target.timeoutMs);
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  let status: number;
  let retryAfterMs: number | undefined;
  let body: string | undefined;
  try {
    const response = await post(target.url, textOfCall(call, id), aborting.signal);
    status = response.statusCode ?? 0;
    retryAfterMs = retryAfterOf(response.headers);
    body = await bodyOf(response);
  } catch (cause) {
    if (signal.aborted) throw chainFailure("RPC_STOPPED", `${nameOfCall(call)} was stopped`, { cause });
    if (isLate) {
      throw failure("RPC_TIMEOUT", `no answer within ${target.timeoutMs} ms`, call, target, { cause });
    }
    throw failure("RPC_UNREACHABLE", reasonOf(cause), call, target, { cause });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
  if (body === undefined) throw tooLarge(call, target);
  if (call.batch !== undefined && status === 200) {
    const results = batchResultsOf(body, call, id, target);
    // Not a lie: the asker goes on without batches.
    if (results === undefined) throw failure("RPC_FAILED", "takes no batches", call, target);
    return results;
  }
  const answer = answerOf(body);
  if (answer?.error !== undefined) throw errorOf(answer.error, status, retryAfterMs, call, target);
  if (status !== 200) throw statusError(status, retryAfterMs, call, target);
  if (answer === undefined) throw failure("RPC_INVALID_ANSWER", "not JSON-RPC", call, target);
  if (answer.id !== id) throw failure("RPC_INVALID_ANSWER", "the answer to another request", call, target);
  return answer.result;
}

/** Node's own client: it costs a third of what fetch does, and follows no redirect. */
function post(url: string, body: string, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.startsWith("https:") ? httpsRequest : httpRequest;
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "accept-encoding": "gzip",
  };
  return new Promise((resolve, reject) => {
    request(url, { method: "POST", headers, signal }, resolve).on("error", reject).end(body);
  });
}

/** `Retry-After` in milliseconds: seconds, or a date that counts from the server's own clock. */
function retryAfterOf(headers: IncomingHttpHeaders): number | undefined {
  const text = headers["retry-after"];
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1_000;
  const untilMs = Date.parse(text);
  const nowMs = Date.parse(headers.date ?? "");
  return Number.isNaN(untilMs) || Number.isNaN(nowMs) ? undefined : Math.max(0, untilMs - nowMs);
}

/** Reads a body up to the limit, as it is after it was unpacked; undefined when it is larger. */
async function bodyOf(response: IncomingMessage): Promise<string | undefined> {
  const isPacked = response.headers["content-encoding"] === "gzip";
  // As text at once: bytes that are kept until all are there outlive the young generation, and their memory is given
  // back late.
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  try {
    if (Number(response.headers["content-length"] ?? 0) > RPC_RESPONSE_BYTES_MAX) return undefined;
    for await (const chunk of isPacked ? unpacked(response) : response) {
      length += chunk.length;
      if (length > RPC_RESPONSE_BYTES_MAX) return undefined;
      text += decoder.decode(chunk, { stream: true });
    }
  } finally {
    // Of one that is too large the rest is not waited for. One that was read to its end gave its connection back before.
    response.destroy();
  }
  return text + decoder.decode();
}

function unpacked(response: IncomingMessage): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip();
  response.on("error", (error) => gunzip.destroy(error));
  return response.pipe(gunzip);
}
