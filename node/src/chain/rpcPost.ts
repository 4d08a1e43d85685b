import {
  type ClientRequest,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from "node:http";
import { request as httpsRequest } from "node:https";
import { createGunzip } from "node:zlib";
import { chainFailure } from "./errors.ts";
import {
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
import { createAnswerText } from "./rpcText.ts";

/** One exchange over HTTP, see `RpcExchange`. */
export async function rpcPost(
  call: RpcCall,
  target: RpcTarget,
  id: number,
  signal: AbortSignal,
): Promise<unknown> {
  if (signal.aborted) throw chainFailure("RPC_STOPPED", `${nameOfCall(call)} was stopped`);
  const body = createAnswerText(call.entries?.());
  let request: ClientRequest | undefined;
  const stop = () => void request?.destroy();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    stop();
  }, target.timeoutMs);
  signal.addEventListener("abort", stop);
  let answered: Answered;
  try {
    answered = await new Promise((resolve, reject) => {
      request = post(target.url, textOfCall(call, id));
      request.on("error", reject);
      request.on("response", (response) => readBody(response, body.add).then(resolve, reject));
    });
  } catch (cause) {
    if (signal.aborted) throw chainFailure("RPC_STOPPED", `${nameOfCall(call)} was stopped`, { cause });
    if (isLate) {
      throw failure("RPC_TIMEOUT", `no answer within ${target.timeoutMs} ms`, call, target, { cause });
    }
    throw failure("RPC_UNREACHABLE", reasonOf(cause), call, target, { cause });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
  const { status, retryAfterMs, isTooLarge } = answered;
  if (isTooLarge) throw tooLarge(call, target);
  if (call.batch !== undefined && status === 200) {
    const results = batchResultsOf(body.json(), call, id, target);
    // Not a lie: the asker goes on without batches.
    if (results === undefined) throw failure("RPC_FAILED", "takes no batches", call, target);
    return results;
  }
  const answer = body.end();
  if (answer?.error !== undefined) throw errorOf(answer.error, status, retryAfterMs, call, target);
  if (status !== 200) throw statusError(status, retryAfterMs, call, target);
  if (answer === undefined) throw failure("RPC_INVALID_ANSWER", "not JSON-RPC", call, target);
  if (answer.id !== id) throw failure("RPC_INVALID_ANSWER", "the answer to another request", call, target);
  return answer.result;
}

/** What came back, but for its body. */
interface Answered {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  readonly isTooLarge: boolean;
}

/** Node's own client: it costs a third of what fetch does, and follows no redirect. */
function post(url: string, body: string): ClientRequest {
  const begin = url.startsWith("https:") ? httpsRequest : httpRequest;
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "accept-encoding": "gzip",
  };
  const request = begin(url, { method: "POST", headers });
  request.end(body);
  return request;
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

/** Reads a body up to the limit, as it is after it was unpacked. Listeners cost a fraction of what a loop over the stream does. */
function readBody(response: IncomingMessage, add: (bytes: Uint8Array) => void): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const { statusCode: status = 0, headers } = response;
  const retryAfterMs = retryAfterOf(headers);
  const body = headers["content-encoding"] === "gzip" ? response.pipe(createGunzip()) : response;
  let length = 0;

  /** Of a body that is too large the rest is not waited for. */
  function giveUp(): void {
    resolve({ status, retryAfterMs, isTooLarge: true });
    response.destroy();
    body.destroy();
  }

  response.on("error", reject);
  response.on("close", () => {
    if (!response.complete) reject(new Error("the answer was cut"));
  });
  body.on("error", reject);
  if (Number(headers["content-length"] ?? 0) > RPC_RESPONSE_BYTES_MAX) giveUp();
  body.on("data", (chunk: Uint8Array) => {
    length += chunk.length;
    if (length > RPC_RESPONSE_BYTES_MAX) giveUp();
    else add(chunk);
  });
  body.on("end", () => resolve({ status, retryAfterMs, isTooLarge: false }));
  return promise;
}
