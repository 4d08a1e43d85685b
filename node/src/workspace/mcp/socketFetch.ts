import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { Readable } from "node:stream";

/** Statuses that have no body, as the standard of `Response` wants it. */
const BODILESS = new Set([101, 204, 205, 304]);

/**
 * `fetch` through a Unix socket, for a bridge that has no network: requests keep the address they name, in `Host`, and go
 * through the socket.
 */
export function socketFetch(socketPath: string): typeof fetch {
  return async (input, init) => {
    const asked = new Request(input, init);
    const url = new URL(asked.url);
    const body = asked.body === null ? undefined : Buffer.from(await asked.arrayBuffer());
    const request = httpRequest({
      socketPath,
      method: asked.method,
      path: `${url.pathname}${url.search}`,
      headers: {
        ...Object.fromEntries(asked.headers),
        host: url.host,
        ...(body === undefined ? {} : { "content-length": body.length }),
      },
      signal: asked.signal,
    });
    request.end(body);
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    const status = answer.statusCode ?? 500;
    const headers = new Headers();
    for (const [name, values] of Object.entries(answer.headersDistinct)) {
      for (const value of values ?? []) headers.append(name, value);
    }
    if (BODILESS.has(status)) answer.resume();
    const content = BODILESS.has(status) ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>);
    return new Response(content, { status, headers });
  };
}
