import type { Address, Hex } from "viem";
import { nodeRegistryAbi } from "../abi/nodeRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface RotateNodeKeyParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly node: bigint;
  /** The new key, or the present one where it is proven again after a transfer. */
  readonly key: Address;
  /** What `signNodeKeyProof` made with that key for the client's account. */
  readonly proof: Hex;
}

/**
 * Gives a node of the client's account a new key. Signatures by the old one that are not mined yet are void.
 *
 * @throws ContractError `NODE_UNKNOWN`, `NODE_NOT_OWNED`, `NODE_KEY_TAKEN`, `NODE_KEY_PROOF_INVALID`.
 */
export async function rotateNodeKey(client: WriteClient, parameters: RotateNodeKeyParameters): Promise<Sent> {
  const { deployment, node, key, proof, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.nodeRegistry,
    abi: nodeRegistryAbi,
    functionName: "rotateKey",
    args: [node, key, proof],
    timeoutMs,
  });
  return sentOf(receipt);
}
