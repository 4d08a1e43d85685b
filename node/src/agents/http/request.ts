import type { IncomingMessage } from "node:http";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

/** A request whose answer is read whole, up to a limit. */
export interface BoundedRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Breaks the connection off at any point. */
  readonly signal: AbortSignal;
  /** How much of the answer's body is read, in bytes, by its status. */
  readonly bodyBytesMax: (status: number) => number;
  /** Called with the bytes of the body so far. */
  readonly onBody?: (bodyBytes: number) => void;
}

/** An answer. */
export interface BoundedResponse {
  readonly status: number;
  /** Header by its name in lower case. */
  header(name: string): string | undefined;
  /** At most as many bytes as were allowed. */
  readonly body: Uint8Array;
  /** Whether the server sent more than that. */
  readonly truncated: boolean;
}

/**
 * Sends one request over a connection of its own and reads the answer. Redirects are not followed, answers are not
 * unpacked, and no time limit applies but the signal's.
 *
 * Rejects with the system's error if the server cannot be reached or the connection breaks, with an AbortError if
 * `signal` is aborted.
 */
export async function requestBounded(request: BoundedRequest): Promise<BoundedResponse> {
  const response = await send(request);
  const status = response.statusCode ?? 0;
  const bytesMax = request.bodyBytesMax(status);
  const chunks: Buffer[] = [];
  let bytes = 0;
  let truncated = false;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      const room = bytesMax - bytes;
      chunks.push(chunk.subarray(0, room));
      bytes += Math.min(chunk.length, room);
      truncated = chunk.length > room;
      if (truncated) break;
      request.onBody?.(bytes);
    }
  } finally {
    response.destroy();
  }
  const header = (name: string): string | undefined => {
    const value = response.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  return { status, header, body: Buffer.concat(chunks), truncated };
}

function send({ method, url, headers, body, signal }: BoundedRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === "https:" ? httpsRequest : httpRequest;
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    // No shared agent: a kept connection that the server has closed meanwhile would fail the next run.
    const request = start(url, { method, headers: { ...headers, ...length }, signal, agent: false }, resolve);
    request.on("error", reject);
    request.end(body);
  });
}
