import type { StreamHandler } from "@libp2p/interface";
import type { Logger } from "pino";
import type { Budgets, PeerBudgets } from "./budgets.ts";
import { PeerInputError, reasonOf, surfaceBug } from "./errors.ts";
import type { Misdeed } from "./reputation.ts";
import { readAll, writeAll } from "./streams.ts";
import type { TokenBucket } from "./tokenBucket.ts";

export interface AnswererModules {
  readonly budgets: Budgets;
  /** Books a misdeed to a peer. */
  readonly penalize: (peer: string, misdeed: Misdeed) => void;
  readonly logger: Logger;
}

/**
 * Serves a request protocol: one bounded question, one answer, both ended by closing, within a time and a rate.
 *
 * @param options.budget which of the peer's budgets a question takes from
 * @param options.answer the answer to a question. A `PleiadError` it throws cuts the stream; anything else is a bug
 */
export function createAnswerer(
  options: {
    readonly what: string;
    readonly questionBytesMax: number;
    readonly timeoutMs: number;
    readonly budget: (budgets: PeerBudgets) => TokenBucket;
    readonly answer: (question: Uint8Array, peer: string) => Promise<Uint8Array>;
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
    const signal = AbortSignal.timeout(options.timeoutMs);
    let question: Uint8Array;
    try {
      question = await readAll(stream, { what, bytesMax: questionBytesMax, signal });
    } catch (error) {
      return fail(error);
    }
    let answer: Uint8Array;
    try {
      answer = await options.answer(question, peer);
    } catch (error) {
      surfaceBug(error);
      return fail(error);
    }
    try {
      await writeAll(stream, answer, signal);
    } catch (error) {
      fail(error);
    }
  };
}
