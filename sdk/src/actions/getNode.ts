import { zeroAddress } from "viem";
import { nodeRegistryAbi } from "../abi/nodeRegistry.ts";
import { contractError } from "../errors/contractError.ts";
import { named } from "../internal/executionEvents.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { NodeRecord } from "../types/node.ts";
import { NODE_STATUSES } from "../types/states.ts";

export interface GetNodeParameters extends ReadOptions {
  readonly deployment: Deployment;
  readonly node: bigint;
}

/**
 * Reads a node.
 *
 * @throws ContractError `NODE_UNKNOWN`.
 */
export async function getNode(client: ReadClient, parameters: GetNodeParameters): Promise<NodeRecord> {
  const { deployment, node, at } = parameters;
  const call = {
    deployment,
    address: deployment.nodeRegistry,
    abi: nodeRegistryAbi,
    args: [node],
    at,
  } as const;
  const [[key, status], [, owner], metadataDigest] = await Promise.all([
    read(client, { ...call, functionName: "keyOf" }),
    read(client, { ...call, functionName: "signersOf" }),
    read(client, { ...call, functionName: "metadataDigestOf" }),
  ]);
  if (owner === zeroAddress) throw contractError("NodeUnknown", [node]);
  return { node, owner, key, status: named(NODE_STATUSES, status), metadataDigest };
}
