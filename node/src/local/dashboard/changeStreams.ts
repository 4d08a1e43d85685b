import { PleiadError } from "@pleiad/sdk/errors";
import type { WebSocket } from "ws";
import type { Speaker } from "../../workspace/face/speaker.ts";
import { closeSockets } from "../../workspace/http/closeSockets.ts";
import { EVENT_CLOSE } from "../../workspace/http/events.ts";
import type { Change, ChangeHub } from "./changeHub.ts";
import {
  CHANGE_BUFFER_BYTES_MAX,
  CHANGE_MESSAGE_BYTES_MAX,
  CHANGE_PING_MS,
  CHANGE_STREAMS_MAX,
} from "./limits.ts";
import { CHANGE_TOPICS } from "./schemas.ts";

/** Tells pages what changed, each until its token is no more. */
export function createChangeStreams(options: { readonly bufferBytesMax?: number }, hub: ChangeHub) {
  const { bufferBytesMax = CHANGE_BUFFER_BYTES_MAX } = options;
  const open = new Set<WebSocket>();
  return {
    /** @throws PleiadError CHANGE_STREAMS_TOO_MANY (retryable) */
    requireRoom(): void {
      if (open.size < CHANGE_STREAMS_MAX) return;
      throw new PleiadError(`${open.size} pages are told of changes already`, {
        code: "CHANGE_STREAMS_TOO_MANY",
        retryable: true,
        hint: "close a page that nobody looks at",
      });
    },
    count: () => open.size,
    open(socket: WebSocket, speaker: Speaker): void {
      let hasAnswered = true;
      const end = hub.listen((changes) => void tell(changes));
      // A token that ends while nothing changes is found by then.
      const ping = setInterval(() => {
        if (!hasAnswered) return socket.terminate();
        hasAnswered = false;
        socket.ping();
        void tell([]);
      }, CHANGE_PING_MS);
      socket.on("pong", () => {
        hasAnswered = true;
      });
      socket.on("error", () => socket.terminate());
      socket.on("message", (data) => {
        if (String(data).length > CHANGE_MESSAGE_BYTES_MAX) socket.close(1009, "CHANGES_MESSAGE_TOO_LARGE");
      });
      socket.once("close", () => {
        end();
        clearInterval(ping);
        open.delete(socket);
      });
      open.add(socket);
      socket.send(JSON.stringify({ kind: "open", topics: CHANGE_TOPICS }));

      async function tell(changes: readonly Change[]): Promise<void> {
        if (!(await isCurrent())) return socket.close(EVENT_CLOSE.refused, "TOKEN_WRONG");
        if (socket.readyState !== socket.OPEN || changes.length === 0) return;
        if (socket.bufferedAmount > bufferBytesMax)
          return socket.close(EVENT_CLOSE.behind, "EVENTS_SLOW_READER");
        socket.send(JSON.stringify({ kind: "changes", changes }));
      }
      /** A token whose file cannot be read is none. */
      function isCurrent(): Promise<boolean> {
        return speaker.isCurrent().catch(() => false);
      }
    },
    stop: () => closeSockets(open, EVENT_CLOSE.stopping),
  };
}
