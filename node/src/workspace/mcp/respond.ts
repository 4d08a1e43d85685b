import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { STALLED_READER_MS } from "../face/limits.ts";

/**
 * Writes an answer, as a stream where it is one. A reader that takes nothing for `STALLED_READER_MS` is cut off, so that
 * what waits for it does not grow.
 */
export async function respond(
  response: Response,
  to: ServerResponse,
  stalledMs = STALLED_READER_MS,
): Promise<void> {
  to.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body === null) {
    to.end();
    return;
  }
  to.flushHeaders();
  const reader = response.body.getReader();
  const leave = () => reader.cancel().catch(() => undefined);
  to.once("close", leave);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || to.destroyed) break;
      if (!to.write(value)) await once(to, "drain", { signal: AbortSignal.timeout(stalledMs) });
    }
    to.end();
  } catch {
    // It stalled, or has gone: either way nobody reads the rest.
    to.destroy();
  } finally {
    to.off("close", leave);
    await leave();
  }
}
