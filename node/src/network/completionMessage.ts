import { z } from "zod";
import { hexOf, parseBounded, toJsonBytes, uint256 } from "./boundedJson.ts";
import { malformed } from "./errors.ts";
import { COMPLETION_MESSAGE_BYTES_MAX, OUTPUT_INLINE_BYTES_MAX } from "./limits.ts";
import type { SignedCompletion } from "./types.ts";

const BASE64_CHARACTERS_MAX = Math.ceil(OUTPUT_INLINE_BYTES_MAX / 3) * 4;

const schema = z.strictObject({
  v: z.literal(1),
  cluster: uint256,
  execution: uint256,
  task: z.int().min(0).max(0xffff),
  contextHash: hexOf(32),
  outputDigest: hexOf(32),
  evidenceDigest: hexOf(32),
  node: uint256,
  tip: uint256,
  signature: hexOf(65),
  output: z
    .string()
    .max(BASE64_CHARACTERS_MAX)
    .regex(/^[A-Za-z0-9+/]*={0,2}$/)
    .optional(),
});

/** A signed completion as it travels, in gossip and in answers: JSON, version 1, the output in base64. */
export function encodeCompletion(message: SignedCompletion): Uint8Array {
  const { execution, task, contextHash, outputDigest, evidenceDigest, node, tip } = message.completion;
  return toJsonBytes({
    v: 1,
    cluster: message.cluster,
    execution,
    task,
    contextHash: contextHash.toLowerCase(),
    outputDigest: outputDigest.toLowerCase(),
    evidenceDigest: evidenceDigest.toLowerCase(),
    node,
    tip,
    signature: message.signature.toLowerCase(),
    ...(message.output === undefined ? {} : { output: Buffer.from(message.output).toString("base64") }),
  });
}

/** @throws PeerInputError MESSAGE_MALFORMED, MESSAGE_OVERSIZED */
export function decodeCompletion(bytes: Uint8Array): SignedCompletion {
  const parsed = parseBounded("the completion", bytes, COMPLETION_MESSAGE_BYTES_MAX, schema);
  const { cluster, signature, output, v: _version, ...completion } = parsed;
  return { cluster, completion, signature, output: output === undefined ? undefined : fromBase64(output) };
}

function fromBase64(text: string): Uint8Array {
  const bytes = Buffer.from(text, "base64");
  // One text for one value: Buffer would also take missing or stray padding.
  if (bytes.toString("base64") !== text) throw malformed("the completion", "output: not canonical base64");
  return Uint8Array.from(bytes);
}
