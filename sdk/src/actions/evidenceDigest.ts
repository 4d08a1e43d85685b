import { type Hex, keccak256 } from "viem";
import type { Evidence } from "../types/evidence.ts";
import { encodeEvidence } from "./encodeEvidence.ts";

/**
 * What stands on chain of a document of evidence, as `evidenceDigest` of its completion: keccak256 of its bytes. Pure.
 *
 * @param evidence The document, or its bytes.
 *
 * @example
 * evidenceDigest(bytes) === completion.evidenceDigest; // the node signed this very document
 */
export function evidenceDigest(evidence: Evidence | Uint8Array): Hex {
  return keccak256(evidence instanceof Uint8Array ? evidence : encodeEvidence(evidence));
}
