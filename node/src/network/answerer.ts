import type { Stream, StreamHandler } from "@libp2p/interface";
import type { Logger } from "pino";
import type { Budgets, PeerBudgets } from "./budgets.ts";
import type { Clock } from "./clock.ts";
import { PeerInputError, reasonOf, surfaceBug } from "./errors.ts";
import type { Misdeed } from "./reputation.ts";
import { readAll, writeAll, writeSome } from "./streams.ts";
import type { TokenBucket } from "./tokenBucket.ts";

export interface AnswererModules {
  readonly budgets: Budgets;
  /** Books a misdeed to a peer. */
  readonly penalize: (peer: string, misdeed: Misdeed) => void;
  readonly logger: Logger;
  readonly clock: Clock;
}

/**
 * Serves a request protocol: one bounded question, one answer, both ended by closing, within a time and a rate.
 *
 * @param options.budget which of the peer's budgets a question takes from
 * @param options.answer the answer to a question, whole or piece by piece; `signal` ends when nobody waits for it any more. A
 * `PleiadError` it throws cuts the stream; anything else is a bug
 */
export function createAnswerer(
  options: {
    readonly what: string;
    readonly questionBytesMax: number;
    readonly timeoutMs: number;
    readonly budget: (budgets: PeerBudgets) => TokenBucket;
    readonly answer: (
      question: Uint8Array,
      peer: string,
      signal: AbortSignal,
    ) => Promise<Uint8Array | AsyncIterable<Uint8Array>>;
  },
  modules: AnswererModules,
): StreamHandler {
  const { what, questionBytesMax } = options;
  return async (stream, connection) => {
    const peer = connection.remotePeer.toString();
    const fail = (error: unknown) => {
      stream.abort(error instanceof Error ? error : new Error(String(error)));
      modules.logger.debug({ peer, what, ...reasonOf(error) }, "question not answered");
      if (error instanceof PeerInputError && error.misdeed !== undefined)
        modules.penalize(peer, error.misdeed);
    };

    if (!options.budget(modules.budgets.of(peer)).take()) {
      modules.penalize(peer, "overBudget");
      stream.abort(new Error("asked too often"));
      return;
    }
    const closed = new AbortController();
    stream.addEventListener("close", () => closed.abort(new Error("the peer waits no more")), { once: true });
    const signal = AbortSignal.timeout(options.timeoutMs);
    const wanted = AbortSignal.any([signal, closed.signal]);
    let question: Uint8Array;
    try {
      question = await readAll(stream, { what, bytesMax: questionBytesMax, signal });
    } catch (error) {
      return fail(error);
    }
    let answer: Uint8Array | AsyncIterable<Uint8Array>;
    try {
      answer = await options.answer(question, peer, wanted);
    } catch (error) {
      surfaceBug(error);
      return fail(error);
    }
    try {
      const bytes = modules.budgets.of(peer).answerBytes;
      const pay = (piece: Uint8Array) => payFor(piece, bytes, modules.clock, wanted);
      if (answer instanceof Uint8Array) {
        await pay(answer);
        await writeAll(stream, answer, signal);
      } else await writePieces(stream, answer, { signal, wanted, pay });
    } catch (error) {
      fail(error);
    }
  };
}

/** Waits until a peer has paid for what it was given before, and puts the piece on its account. @throws the signal's reason */
async function payFor(
  piece: Uint8Array,
  bytes: TokenBucket,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  // Others that answer the same peer may have been quicker.
  for (let waitMs = bytes.debtMs(); waitMs > 0; waitMs = bytes.debtMs()) {
    await new Promise<void>((resolve, reject) => {
      const onAbort = () => {
        cancel();
        reject(signal.reason);
      };
      const cancel = clock.after(waitMs, () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      });
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
    });
  }
  bytes.charge(piece.length);
}

/** Writes each piece when the peer has room for it, and asks for the next only then. */
async function writePieces(
  stream: Stream,
  pieces: AsyncIterable<Uint8Array>,
  options: {
    readonly signal: AbortSignal;
    readonly wanted: AbortSignal;
    readonly pay: (piece: Uint8Array) => Promise<void>;
  },
): Promise<void> {
  const { signal, wanted, pay } = options;
  const ended = Promise.withResolvers<never>();
  // Somebody may have to listen to it when nothing is waited for.
  ended.promise.catch(() => undefined);
  const onAbort = () => ended.reject(wanted.reason);
  wanted.addEventListener("abort", onAbort, { once: true });
  if (wanted.aborted) onAbort();
  const iterator = pieces[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), ended.promise]);
      if (next.done === true) break;
      await pay(next.value);
      await writeSome(stream, next.value, signal);
    }
    await stream.close({ signal });
  } finally {
    wanted.removeEventListener("abort", onAbort);
    // Not waited for: what hangs would keep this hanging, too.
    void iterator.return?.().catch(surfaceBug);
  }
}
