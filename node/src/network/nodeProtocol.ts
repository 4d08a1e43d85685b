import type { Connection, StreamHandler } from "@libp2p/interface";
import { type AnswererModules, createAnswerer } from "./answerer.ts";
import { type AnswerBounds, createAnswerReader, frameAnswer } from "./answerFrames.ts";
import type { NodeAnswerer, PeerName } from "./carrierTypes.ts";
import { malformed, networkError, oversized } from "./errors.ts";
import {
  ASK_KIND_CHARACTERS_MAX,
  NODE_ANSWER_BYTES_MAX,
  NODE_ASK_TIMEOUT_MS,
  NODE_QUESTION_BYTES_MAX,
} from "./limits.ts";
import { readAnswer } from "./logProtocol.ts";

/**
 * A question to the daemon of a node, and its answer.
 *
 * Question: one byte, the length of the kind's name; the name in ASCII; and what that part of the daemon makes of it. Answer:
 * one frame, see `answerFrames.ts`.
 */
export const ASK_PROTOCOL = "/pleiad/ask/1";
const KIND = /^[a-z][a-z.]*$/;
const BOUNDS: AnswerBounds = {
  frameBytesMax: NODE_ANSWER_BYTES_MAX,
  framesMax: 1,
  bytesMax: NODE_ANSWER_BYTES_MAX,
};

export function isKind(kind: string): boolean {
  return kind.length <= ASK_KIND_CHARACTERS_MAX && KIND.test(kind);
}

export function nodeHandler(
  modules: AnswererModules & {
    readonly answerer: (kind: string) => NodeAnswerer | undefined;
    readonly nameOf: (peer: string) => PeerName;
  },
): StreamHandler {
  return createAnswerer(
    {
      what: "the question to this node",
      questionBytesMax: 1 + ASK_KIND_CHARACTERS_MAX + NODE_QUESTION_BYTES_MAX,
      timeoutMs: NODE_ASK_TIMEOUT_MS,
      budget: (budgets) => budgets.nodeAsks,
      async answer(question, peer, signal) {
        const kindEnd = 1 + (question[0] ?? 0);
        const kind = Buffer.from(question.subarray(1, kindEnd)).toString("latin1");
        if (question.length < kindEnd || !isKind(kind))
          throw malformed("the question to this node", "it names no kind");
        const asker = modules.nameOf(peer);
        const answerer = modules.answerer(kind);
        return frameAnswer(async function* () {
          if (answerer === undefined) {
            throw networkError("ASK_KIND_UNKNOWN", `nothing here answers "${kind}"`, {
              hint: "the node may run another version",
            });
          }
          yield await answerer(question.subarray(kindEnd), asker, signal);
        }, BOUNDS);
      },
    },
    modules,
  );
}

/**
 * Asks one peer.
 *
 * @throws PleiadError PEER_IO_FAILED (retryable), ANSWER_REFUSED, MESSAGE_OVERSIZED, MESSAGE_MALFORMED
 */
export async function askNodeAt(
  connection: Connection,
  kind: string,
  question: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const named = Buffer.concat([Uint8Array.of(kind.length), Buffer.from(kind, "latin1"), question]);
  let answer: Uint8Array | undefined;
  const reader = createAnswerReader({
    ...BOUNDS,
    what: `the answer to "${kind}"`,
    peer: connection.remotePeer.toString(),
    onPart(part) {
      answer = part;
    },
  });
  const { complete } = await readAnswer(connection, ASK_PROTOCOL, named, { signal, reader });
  if (answer === undefined || !complete) throw malformed(`the answer to "${kind}"`, "it is not one frame");
  return answer;
}

/** @throws PeerInputError MESSAGE_OVERSIZED */
export function requireQuestion(question: Uint8Array): void {
  if (question.length > NODE_QUESTION_BYTES_MAX)
    throw oversized("the question to a node", question.length, NODE_QUESTION_BYTES_MAX);
}
