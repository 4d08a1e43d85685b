import type { Hex } from "viem";
import { z } from "zod";
import { sdkError } from "../errors/sdkError.ts";
import {
  EVIDENCE_BYTES_MAX,
  EVIDENCE_FORMAT,
  EVIDENCE_MODEL_CHARACTERS_MAX,
  type Evidence,
} from "../types/evidence.ts";
import { encodeEvidence } from "./encodeEvidence.ts";

const whole = z.int().nonnegative();
const id = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,77})$/)
  .transform((text) => BigInt(text));
const digest = z.custom<Hex>((value) => typeof value === "string" && /^0x[0-9a-f]{64}$/.test(value));

const schema = z.strictObject({
  format: z.literal(EVIDENCE_FORMAT),
  chainId: whole,
  execution: id,
  task: whole,
  node: id,
  outputDigest: digest,
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  durationMs: whole,
  model: z.string().min(1).max(EVIDENCE_MODEL_CHARACTERS_MAX).optional(),
  usage: z
    .strictObject({
      inputTokens: whole.optional(),
      outputTokens: whole.optional(),
      cachedTokens: whole.optional(),
    })
    .optional(),
  cost: z
    .strictObject({
      currency: z.string().regex(/^[A-Z]{3}$/),
      micros: whole,
      from: z.enum(["provider", "prices"]),
      prices: z
        .strictObject({
          inputMicrosPerMillion: whole,
          outputMicrosPerMillion: whole,
          cachedMicrosPerMillion: whole,
        })
        .optional(),
    })
    .optional(),
  work: z
    .strictObject({
      base: z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/),
      diffDigest: digest,
      changesDigest: z.string().regex(/^[0-9a-f]{64}$/),
      files: whole,
    })
    .optional(),
});

/**
 * Reads a document of evidence, which is its node's: nothing in it is believed but its shape. Hold its digest (`evidenceDigest`) against the
 * completion's before. Pure.
 *
 * @throws PleiadError `EVIDENCE_MALFORMED` where it is no such document, or is written otherwise than `encodeEvidence` does
 */
export function decodeEvidence(bytes: Uint8Array): Evidence {
  const evidence = bytes.length > EVIDENCE_BYTES_MAX ? undefined : parse(bytes);
  if (evidence === undefined) throw malformed(bytes, "it is no such document");
  const written = encodeEvidence(evidence);
  if (written.length === bytes.length && written.every((byte, index) => byte === bytes[index]))
    return evidence;
  throw malformed(bytes, "it is not written as evidence is");
}

function parse(bytes: Uint8Array): Evidence | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
    return parsed.success ? (parsed.data as Evidence) : undefined;
  } catch {
    return undefined;
  }
}

function malformed(bytes: Uint8Array, why: string): Error {
  return sdkError("EVIDENCE_MALFORMED", `${bytes.length} bytes are no evidence: ${why}`, {
    details: { bytes: bytes.length },
  });
}
