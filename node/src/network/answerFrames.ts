import type { Stream } from "@libp2p/interface";
import { PleiadError } from "@pleiad/sdk/errors";
import { z } from "zod";
import { parseBounded, toJsonBytes } from "./boundedJson.ts";
import { malformed, networkError, oversized, PeerInputError, surfaceBug } from "./errors.ts";
import { ANSWER_WAITING_BYTES_MAX, REFUSAL_CODE_CHARACTERS_MAX } from "./limits.ts";
import { createFrameReader, frame } from "./streams.ts";

/**
 * An answer in frames, as `/pleiad/log/1` and `/pleiad/ask/1` give it. Each frame is four bytes of length, big end first, and
 * so many bytes: one that says of which kind it is, and what it holds.
 *
 * | kind | holds | then |
 * |---|---|---|
 * | 0 | what was asked for, or a part of it | more may follow |
 * | 1 | JSON: why there is no answer, or no more of it | the end |
 * | 2 | nothing: that was all | the end |
 * | 3 | nothing: there is more than one answer may have | the end |
 *
 * The end is said, as a connection that closes looks the same as an answer that is over.
 */
const KIND = { part: 0, refusal: 1, end: 2, more: 3 } as const;
const NOTHING = new Uint8Array(0);

/** Bounds of one answer. */
export interface AnswerBounds {
  readonly frameBytesMax: number;
  readonly framesMax: number;
  /** Of all its frames' contents together. */
  readonly bytesMax: number;
}

/** A refusal is a code and a flag. */
const REFUSAL_BYTES_MAX = 2 * REFUSAL_CODE_CHARACTERS_MAX;
const refusalSchema = z.strictObject({
  v: z.literal(1),
  code: z
    .string()
    .max(REFUSAL_CODE_CHARACTERS_MAX)
    .regex(/^[A-Z][A-Z0-9_]*$/),
  retryable: z.boolean(),
});

function framed(kind: number, bytes: Uint8Array): Uint8Array {
  const content = new Uint8Array(1 + bytes.length);
  content[0] = kind;
  content.set(bytes, 1);
  return frame(content);
}

/**
 * Puts parts into frames, as many as the bounds allow. A `PleiadError` of the parts becomes a refusal: its code and whether it
 * may pass, not its words, which may name what lies on this disk.
 *
 * @throws PeerInputError what the parts throw because the question was bad
 */
export async function* frameAnswer(
  parts: () => AsyncIterable<Uint8Array>,
  bounds: AnswerBounds,
): AsyncGenerator<Uint8Array> {
  let frames = 0;
  let bytes = 0;
  try {
    for await (const part of parts()) {
      // A part that fits no answer is this daemon's own mistake.
      if (part.length > bounds.frameBytesMax)
        throw new Error(`a part of an answer has ${part.length} bytes, at most ${bounds.frameBytesMax}`);
      frames += 1;
      bytes += part.length;
      if (frames > bounds.framesMax || bytes > bounds.bytesMax) {
        yield framed(KIND.more, NOTHING);
        return;
      }
      yield framed(KIND.part, part);
    }
    yield framed(KIND.end, NOTHING);
  } catch (error) {
    surfaceBug(error);
    if (!(error instanceof PleiadError) || (error instanceof PeerInputError && error.misdeed !== undefined))
      throw error;
    yield framed(KIND.refusal, toJsonBytes({ v: 1, code: error.code, retryable: error.retryable }));
  }
}

/** Takes an answer apart while it arrives. */
export interface AnswerReader {
  /** Give it each piece; while too much waits for `onPart` the stream is paused. @throws PeerInputError */
  push(bytes: Uint8Array, stream: Stream): void;
  /**
   * Call at the end of the stream. Answers when `onPart` has had everything.
   *
   * @returns whether that was all there is
   * @throws PleiadError ANSWER_REFUSED (as the peer says), PEER_IO_FAILED (retryable) when it broke off,
   * MESSAGE_MALFORMED; what `onPart` throws
   */
  end(): Promise<{ readonly complete: boolean }>;
  /** Call when the stream broke: answers when `onPart` has had what came. @throws what `onPart` throws */
  settle(): Promise<void>;
}

/**
 * @param options.onPart gets the parts one after the other; what it throws ends the reading
 * @param options.peer for errors
 */
export function createAnswerReader(
  options: AnswerBounds & {
    readonly what: string;
    readonly peer: string;
    readonly onPart: (part: Uint8Array) => void | Promise<void>;
  },
): AnswerReader {
  const { what, peer, bytesMax, framesMax } = options;
  const frames = createFrameReader(what, 1 + Math.max(options.frameBytesMax, REFUSAL_BYTES_MAX));
  let count = 0;
  let bytesTotal = 0;
  let waitingBytes = 0;
  let ending: "end" | "more" | PleiadError | undefined;
  let failure: { readonly error: unknown } | undefined;
  let work: Promise<void> = Promise.resolve();

  async function hand(part: Uint8Array, stream: Stream): Promise<void> {
    try {
      if (failure === undefined) await options.onPart(part);
    } catch (error) {
      failure = { error };
      // Nothing more is wanted; this ends the reading, too.
      stream.abort(error instanceof Error ? error : new Error("the answer was not taken"));
    }
    waitingBytes -= part.length;
    if (waitingBytes < ANSWER_WAITING_BYTES_MAX && stream.readStatus === "paused") stream.resume();
  }

  function take(framed: Uint8Array, stream: Stream): void {
    const [kind] = framed;
    const content = framed.subarray(1);
    if (ending !== undefined) throw malformed(what, "it goes on after its end");
    switch (kind) {
      case KIND.part:
        count += 1;
        bytesTotal += content.length;
        if (bytesTotal > bytesMax) throw oversized(what, bytesTotal, bytesMax);
        if (count > framesMax) throw malformed(what, `it has more than ${framesMax} frames`);
        waitingBytes += content.length;
        work = work.then(() => hand(content, stream));
        return;
      case KIND.refusal:
        ending = refusedBy(peer, what, parseBounded(what, content, REFUSAL_BYTES_MAX, refusalSchema));
        return;
      case KIND.end:
      case KIND.more:
        if (content.length > 0) throw malformed(what, "its end holds something");
        ending = kind === KIND.end ? "end" : "more";
        return;
      default:
        throw malformed(what, `a frame is of kind ${kind}`);
    }
  }

  async function settle(): Promise<void> {
    await work;
    if (failure !== undefined) throw failure.error;
  }

  return {
    push(bytes, stream) {
      for (const framed of frames.push(bytes)) take(framed, stream);
      if (waitingBytes >= ANSWER_WAITING_BYTES_MAX && stream.readStatus === "readable") stream.pause();
    },
    settle,
    async end() {
      await settle();
      if (ending instanceof PleiadError) throw ending;
      if (ending === undefined) throw brokenOff(peer, what);
      frames.end();
      return { complete: ending === "end" };
    },
  };
}

function brokenOff(peer: string, what: string): PleiadError {
  return networkError("PEER_IO_FAILED", `peer ${peer} broke off ${what}`, {
    retryable: true,
    hint: "the peer is gone, slow, or refuses; the daemon tries others and redials by itself",
    details: { peer },
  });
}

function refusedBy(
  peer: string,
  what: string,
  { code, retryable }: { readonly code: string; readonly retryable: boolean },
): PleiadError {
  return networkError("ANSWER_REFUSED", `peer ${peer} refuses ${what}: ${code}`, {
    retryable,
    hint: "the code is the peer's own; its log says more",
    details: { peer, code },
  });
}
