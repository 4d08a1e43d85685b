import type { Connection, Stream } from "@libp2p/interface";
import { malformed, oversized, peerIoError } from "./errors.ts";
import { STREAM_CHUNK_BYTES } from "./limits.ts";

/**
 * Reads a stream until its peer ends it.
 *
 * @param onBytes gets each piece as it arrives; what it throws ends the reading
 * @throws what `onBytes` throws; the signal's reason; an error of the stream when it was reset or aborted
 */
export function consume(
  stream: Stream,
  signal: AbortSignal,
  onBytes: (bytes: Uint8Array) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const listeners = new AbortController();
    const once = { signal: listeners.signal };
    function finish(error?: unknown): void {
      listeners.abort();
      if (error === undefined) resolve();
      else reject(error);
    }

    if (signal.aborted) return finish(signal.reason);
    if (stream.readableEnded) return finish(brokenOff(stream));
    stream.addEventListener(
      "message",
      (event) => {
        if (listeners.signal.aborted) return;
        try {
          onBytes(event.data.subarray());
        } catch (error) {
          finish(error);
        }
      },
      once,
    );
    // "end" also comes when the stream is cut: only its status tells the two apart.
    stream.addEventListener("end", () => finish(brokenOff(stream)), once);
    stream.addEventListener(
      "close",
      (event) => {
        const error = event.error ?? brokenOff(stream);
        // A paused stream may close before all of it was read; "end" comes when it is.
        if (error !== undefined || stream.readBufferLength === 0) finish(error);
      },
      once,
    );
    signal.addEventListener("abort", () => finish(signal.reason), once);
  });
}

function brokenOff(stream: Stream): Error | undefined {
  const cut = stream.status === "aborted" || stream.status === "reset";
  return cut ? new Error(`the stream was ${stream.status}`) : undefined;
}

/**
 * Reads all a peer sends on a stream.
 *
 * @param what the thing's name, for the error
 * @throws PeerInputError MESSAGE_OVERSIZED as soon as more than `bytesMax` bytes are there
 */
export async function readAll(
  stream: Stream,
  options: { readonly what: string; readonly bytesMax: number; readonly signal: AbortSignal },
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  await consume(stream, options.signal, (bytes) => {
    length += bytes.length;
    if (length > options.bytesMax) throw oversized(options.what, length, options.bytesMax);
    pieces.push(bytes);
  });
  return Buffer.concat(pieces);
}

/** Writes bytes in pieces, as fast as the peer reads, and ends this side of the stream. */
export async function writeAll(stream: Stream, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  await writeSome(stream, bytes, signal);
  await stream.close({ signal });
}

/** Writes bytes in pieces, as fast as the peer reads. */
export async function writeSome(stream: Stream, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  for (let at = 0; at < bytes.length; at += STREAM_CHUNK_BYTES) {
    if (!stream.send(bytes.subarray(at, at + STREAM_CHUNK_BYTES))) await drained(stream, signal);
  }
}

/**
 * Waits until a stream has room. Its own `onDrain` answers at once from the second time on; and its event "drain" says only
 * that it may try: with the peer's window still full it finds no room, which it knows a turn later.
 */
function drained(stream: Stream, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const listeners = new AbortController();
    const once = { signal: listeners.signal };
    function finish(error?: unknown): void {
      listeners.abort();
      if (error === undefined) resolve();
      else reject(error);
    }
    const look = () => {
      if (!stream.writableNeedsDrain) finish();
    };
    if (signal.aborted) return finish(signal.reason);
    stream.addEventListener("drain", () => setImmediate(look), once);
    stream.addEventListener("close", (event) => finish(event.error ?? new Error("the stream closed")), once);
    signal.addEventListener("abort", () => finish(signal.reason), once);
    look();
  });
}

/**
 * Asks a peer: opens a stream, sends the question, hands each piece of the answer to `onBytes` until the peer ends it.
 *
 * @throws PleiadError what `onBytes` throws; PEER_IO_FAILED (retryable) for everything that happens on the way
 */
export async function ask(
  connection: Connection,
  protocol: string,
  question: Uint8Array,
  options: {
    readonly signal: AbortSignal;
    readonly onBytes: (bytes: Uint8Array, stream: Stream) => void;
  },
): Promise<void> {
  const { signal } = options;
  const peer = connection.remotePeer.toString();
  let thrown: { readonly error: unknown } | undefined;
  let stream: Stream | undefined;
  try {
    const opened = await connection.newStream(protocol, { signal, runOnLimitedConnection: true });
    stream = opened;
    const reading = consume(opened, signal, (bytes) => {
      try {
        options.onBytes(bytes, opened);
      } catch (error) {
        thrown = { error };
        throw error;
      }
    });
    await Promise.all([reading, writeAll(opened, question, signal)]);
  } catch (cause) {
    stream?.abort(cause instanceof Error ? cause : new Error("ended"));
    // What `onBytes` found wrong goes on as it is, a bug in it too; the rest is the network's weather.
    if (thrown !== undefined) throw thrown.error;
    throw peerIoError(peer, protocol, cause);
  }
}

/** `ask` for an answer of one piece. @throws PleiadError MESSAGE_OVERSIZED, PEER_IO_FAILED (retryable) */
export async function askWhole(
  connection: Connection,
  protocol: string,
  question: Uint8Array,
  options: { readonly what: string; readonly bytesMax: number; readonly signal: AbortSignal },
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  await ask(connection, protocol, question, {
    signal: options.signal,
    onBytes(bytes) {
      length += bytes.length;
      if (length > options.bytesMax) throw oversized(options.what, length, options.bytesMax);
      pieces.push(bytes);
    },
  });
  return Buffer.concat(pieces);
}

/** Cuts a run of bytes into frames, each preceded by its length in four bytes, big end first. */
export interface FrameReader {
  /** Takes the next bytes; answers the frames that are complete now. @throws PeerInputError MESSAGE_OVERSIZED */
  push(bytes: Uint8Array): Uint8Array[];
  /** Call at the end. @throws PeerInputError MESSAGE_MALFORMED when a frame is incomplete */
  end(): void;
}

export function createFrameReader(what: string, frameBytesMax: number): FrameReader {
  let rest: Uint8Array = new Uint8Array(0);
  return {
    push(bytes) {
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      const frames: Uint8Array[] = [];
      while (rest.length >= 4) {
        const length = new DataView(rest.buffer, rest.byteOffset).getUint32(0);
        if (length > frameBytesMax) throw oversized(what, length, frameBytesMax);
        if (rest.length < 4 + length) break;
        frames.push(rest.slice(4, 4 + length));
        rest = rest.subarray(4 + length);
      }
      return frames;
    },
    end() {
      if (rest.length > 0) throw malformed(what, "it ends in the middle of a frame");
    },
  };
}

/** One frame: length and bytes. */
export function frame(bytes: Uint8Array): Uint8Array {
  const framed = new Uint8Array(4 + bytes.length);
  new DataView(framed.buffer).setUint32(0, bytes.length);
  framed.set(bytes, 4);
  return framed;
}
