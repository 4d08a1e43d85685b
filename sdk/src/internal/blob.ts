import { hexToBytes, keccak256 } from "viem";
import { PleiadError } from "../errors/base.ts";
import { sdkError } from "../errors/sdkError.ts";
import type { BlobReference, FetchBlob } from "../types/blob.ts";
import type { AcceptedCompletion } from "../types/execution.ts";

/**
 * The bytes of an output, inline or fetched.
 *
 * @throws PleiadError `BLOB_MISSING` where they cannot be fetched, `BLOB_MISMATCH` where they are other bytes.
 */
export async function outputBytes(
  completion: AcceptedCompletion,
  fetchBlob?: FetchBlob,
): Promise<Uint8Array> {
  if (completion.outputURI === "") return hexToBytes(completion.output);
  return blobBytes({ digest: completion.outputDigest, uri: completion.outputURI }, fetchBlob);
}

/** Fetches a blob and checks it. */
export async function blobBytes(blob: BlobReference, fetchBlob?: FetchBlob): Promise<Uint8Array> {
  const bytes = await fetched(blob, fetchBlob);
  const digest = keccak256(bytes);
  if (digest === blob.digest) return bytes;
  const message = `${blob.uri} gave bytes with the digest ${digest}, not ${blob.digest}`;
  throw sdkError("BLOB_MISMATCH", message, { details: { ...blob, found: digest } });
}

async function fetched(blob: BlobReference, fetchBlob?: FetchBlob): Promise<Uint8Array> {
  let cause: unknown;
  // Whatever goes wrong in the caller's own function, the bytes are missing.
  const bytes = await fetchBlob?.(blob).catch((error: unknown) => {
    cause = error;
    return undefined;
  });
  if (cause instanceof PleiadError) throw cause;
  if (bytes !== undefined) return bytes;
  const why = fetchBlob === undefined ? "no fetchBlob was given" : "fetchBlob did not get them";
  throw sdkError("BLOB_MISSING", `the bytes of ${blob.digest} at ${blob.uri} are missing: ${why}`, {
    details: { ...blob },
    cause,
  });
}
