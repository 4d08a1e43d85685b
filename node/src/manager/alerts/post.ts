import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { PleiadError } from "@pleiad/sdk/errors";
import { errnoOf } from "../../config/files.ts";
import { SINK_ANSWER_BYTES_MAX, SINK_TIMEOUT_MS } from "../limits.ts";

/** One request to a sink. */
export interface SinkRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Asks a sink. @throws PleiadError ALERT_SINK_FAILED (retryable) where it was not answered with 2xx */
export type Post = (request: SinkRequest, signal: AbortSignal) => Promise<void>;

/**
 * Posts JSON. No redirect is followed, no connection kept, no longer waited than `SINK_TIMEOUT_MS`, no more read than
 * `SINK_ANSWER_BYTES_MAX`. Errors name no URL, which may hold a token, and none of what the other side says.
 */
export function createPost(options: { readonly timeoutMs?: number } = {}): Post {
  const { timeoutMs = SINK_TIMEOUT_MS } = options;
  return async ({ url, headers, body }, signal) => {
    const begin = url.startsWith("https:") ? httpsRequest : httpRequest;
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const request = begin(url, {
      method: "POST",
      agent: false,
      signal: bounded,
      headers: {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        "user-agent": "pleiad",
        ...headers,
      },
    });
    request.on("response", (response) => drain(response, resolve));
    request.on("error", reject);
    request.end(body);
    try {
      const status = await promise;
      if (status < 200 || status > 299) throw sinkFailed(`it answered ${status}`, { status });
    } catch (error) {
      if (error instanceof PleiadError) throw error;
      if (bounded.aborted && !signal.aborted)
        throw sinkFailed(`it did not answer within ${timeoutMs} ms`, {}, error);
      throw sinkFailed(`it cannot be reached: ${errnoOf(error) ?? "the connection ended"}`, {}, error);
    } finally {
      request.destroy();
    }
  };
}

/** The status is the answer. The rest is read as far as an orderly end of the connection asks for. */
function drain(response: IncomingMessage, answer: (status: number) => void): void {
  const { statusCode = 0 } = response;
  let length = 0;
  const done = () => answer(statusCode);
  response.on("data", (chunk: Uint8Array) => {
    length += chunk.length;
    if (length > SINK_ANSWER_BYTES_MAX) done();
  });
  response.on("end", done);
  // Cut off after the status: that was said.
  response.on("error", done);
  response.on("close", done);
}

/** A delivery that failed. */
export function sinkFailed(
  why: string,
  details: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): PleiadError {
  return new PleiadError(`the sink took no alert: ${why}`, {
    code: "ALERT_SINK_FAILED",
    retryable: true,
    hint: "look at the sink, and at its URL in alert_sinks",
    details,
    cause,
  });
}

/** Whether the sink itself says that it will not take this, rather than that it cannot now. */
export function isRefusal(error: PleiadError): boolean {
  const { status } = error.details;
  return typeof status === "number" && status >= 400 && status < 500 && ![408, 425, 429].includes(status);
}
