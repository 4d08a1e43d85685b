import { createHash, randomBytes } from "node:crypto";
import { type ClientRequest, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import type { PleiadError } from "@pleiad/sdk/errors";
import { chainFailure } from "./errors.ts";

/**
 * A WebSocket (RFC 6455) that says and hears short texts. Node's own takes messages of any size and cannot be told
 * otherwise; here a frame's length is looked at before a byte of it is kept.
 */
export interface TextSocket {
  send(text: string): void;
  /** Asks whether the other end is still there: an answer counts as something heard. */
  ping(): void;
  /** Ends it; `onEnd` is not called any more. */
  close(): void;
}

export interface TextSocketOptions {
  /** ws or wss. May hold a key: never part of an error. */
  readonly url: string;
  /** How the endpoint is called in errors. */
  readonly name: string;
  /** From the first byte sent to the end of the handshake, in milliseconds. */
  readonly openTimeoutMs: number;
  /** A longer message ends the connection. Bytes. */
  readonly messageBytesMax: number;
}

export interface TextSocketHandlers {
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
  /** A frame has come, of whatever kind; called before what it says is told. */
  readonly onFrame: () => void;
  /** It is over, once: HEADS_UNREACHABLE, or HEADS_INVALID for what breaks the protocol. */
  readonly onEnd: (reason: PleiadError) => void;
}

/** What RFC 6455 (1.3) has both ends append to the key of the handshake. */
const HANDSHAKE_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const CONTINUATION = 0x0;
const TEXT = 0x1;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;
/** Control frames are short (RFC 6455, 5.5). Bytes. */
const CONTROL_BYTES_MAX = 125;

/** Opens a connection. Nothing is called before this has returned. */
export function openTextSocket(options: TextSocketOptions, handlers: TextSocketHandlers): TextSocket {
  const { url, name, openTimeoutMs, messageBytesMax } = options;
  const target = new URL(url);
  const isSecure = target.protocol === "wss:";
  target.protocol = isSecure ? "https:" : "http:";
  const key = randomBytes(16).toString("base64");
  const headers = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13" };
  const reader = createMessageReader(messageBytesMax);
  let stream: Duplex | undefined;
  let isOver = false;

  const request: ClientRequest = (isSecure ? httpsRequest : httpRequest)(target, {
    headers: { ...headers, "Sec-WebSocket-Key": key },
    agent: false,
  });
  const timer = setTimeout(() => end(unreachable(`no handshake within ${openTimeoutMs} ms`)), openTimeoutMs);
  request.on("error", (cause) => end(unreachable(reasonOf(cause), cause)));
  request.on("response", ({ statusCode }) => end(unreachable(`HTTP status ${statusCode}`)));
  request.on("upgrade", (response, socket, head) => {
    if (isOver) {
      socket.destroy();
      return;
    }
    stream = socket;
    socket.on("error", (cause: Error) => end(unreachable(reasonOf(cause), cause)));
    socket.on("close", () => end(unreachable("the connection was closed")));
    const wanted = createHash("sha1").update(`${key}${HANDSHAKE_GUID}`).digest("base64");
    if (response.headers["sec-websocket-accept"] !== wanted) {
      end(invalid("it is no WebSocket"));
      return;
    }
    clearTimeout(timer);
    socket.on("data", hear);
    handlers.onOpen();
    if (head.length > 0) hear(head);
  });
  request.end();

  function unreachable(reason: string, cause?: unknown): PleiadError {
    return chainFailure("HEADS_UNREACHABLE", `${name}: ${reason}`, { cause, details: { endpoint: name } });
  }

  function invalid(reason: string): PleiadError {
    return chainFailure("HEADS_INVALID", `${name}: ${reason}`, { details: { endpoint: name } });
  }

  function close(): void {
    isOver = true;
    clearTimeout(timer);
    request.destroy();
    stream?.destroy();
  }

  function end(reason: PleiadError): void {
    if (isOver) return;
    close();
    handlers.onEnd(reason);
  }

  function hear(chunk: Buffer): void {
    if (isOver) return;
    for (const message of reader.push(chunk)) {
      handlers.onFrame();
      if (!isOver) take(message);
      if (isOver) return;
    }
  }

  function take(message: Message): void {
    switch (message.kind) {
      case "text":
        handlers.onText(message.text);
        return;
      case "ping":
        // Whoever asks and does not read the answers gets no more of them.
        if (stream?.writableNeedDrain === false) write(PONG, message.payload);
        return;
      case "nothing":
        return;
      case "close":
        end(unreachable("the endpoint closed the connection"));
        return;
      case "broken":
        end(invalid(message.reason));
        return;
      default:
        message satisfies never;
    }
  }

  function write(opcode: number, payload: Buffer): void {
    if (!isOver) stream?.write(frameOf(opcode, payload));
  }

  return {
    send: (text) => write(TEXT, Buffer.from(text)),
    ping: () => write(PING, Buffer.alloc(0)),
    close,
  };
}

type Message =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "ping"; readonly payload: Buffer }
  | { readonly kind: "close" }
  /** A part of a message, or an answer to a ping. */
  | { readonly kind: "nothing" }
  | { readonly kind: "broken"; readonly reason: string };

