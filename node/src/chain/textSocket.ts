import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";

/**
 * A WebSocket that says and hears texts, with a bound on all that the other end can do: on a message's size before a
 * byte of it is kept, on its parts, and on the bytes of a second.
 */
export interface TextSocket {
  send(text: string): void;
  /** Asks whether the other end is still there: an answer counts as something heard. */
  ping(): void;
  /** Whether it keeps the process alive. @default it does */
  hold(isHeld: boolean): void;
  /** Ends it; `onEnd` is not called any more. */
  close(): void;
}

export interface TextSocketOptions {
  /** ws or wss. May hold a key: never part of what it says of its end. */
  readonly url: string;
  /** From the first byte sent to the end of the handshake, in milliseconds. */
  readonly openTimeoutMs: number;
  /** A longer message ends the connection. Bytes. */
  readonly messageBytesMax: number;
  /** More than this within a second ends the connection. Bytes. @default as much as may come, where it was asked for */
  readonly bytesPerSecondMax?: number;
}

/** Why a connection is over: it is not there, or the other end breaks the protocol or its bounds. */
export interface SocketEnd {
  readonly kind: "unreachable" | "invalid";
  readonly reason: string;
  readonly cause?: unknown;
}

export interface TextSocketHandlers {
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
  /** Something whole has come, a ping or its answer included; called before what it says is told. @default nothing */
  readonly onFrame?: () => void;
  /** It is over, once. */
  readonly onEnd: (end: SocketEnd) => void;
}

/** Parts of one message: an endpoint that cuts its answers smaller than this costs more than it tells. */
export const SOCKET_PARTS_MAX = 1_024;
/** Answers to pings that the other end has not taken yet: beyond them it gets no more. Bytes. */
const UNTAKEN_BYTES_MAX = 16_384;
const SECOND_MS = 1_000;
/** What the library calls what is wrong with the handshake: the other end is no WebSocket. */
const NO_WEBSOCKET = /^(Invalid (Upgrade|Sec-WebSocket)|Server sent|Server indicated)/;

/** Opens a connection. Nothing is called before this has returned. */
export function openTextSocket(options: TextSocketOptions, handlers: TextSocketHandlers): TextSocket {
  const { url, openTimeoutMs, messageBytesMax, bytesPerSecondMax = Number.POSITIVE_INFINITY } = options;
  const socket = new WebSocket(url, {
    handshakeTimeout: openTimeoutMs,
    maxPayload: messageBytesMax,
    maxFragments: SOCKET_PARTS_MAX,
    // Packed, a small message could become a large one.
    perMessageDeflate: false,
    followRedirects: false,
    autoPong: false,
  });
  let stream: IncomingMessage["socket"] | undefined;
  let isOver = false;

  function end(kind: SocketEnd["kind"], reason: string, cause?: unknown): void {
    if (isOver) return;
    close();
    handlers.onEnd({ kind, reason, cause });
  }

  function close(): void {
    isOver = true;
    socket.terminate();
  }

  /** Whatever comes: a part without content is seen by nobody else. */
  function count({ socket: under }: IncomingMessage): void {
    stream = under;
    let fromMs = performance.now();
    let bytes = 0;
    under.on("data", ({ length }: Buffer) => {
      const nowMs = performance.now();
      if (nowMs - fromMs >= SECOND_MS) {
        fromMs = nowMs;
        bytes = 0;
      }
      bytes += length;
      if (bytes > bytesPerSecondMax) end("invalid", `more than ${bytesPerSecondMax} bytes a second`);
    });
  }

  function heard(tell: () => void): void {
    if (isOver) return;
    handlers.onFrame?.();
    if (!isOver) tell();
  }

  socket.on("upgrade", count);
  socket.on("unexpected-response", (_request, { statusCode }) =>
    end("unreachable", `HTTP status ${statusCode}`),
  );
  // A library's error while this end closes the connection says nothing new.
  socket.on("error", (cause: Error & { code?: string }) => {
    const isBroken = cause.code?.startsWith("WS_ERR_") === true || NO_WEBSOCKET.test(cause.message);
    if (NO_WEBSOCKET.test(cause.message)) end("invalid", "it is no WebSocket", cause);
    else end(isBroken ? "invalid" : "unreachable", isBroken ? cause.message : reasonOf(cause), cause);
  });
  socket.on("close", () => end("unreachable", "the connection was closed"));
  socket.on("open", () => !isOver && handlers.onOpen());
  socket.on("pong", () => heard(() => undefined));
  socket.on("ping", (payload: Buffer) =>
    heard(() => {
      // Whoever asks and does not read the answers gets no more of them.
      if (socket.bufferedAmount < UNTAKEN_BYTES_MAX) socket.pong(payload);
    }),
  );
  socket.on("message", (data: Buffer, isBinary) =>
    heard(() => {
      if (isBinary) end("invalid", "a message that is no text");
      else handlers.onText(data.toString());
    }),
  );

  const isOpen = () => !isOver && socket.readyState === WebSocket.OPEN;
  return {
    send: (text) => void (isOpen() && socket.send(text)),
    ping: () => void (isOpen() && socket.ping()),
    hold: (isHeld) => void (isHeld ? stream?.ref() : stream?.unref()),
    close,
  };
}

/** The system's name for it where there is one. */
function reasonOf(cause: Error & { readonly code?: string }): string {
  return cause.code ?? cause.message;
}
