import type { Connection, StreamHandler } from "@libp2p/interface";
import { bytesToBigInt, hexToBytes, numberToHex } from "viem";
import { type AnswererModules, createAnswerer } from "./answerer.ts";
import { type AnswerBounds, createAnswerReader, frameAnswer } from "./answerFrames.ts";
import type { LogAnswerer, PeerName } from "./carrierTypes.ts";
import { malformed, networkError, oversized } from "./errors.ts";
import {
  LOG_ANSWER_BYTES_MAX,
  LOG_ANSWER_FRAMES_MAX,
  LOG_ASK_TIMEOUT_MS,
  LOG_FRAME_BYTES_MAX,
  LOG_QUESTION_BYTES_MAX,
} from "./limits.ts";
import { ask } from "./streams.ts";

/**
 * Entries of a cluster's log on request, for those who lack some.
 *
 * Question: 32 bytes, the id of the cluster, and what the log makes of it. Answer: frames, see `answerFrames.ts`.
 */
export const LOG_PROTOCOL = "/pleiad/log/1";
const CLUSTER_BYTES = 32;
const BOUNDS: AnswerBounds = {
  frameBytesMax: LOG_FRAME_BYTES_MAX,
  framesMax: LOG_ANSWER_FRAMES_MAX,
  bytesMax: LOG_ANSWER_BYTES_MAX,
};

/** Who answers; undefined while nobody does. */
export function logHandler(
  modules: AnswererModules & {
    readonly answerer: () => LogAnswerer | undefined;
    readonly nameOf: (peer: string) => PeerName;
  },
): StreamHandler {
  return createAnswerer(
    {
      what: "the question for entries",
      questionBytesMax: CLUSTER_BYTES + LOG_QUESTION_BYTES_MAX,
      timeoutMs: LOG_ASK_TIMEOUT_MS,
      budget: (budgets) => budgets.logAsks,
      async answer(question, peer, signal) {
        if (question.length < CLUSTER_BYTES)
          throw malformed("the question for entries", "it names no cluster");
        const asker = modules.nameOf(peer);
        const cluster = bytesToBigInt(question.subarray(0, CLUSTER_BYTES));
        return frameAnswer(() => {
          const answerer = modules.answerer();
          if (answerer === undefined) {
            throw networkError("LOG_NOT_ANSWERED", "this daemon answers for no log now", { retryable: true });
          }
          return answerer(cluster, question.subarray(CLUSTER_BYTES), asker, signal);
        }, BOUNDS);
      },
    },
    modules,
  );
}

/**
 * Asks one peer.
 *
 * @throws PleiadError PEER_IO_FAILED (retryable), ANSWER_REFUSED, MESSAGE_OVERSIZED, MESSAGE_MALFORMED; what `onPart` throws
 */
export async function askLogOf(
  connection: Connection,
  cluster: bigint,
  question: Uint8Array,
  options: { readonly signal: AbortSignal; readonly onPart: (part: Uint8Array) => Promise<void> },
): Promise<{ readonly complete: boolean }> {
  const peer = connection.remotePeer.toString();
  const reader = createAnswerReader({ ...BOUNDS, what: "the entries", peer, onPart: options.onPart });
  const named = Buffer.concat([hexToBytes(numberToHex(cluster, { size: CLUSTER_BYTES })), question]);
  return readAnswer(connection, LOG_PROTOCOL, named, { signal: options.signal, reader });
}

/** @throws PeerInputError MESSAGE_OVERSIZED */
export function requireLogQuestion(question: Uint8Array): void {
  if (question.length > LOG_QUESTION_BYTES_MAX)
    throw oversized("the question for entries", question.length, LOG_QUESTION_BYTES_MAX);
}

/** Asks, and reads the answer with a reader, whose own errors come before those of the stream that they ended. */
export async function readAnswer(
  connection: Connection,
  protocol: string,
  question: Uint8Array,
  options: { readonly signal: AbortSignal; readonly reader: ReturnType<typeof createAnswerReader> },
): Promise<{ readonly complete: boolean }> {
  const { signal, reader } = options;
  try {
    await ask(connection, protocol, question, { signal, onBytes: reader.push });
  } catch (error) {
    await reader.settle();
    throw error;
  }
  return reader.end();
}
