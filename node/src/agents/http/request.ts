import type { IncomingMessage } from "node:http";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

/** A request over a connection of its own. */
export interface PlainRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Breaks the connection off at any point. */
  readonly signal: AbortSignal;
}

/** An answer whose body has yet to be read. Whoever gets one must close it. */
export interface OpenResponse {
  readonly status: number;
  /** Header by its name in lower case. */
  header(name: string): string | undefined;
  readonly chunks: AsyncIterable<Buffer>;
  /** Drops the connection, wherever the body stands. */
  close(): void;
}

/** A request whose answer is read whole, up to a limit. */
export interface BoundedRequest extends PlainRequest {
  /** How much of the answer's body is read, in bytes, by its status. */
  readonly bodyBytesMax: (status: number) => number;
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
 * Sends one request and reads the answer. Redirects are not followed, answers are not unpacked, and no time limit
 * applies but the signal's.
 *
 * Rejects with the system's error if the server cannot be reached or the connection breaks, with an AbortError if
 * `signal` is aborted.
 */
export async function requestBounded(request: BoundedRequest): Promise<BoundedResponse> {
  const response = await openRequest(request);
  try {
    return await readBounded(response, request.bodyBytesMax(response.status));
  } finally {
    response.close();
  }
}

/** Reads a body up to a limit, in bytes; `onBody` is told how many have come. */
export async function readBounded(
  response: OpenResponse,
  bytesMax: number,
  onBody?: (bytes: number) => void,
): Promise<BoundedResponse> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let truncated = false;
  for await (const chunk of response.chunks) {
    const room = bytesMax - bytes;
    chunks.push(chunk.subarray(0, room));
    bytes += Math.min(chunk.length, room);
    truncated = chunk.length > room;
    if (truncated) break;
    onBody?.(bytes);
  }
  const { status, header } = response;
  return { status, header, body: Buffer.concat(chunks), truncated };
}

/** Sends one request; settles when the head of the answer is there. As `requestBounded` in all else. */
export async function openRequest(request: PlainRequest): Promise<OpenResponse> {
  const response = await send(request);
  return {
    status: response.statusCode ?? 0,
    header: (name) => {
      const value = response.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    chunks: response as AsyncIterable<Buffer>,
    close: () => void response.destroy(),
  };
}

function send({ method, url, headers, body, signal }: PlainRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === "https:" ? httpsRequest : httpRequest;
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    // No shared agent: a kept connection that the server has closed meanwhile would fail the next run.
    const request = start(url, { method, headers: { ...headers, ...length }, signal, agent: false }, resolve);
    request.on("error", reject);
    request.end(body);
  });
}
