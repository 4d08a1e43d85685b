import type { Address } from "viem";
import { nodeRegistryAbi } from "../abi/nodeRegistry.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";

export interface GetNodeOfKeyParameters extends ReadOptions {
  readonly deployment: Deployment;
  readonly key: Address;
}

/**
 * The node to which a key belongs or once belonged; undefined for a key that no node ever had. Whether it is the
 * node's present key, `getNode` says.
 */
export async function getNodeOfKey(
  client: ReadClient,
  parameters: GetNodeOfKeyParameters,
): Promise<bigint | undefined> {
  const { deployment, key, at } = parameters;
  const node = await read(client, {
    deployment,
    address: deployment.nodeRegistry,
    abi: nodeRegistryAbi,
    functionName: "nodeOfKey",
    args: [key],
    at,
  });
  return node === 0n ? undefined : node;
}
