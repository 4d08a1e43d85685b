import { sdkError } from "../errors/sdkError.ts";
import { EVIDENCE_BYTES_MAX, type Evidence } from "../types/evidence.ts";

/**
 * The bytes of a document of evidence: JSON without spaces, its keys in the order of the alphabet at every depth, ids of the chain as
 * decimal texts, what is undefined left out. The same evidence always has the same bytes. Pure.
 *
 * @throws PleiadError `EVIDENCE_MALFORMED` where it is longer than evidence is
 */
export function encodeEvidence(evidence: Evidence): Uint8Array {
  const bytes = new TextEncoder().encode(JSON.stringify(inOrder(evidence)));
  if (bytes.length <= EVIDENCE_BYTES_MAX) return bytes;
  throw sdkError(
    "EVIDENCE_MALFORMED",
    `the evidence has ${bytes.length} bytes, at most ${EVIDENCE_BYTES_MAX}`,
    {
      details: { bytes: bytes.length, bytesMax: EVIDENCE_BYTES_MAX },
    },
  );
}

function inOrder(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, inOrder(one)]),
  );
}
