import type { PleiadError } from "@pleiad/sdk/errors";
import type { WebSocket } from "ws";
import { workspaceError } from "../errors.ts";
import {
  EVENT_BUFFER_BYTES_MAX,
  EVENT_MESSAGE_BYTES_MAX,
  EVENT_PING_MS,
  EVENT_STREAMS_MAX,
  EVENT_STREAMS_OPERATORS,
  EVENT_STREAMS_PER_TOKEN_MAX,
} from "../face/limits.ts";
import { plain } from "../face/plain.ts";
import { type FaceWorkspace, type Speaker, watchChanges } from "../face/speaker.ts";
import { closeSockets } from "./closeSockets.ts";
import { lackOfRoom } from "./streamRoom.ts";

/** What a reader names as the protocol it speaks; its token may stand beside it, where a browser can set no header. */
export const EVENTS_PROTOCOL = "pleiad.workspace.v1";
export const TOKEN_PROTOCOL_PREFIX = "bearer.";

/** Why a stream ended, as a close code; the reason beside it is an error's code. */
export const EVENT_CLOSE = {
  /** The daemon stops. */
  stopping: 1001,
  /** Token or right is no more. */
  refused: 4403,
  /** The reader took too long, or too much changed at once: it reads anew and connects again. */
  behind: 4408,
} as const;

/** Something that is told of as it changes. */
export interface EventFeed {
  /** What is told first. */
  readonly opening: Readonly<Record<string, unknown>>;
  /** Begins to tell. @returns what ends it */
  watch(
    tell: (event: Readonly<Record<string, unknown>>) => void,
    end: (reason: PleiadError) => void,
  ): () => void;
}

/** Streams of what changes, with the start of it where the speaker may read it. */
export interface EventStreams {
  /** @throws PleiadError EVENTS_TOO_MANY (retryable) */
  requireRoom(speaker: Speaker): void;
  /** @throws PleiadError as `watchChanges` */
  open(socket: WebSocket, speaker: Speaker, cluster: bigint): void;
  /** Tells of something else than a cluster's log, in the same form. */
  feed(socket: WebSocket, speaker: Speaker, feed: EventFeed): void;
  /** Those that are open. */
  count(): number;
  /** Ends all of them: with a word, and without it for those that do not take it. */
  stop(): Promise<void>;
}

const ROOM = {
  max: EVENT_STREAMS_MAX,
  perTokenMax: EVENT_STREAMS_PER_TOKEN_MAX,
  operatorsMin: EVENT_STREAMS_OPERATORS,
};

export function createEventStreams(
  options: { readonly bufferBytesMax?: number },
  face: FaceWorkspace,
): EventStreams {
  const { bufferBytesMax = EVENT_BUFFER_BYTES_MAX } = options;
  const open = new Map<WebSocket, Speaker>();
  return {
    requireRoom(speaker) {
      const refusal = refusalOf(speaker);
      if (refusal !== undefined) throw refusal;
    },
    open(socket, speaker, cluster) {
      feed(socket, speaker, {
        opening: { kind: "open", cluster: String(cluster) },
        watch: (tell, end) =>
          watchChanges(face, speaker, cluster, {
            onChange: (change) => tell({ kind: "change", cluster: String(cluster), ...change }),
            onEnd: (reason) => end(reason as PleiadError),
          }),
      });
    },
    feed,
    count: () => open.size,
    stop: () => closeSockets(open.keys(), EVENT_CLOSE.stopping),
  };

  function refusalOf(speaker: Speaker): PleiadError | undefined {
    const lack = lackOfRoom(open.values(), speaker, ROOM);
    if (lack === undefined) return undefined;
    return workspaceError("EVENTS_TOO_MANY", `streams of events are open already: ${lack}`, {
      retryable: true,
      hint: "close one that nobody reads",
      details: { streamsMax: EVENT_STREAMS_MAX },
    });
  }

  function feed(socket: WebSocket, speaker: Speaker, { opening, watch }: EventFeed): void {
    // Many that asked at once were each told that there is room.
    const refusal = refusalOf(speaker);
    if (refusal !== undefined) {
      socket.close(EVENT_CLOSE.behind, refusal.code);
      return;
    }
    let hasAnswered = true;
    const end = watch(send, close);
    // One that went without a word is found by that it answers no ping.
    const ping = setInterval(() => {
      if (!hasAnswered) return socket.terminate();
      hasAnswered = false;
      socket.ping();
    }, EVENT_PING_MS);
    socket.on("pong", () => {
      hasAnswered = true;
    });
    socket.on("error", () => socket.terminate());
    // The connection would take as much as a terminal's, which shares its server.
    socket.on("message", (data) => {
      if (String(data).length > EVENT_MESSAGE_BYTES_MAX) socket.close(1009, "EVENTS_MESSAGE_TOO_LARGE");
    });
    socket.once("close", () => {
      end();
      clearInterval(ping);
      open.delete(socket);
    });
    open.set(socket, speaker);
    send(opening);

    function send(event: Readonly<Record<string, unknown>>): void {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > bufferBytesMax) {
        end();
        socket.close(EVENT_CLOSE.behind, "EVENTS_SLOW_READER");
        return;
      }
      socket.send(JSON.stringify(plain(event)));
    }
    function close({ code = "EVENTS_ENDED" }: PleiadError): void {
      const isBehind = code === "CHANGES_TOO_MANY";
      socket.close(isBehind ? EVENT_CLOSE.behind : EVENT_CLOSE.refused, code);
    }
  }
}

/** The token that a reader names among its protocols. */
export function tokenOfProtocols(header: string | undefined): string | undefined {
  return header
    ?.split(",")
    .map((protocol) => protocol.trim())
    .find((protocol) => protocol.startsWith(TOKEN_PROTOCOL_PREFIX))
    ?.slice(TOKEN_PROTOCOL_PREFIX.length);
}
