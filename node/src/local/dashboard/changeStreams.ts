import { PleiadError } from "@pleiad/sdk/errors";
import type { WebSocket } from "ws";
import type { Speaker } from "../../workspace/face/speaker.ts";
import { closeSockets } from "../../workspace/http/closeSockets.ts";
import { EVENT_CLOSE } from "../../workspace/http/events.ts";
import { lackOfRoom } from "../../workspace/http/streamRoom.ts";
import type { TokenCredential } from "../../workspace/tokens/credential.ts";
import type { Change, ChangeHub } from "./changeHub.ts";
import { heardChanges } from "./heardChanges.ts";
import {
  CHANGE_BUFFER_BYTES_MAX,
  CHANGE_MESSAGE_BYTES_MAX,
  CHANGE_PING_MS,
  CHANGE_STREAMS_MAX,
  CHANGE_STREAMS_OPERATORS,
  CHANGE_STREAMS_PER_TOKEN_MAX,
} from "./limits.ts";
import { CHANGE_TOPICS } from "./schemas.ts";

const ROOM = {
  max: CHANGE_STREAMS_MAX,
  perTokenMax: CHANGE_STREAMS_PER_TOKEN_MAX,
  operatorsMin: CHANGE_STREAMS_OPERATORS,
};

/** Tells pages what changed of what their token may read, each until its token is no more. */
export function createChangeStreams(
  options: { readonly bufferBytesMax?: number },
  hub: ChangeHub,
  /** The cluster that somebody is in now. */
  clusterOf: (credential: TokenCredential) => bigint | undefined,
) {
  const { bufferBytesMax = CHANGE_BUFFER_BYTES_MAX } = options;
  const open = new Map<WebSocket, Speaker>();

  /** Why there is no room for another stream of theirs; undefined where there is. */
  function refusalOf(speaker: Speaker): PleiadError | undefined {
    const lack = lackOfRoom(open.values(), speaker, ROOM);
    return lack === undefined ? undefined : tooMany(lack);
  }

  return {
    /** @throws PleiadError CHANGE_STREAMS_TOO_MANY (retryable) */
    requireRoom(speaker: Speaker): void {
      const refusal = refusalOf(speaker);
      if (refusal !== undefined) throw refusal;
    },
    count: () => open.size,
    open(socket: WebSocket, speaker: Speaker): void {
      // Many that asked at once were each told that there is room.
      const refusal = refusalOf(speaker);
      if (refusal !== undefined) {
        socket.close(EVENT_CLOSE.behind, refusal.code);
        return;
      }
      let hasAnswered = true;
      const { credential } = speaker;
      const end = hub.listen(
        (changes) => void tell(heardChanges(changes, credential, () => clusterOf(credential))),
      );
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
      open.set(socket, speaker);
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
    stop: () => closeSockets(open.keys(), EVENT_CLOSE.stopping),
  };
}

function tooMany(whose: string): PleiadError {
  return new PleiadError(`pages are told of changes already: ${whose}`, {
    code: "CHANGE_STREAMS_TOO_MANY",
    retryable: true,
    hint: "close a page that nobody looks at",
  });
}
