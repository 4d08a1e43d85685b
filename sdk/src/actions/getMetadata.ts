import type { Hex } from "viem";
import { agentRegistryAbi } from "../abi/agentRegistry.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";

export interface GetMetadataParameters extends ReadOptions {
  readonly deployment: Deployment;
  readonly agent: bigint;
  readonly key: string;
}

/**
 * Reads a piece of an agent's metadata (ERC-8004); `0x` for one that was never set, and for an agent that does not exist.
 * The key "agentWallet" answers the 20 bytes of its wallet, or none.
 */
export async function getMetadata(client: ReadClient, parameters: GetMetadataParameters): Promise<Hex> {
  const { deployment, agent, key, at } = parameters;
  return read(client, {
    deployment,
    address: deployment.agentRegistry,
    abi: agentRegistryAbi,
    functionName: "getMetadata",
    args: [agent, key],
    at,
  });
}
