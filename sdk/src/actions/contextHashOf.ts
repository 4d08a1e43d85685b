import { encodeAbiParameters, type Hex, keccak256 } from "viem";

export interface ContextHashOfParameters {
  /** Digest of the version that runs. */
  readonly versionDigest: Hex;
  /** Index of the task, from 0. */
  readonly task: number;
  /** keccak-256 of the execution's input. */
  readonly inputDigest: Hex;
  /** Digests of the outputs that the task depends on, in the order of their tasks. */
  readonly dependencyDigests: readonly Hex[];
}

const CONTEXT_PARAMETERS = [
  { type: "bytes32" },
  { type: "uint256" },
  { type: "bytes32" },
  { type: "bytes32[]" },
] as const;

/**
 * What a completion is bound to: `keccak256(abi.encode(versionDigest, task, inputDigest, dependencyDigests))`. Pure,
 * so that a task can begin on outputs that were heard but are not mined; the contract computes the same.
 */
export function contextHashOf(parameters: ContextHashOfParameters): Hex {
  const { versionDigest, task, inputDigest, dependencyDigests } = parameters;
  return keccak256(
    encodeAbiParameters(CONTEXT_PARAMETERS, [
      versionDigest,
      BigInt(task),
      inputDigest,
      [...dependencyDigests],
    ]),
  );
}
