import type { AcceptedCompletion } from "@pleiad/sdk/types/execution";
import { type Hex, hexToBytes, keccak256 } from "viem";

/** Gets bytes that are elsewhere; undefined where they are not to be had. The SDK checks them. */
export type FetchBlob = (blob: {
  readonly digest: Hex;
  readonly uri: string;
}) => Promise<Uint8Array | undefined>;

/** The bytes of an accepted output, from the log or from a daemon; undefined where nobody has them. */
export async function outputOf(
  completion: AcceptedCompletion,
  fetchBlob: FetchBlob,
): Promise<Uint8Array | undefined> {
  if (completion.output !== "0x") return hexToBytes(completion.output);
  const bytes = await fetchBlob({ digest: completion.outputDigest, uri: completion.outputURI });
  // Whoever answered with other bytes has not answered.
  return bytes !== undefined && keccak256(bytes) === completion.outputDigest ? bytes : undefined;
}
