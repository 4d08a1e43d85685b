import { bytesToHex, concat, type Hex, hexToBytes, keccak256 } from "viem";
import { CODE_BYTES_MAX } from "../blueprint/limits.ts";
import { invalidVersion, readVersionLayout } from "../internal/versionLayout.ts";
import type { Version } from "../types/version.ts";

/**
 * Decodes the bytes of a published version, laid out as `VersionCode.sol` documents, and checks that its first code binds
 * those that its texts go on in. Pure.
 *
 * @param data All bytes, without the STOP byte of each code: what `ClusterRegistry.versionData` answers.
 * @throws PleiadError `VERSION_INVALID` where they have another layout, or are not what the first code says.
 */
export function decodeVersion(data: Hex | Uint8Array): Version {
  const bytes = typeof data === "string" ? hexToBytes(data) : data;
  const { furtherHashes, ...version } = readVersionLayout(bytes);
  if (version.tasks.some((task) => version.agents[task.agentIndex] === undefined))
    throw invalidVersion("a task names no agent of it");
  for (const [index, hash] of furtherHashes.entries()) {
    if (hashOfCode(bytes, index + 1) !== hash) throw invalidVersion(`its code ${index + 1} has another hash`);
  }
  return { ...version, digest: hashOfCode(bytes, 0) };
}

/** The hash of the `index`-th code that holds a version, which begins with a STOP byte. */
function hashOfCode(bytes: Uint8Array, index: number): Hex {
  const part = bytes.subarray(index * CODE_BYTES_MAX, (index + 1) * CODE_BYTES_MAX);
  return keccak256(concat(["0x00", bytesToHex(part)]));
}
