import type { WebSocket } from "ws";
import { EVENT_CLOSE_MS } from "../face/limits.ts";

/** Tells all of them that the daemon stops, and settles when they are closed; one that does not answer in time is cut. */
export async function closeSockets(open: Iterable<WebSocket>, code: number): Promise<void> {
  const closing = [...open];
  const closed = Promise.all(
    closing.map((socket) => new Promise((resolve) => socket.once("close", resolve))),
  );
  for (const socket of closing) socket.close(code, "DAEMON_STOPPING");
  const timer = setTimeout(() => {
    for (const socket of closing) socket.terminate();
  }, EVENT_CLOSE_MS);
  await closed;
  clearTimeout(timer);
}
