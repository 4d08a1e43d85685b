import { encodeAbiParameters, type Hex, keccak256 } from "viem";

export interface RunDigestOfParameters {
  readonly versionDigest: Hex;
  readonly inputDigest: Hex;
  /** Digest of each task's output, in the order of the tasks; zero for a task that was never answered. */
  readonly outputDigests: readonly Hex[];
}

const RUN_PARAMETERS = [{ type: "bytes32" }, { type: "bytes32" }, { type: "bytes32[]" }] as const;

/**
 * The digest that is left of an ended execution: `keccak256(abi.encode(versionDigest, inputDigest, outputDigests))`.
 * Pure.
 */
export function runDigestOf(parameters: RunDigestOfParameters): Hex {
  const { versionDigest, inputDigest, outputDigests } = parameters;
  return keccak256(encodeAbiParameters(RUN_PARAMETERS, [versionDigest, inputDigest, [...outputDigests]]));
}