/** Reads frames as a server sends them. Keeps at most one message; after a broken one it is of no more use. */
function createMessageReader(messageBytesMax: number): { push(chunk: Buffer): Iterable<Message> } {
  let kept: Buffer = Buffer.alloc(0);
  /** The parts so far of a text that comes in several frames. */
  let parts: Buffer[] | undefined;

  const partsBytes = () => (parts ?? []).reduce((sum, { length }) => sum + length, 0);

  /** The next frame, cut off what is kept; undefined when it is not all there. */
  function nextFrame(): Frame | { readonly broken: string } | undefined {
    const [first, second] = kept;
    if (first === undefined || second === undefined) return undefined;
    const opcode = first & 0x0f;
    const isLast = (first & 0x80) !== 0;
    if ((first & 0x70) !== 0) return { broken: "a frame of an extension that was not asked for" };
    if ((second & 0x80) !== 0) return { broken: "a masked frame" };
    const short = second & 0x7f;
    const headBytes = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (kept.length < headBytes) return undefined;
    const length =
      short === 127 ? Number(kept.readBigUInt64BE(2)) : short === 126 ? kept.readUInt16BE(2) : short;
    const isControl = opcode >= CLOSE;
    if (isControl && (length > CONTROL_BYTES_MAX || !isLast)) return { broken: "a long control frame" };
    if (!isControl && partsBytes() + length > messageBytesMax)
      return { broken: `a message of more than ${messageBytesMax} bytes` };
    if (kept.length < headBytes + length) return undefined;
    const payload = kept.subarray(headBytes, headBytes + length);
    kept = kept.subarray(headBytes + length);
    return { opcode, isLast, payload };
  }

  function messageOf({ opcode, isLast, payload }: Frame): Message {
    if (opcode === PING) return { kind: "ping", payload };
    if (opcode === PONG) return { kind: "nothing" };
    if (opcode === CLOSE) return { kind: "close" };
    const isText = opcode === TEXT && parts === undefined;
    const isMore = opcode === CONTINUATION && parts !== undefined;
    if (!isText && !isMore) return { kind: "broken", reason: `a frame of kind ${opcode} out of place` };
    parts = [...(parts ?? []), payload];
    if (!isLast) return { kind: "nothing" };
    const text = Buffer.concat(parts).toString();
    parts = undefined;
    return { kind: "text", text };
  }

  return {
    *push(chunk) {
      kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
      for (let frame = nextFrame(); frame !== undefined; frame = nextFrame()) {
        if ("broken" in frame) return yield { kind: "broken", reason: frame.broken };
        yield messageOf(frame);
      }
    },
  };
}

interface Frame {
  readonly opcode: number;
  readonly isLast: boolean;
  readonly payload: Buffer;
}

/** A frame as a client sends it: masked. What is sent is shorter than 64 KiB. */
function frameOf(opcode: number, payload: Buffer): Buffer {
  const head =
    payload.length <= CONTROL_BYTES_MAX
      ? Buffer.from([0x80 | opcode, 0x80 | payload.length])
      : Buffer.from([0x80 | opcode, 0x80 | 126, payload.length >> 8, payload.length & 0xff]);
  const mask = randomBytes(4);
  const masked = payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0));
  return Buffer.concat([head, mask, masked]);
}

function reasonOf(cause: unknown): string {
  if (cause instanceof Error && "code" in cause) return String(cause.code);
  return cause instanceof Error ? cause.message : String(cause);
}
