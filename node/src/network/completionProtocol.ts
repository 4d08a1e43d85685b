import type { StreamHandler } from "@libp2p/interface";
import { z } from "zod";
import { type AnswererModules, createAnswerer } from "./answerer.ts";
import { parseBounded, toJsonBytes, uint256 } from "./boundedJson.ts";
import { decodeCompletion, encodeCompletion } from "./completionMessage.ts";
import type { Completions } from "./completions.ts";
import { PeerInputError } from "./errors.ts";
import {
  COMPLETION_MESSAGE_BYTES_MAX,
  COMPLETIONS_ANSWER_BYTES_MAX,
  COMPLETIONS_ANSWER_MAX,
  COMPLETIONS_ASK_BYTES_MAX,
  COMPLETIONS_ASK_CLUSTERS_MAX,
  COMPLETIONS_ASK_EXECUTIONS_MAX,
  COMPLETIONS_ASK_TIMEOUT_MS,
  OUTPUT_INLINE_BYTES_MAX,
} from "./limits.ts";
import type { CertifiedPeer } from "./peers.ts";
import { ask, createFrameReader, frame } from "./streams.ts";
import type { CompletionArchive, SignedCompletion } from "./types.ts";

/**
 * Completions on request, for those who were not there when they were said.
 *
 * Question: JSON with ids of executions (answered from the archive) and of clusters (answered from what was heard
 * lately). Answer: frames of four bytes of length and a completion each. Bounded; who needs more asks for less at once.
 */
export const COMPLETION_PROTOCOL = "/pleiad/completions/1";

/** What is asked for. */
export interface CompletionQuestion {
  /** At most `COMPLETIONS_ASK_CLUSTERS_MAX`. */
  readonly clusters: readonly bigint[];
  /** At most `COMPLETIONS_ASK_EXECUTIONS_MAX`. */
  readonly executions: readonly bigint[];
}

const questionSchema = z.strictObject({
  v: z.literal(1),
  clusters: z.array(uint256).max(COMPLETIONS_ASK_CLUSTERS_MAX),
  executions: z.array(uint256).max(COMPLETIONS_ASK_EXECUTIONS_MAX),
});

export function completionHandler(
  modules: AnswererModules & { readonly archive: CompletionArchive; readonly completions: Completions },
): StreamHandler {
  return createAnswerer(
    {
      what: "the question for completions",
      questionBytesMax: COMPLETIONS_ASK_BYTES_MAX,
      timeoutMs: COMPLETIONS_ASK_TIMEOUT_MS,
      budget: (budgets) => budgets.completionAsks,
      async answer(question) {
        const { clusters, executions } = parseBounded(
          "the question for completions",
          question,
          COMPLETIONS_ASK_BYTES_MAX,
          questionSchema,
        );
        const archived = executions.length === 0 ? [] : await modules.archive.find(executions);
        return toAnswer([...archived, ...modules.completions.recent(clusters)]);
      },
    },
    modules,
  );
}

function toAnswer(messages: readonly SignedCompletion[]): Uint8Array {
  const frames: Uint8Array[] = [];
  let bytes = 0;
  for (const message of messages.slice(0, COMPLETIONS_ANSWER_MAX)) {
    const isInline = (message.output?.length ?? 0) <= OUTPUT_INLINE_BYTES_MAX;
    const framed = frame(encodeCompletion(isInline ? message : { ...message, output: undefined }));
    bytes += framed.length;
    if (bytes > COMPLETIONS_ANSWER_BYTES_MAX) break;
    frames.push(framed);
  }
  return Buffer.concat(frames);
}

/**
 * Asks a peer for completions.
 *
 * @returns what it answered, its form checked and that it was asked for, nothing more
 * @throws PleiadError PEER_IO_FAILED (retryable), MESSAGE_MALFORMED, MESSAGE_OVERSIZED, COMPLETION_NOT_ASKED
 */
export async function askCompletions(
  peer: CertifiedPeer,
  question: CompletionQuestion,
): Promise<SignedCompletion[]> {
  const reader = createFrameReader("the answer", COMPLETION_MESSAGE_BYTES_MAX);
  const messages: SignedCompletion[] = [];
  await ask(peer.connection, COMPLETION_PROTOCOL, toJsonBytes({ v: 1, ...question }), {
    signal: AbortSignal.timeout(COMPLETIONS_ASK_TIMEOUT_MS),
    onBytes(bytes) {
      for (const framed of reader.push(bytes)) messages.push(decodeCompletion(framed));
      if (messages.length > COMPLETIONS_ANSWER_MAX)
        throw notAsked(peer, `more than ${COMPLETIONS_ANSWER_MAX} messages`);
    },
  });
  reader.end();
  for (const { cluster, completion } of messages) {
    if (question.clusters.includes(cluster) || question.executions.includes(completion.execution)) continue;
    throw notAsked(peer, `execution ${completion.execution} of cluster ${cluster}`);
  }
  return messages;
}

function notAsked(peer: CertifiedPeer, what: string): PeerInputError {
  return new PeerInputError(
    "COMPLETION_NOT_ASKED",
    `peer ${peer.id} answered with ${what}, which nobody asked for`,
    {
      reaction: "reject",
      misdeed: "wrongContent",
      details: { peer: peer.id },
    },
  );
}
