import { PleiadError } from "@pleiad/sdk/errors";
import type { WebSocket } from "ws";
import type { Speaker } from "../../workspace/face/speaker.ts";
import { closeSockets } from "../../workspace/http/closeSockets.ts";
import { EVENT_CLOSE } from "../../workspace/http/events.ts";
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
  function lackOfRoom(speaker: Speaker): PleiadError | undefined {
    const all = [...open.values()];
    if (all.filter(({ id }) => id === speaker.id).length >= CHANGE_STREAMS_PER_TOKEN_MAX)
      return tooMany(`${CHANGE_STREAMS_PER_TOKEN_MAX} pages with this token`);
    const others = all.filter((one) => !isOperators(one)).length;
    if (!isOperators(speaker) && others >= CHANGE_STREAMS_MAX - CHANGE_STREAMS_OPERATORS)
      return tooMany(`${others} pages of agents and users`);
    return open.size < CHANGE_STREAMS_MAX ? undefined : tooMany(`${open.size} pages`);
  }

  return {
    /** @throws PleiadError CHANGE_STREAMS_TOO_MANY (retryable) */
    requireRoom(speaker: Speaker): void {
      const lack = lackOfRoom(speaker);
      if (lack !== undefined) throw lack;
    },
    count: () => open.size,
    open(socket: WebSocket, speaker: Speaker): void {
      // Many that asked at once were each told that there is room.
      const lack = lackOfRoom(speaker);
      if (lack !== undefined) {
        socket.close(EVENT_CLOSE.behind, lack.code);
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

function isOperators({ credential }: Speaker): boolean {
  return credential.kind === "node" && credential.cluster === undefined;
}

function tooMany(who: string): PleiadError {
  return new PleiadError(`${who} are told of changes already`, {
    code: "CHANGE_STREAMS_TOO_MANY",
    retryable: true,
    hint: "close a page that nobody looks at",
  });
}
