import type { Hex } from "viem";
import { nodeRegistryAbi } from "../abi/nodeRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface SetNodeMetadataParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly node: bigint;
  /** SHA-256 of the node's metadata file, or zero for none. */
  readonly metadataDigest: Hex;
  /** Where that file may be had, at most 256 bytes. */
  readonly metadataURI: string;
}

/**
 * Names another metadata file for a node of the client's account.
 *
 * @throws ContractError `NODE_UNKNOWN`, `NODE_NOT_OWNED`, `NODE_METADATA_TOO_LONG`.
 */
export async function setNodeMetadata(
  client: WriteClient,
  parameters: SetNodeMetadataParameters,
): Promise<Sent> {
  const { deployment, node, metadataDigest, metadataURI, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.nodeRegistry,
    abi: nodeRegistryAbi,
    functionName: "setMetadata",
    args: [node, metadataDigest, metadataURI],
    timeoutMs,
  });
  return sentOf(receipt);
}
