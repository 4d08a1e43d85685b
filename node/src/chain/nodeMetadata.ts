import { createHash } from "node:crypto";
import type { Hex } from "viem";
import type { NodeState } from "./state.ts";

/** What `NodeRegistry` takes as a node's metadata URI, in bytes. */
export const NODE_METADATA_URI_BYTES_MAX = 256;
/** As many addresses as are read of one node; the URI holds one or two. */
export const ANNOUNCED_ADDRESSES_MAX = 4;

const PREFIX = "data:application/json,";
const BASE64_PREFIX = "data:application/json;base64,";

/** A node's metadata as it is set on chain. */
export interface NodeMetadata {
  readonly metadataURI: string;
  /** SHA-256 of the file that the URI holds. */
  readonly metadataDigest: Hex;
}

/**
 * Metadata that says where a node is reached, inline: nobody has to fetch anything to read it.
 * The registry takes `NODE_METADATA_URI_BYTES_MAX` bytes of it.
 */
export function announcing(addresses: readonly string[]): NodeMetadata {
  const file = JSON.stringify({ addresses });
  const metadataURI = PREFIX + file;
  return { metadataURI, metadataDigest: digestOf(Buffer.from(file)) };
}

/**
 * Addresses that a node's metadata names. Only what stands in the URI itself and has the digest that stands beside it on chain is read;
 * an address in the web is not, as a stranger chose it. Whoever dials them has to look at each.
 *
 * @returns none for metadata that is elsewhere, says nothing of addresses, or is malformed
 */
export function announcedAddresses({
  metadataURI,
  metadataDigest,
}: Pick<NodeState, "metadataURI" | "metadataDigest">): readonly string[] {
  if (metadataURI.length > NODE_METADATA_URI_BYTES_MAX) return [];
  const file = inlineFile(metadataURI);
  if (file === undefined || digestOf(file) !== metadataDigest) return [];
  try {
    const parsed: unknown = JSON.parse(file.toString("utf8"));
    const addresses: unknown = (parsed as { addresses?: unknown } | null)?.addresses;
    if (!Array.isArray(addresses)) return [];
    return addresses
      .filter((address): address is string => typeof address === "string")
      .slice(0, ANNOUNCED_ADDRESSES_MAX);
  } catch {
    return [];
  }
}

function inlineFile(uri: string): Buffer | undefined {
  if (uri.startsWith(BASE64_PREFIX)) return Buffer.from(uri.slice(BASE64_PREFIX.length), "base64");
  if (!uri.startsWith(PREFIX)) return undefined;
  try {
    return Buffer.from(decodeURIComponent(uri.slice(PREFIX.length)));
  } catch {
    return undefined;
  }
}

function digestOf(file: Uint8Array): Hex {
  return `0x${createHash("sha256").update(file).digest("hex")}`;
}
