import { type Address, zeroAddress } from "viem";
import { agentRegistryAbi } from "../abi/agentRegistry.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";

export interface GetAgentWalletParameters extends ReadOptions {
  readonly deployment: Deployment;
  readonly agent: bigint;
}

/**
 * Where an agent is paid (ERC-8004): its owner from registration on, until another account agreed. Undefined where it
 * was cleared, as by a transfer, and for an agent that does not exist.
 */
export async function getAgentWallet(
  client: ReadClient,
  parameters: GetAgentWalletParameters,
): Promise<Address | undefined> {
  const { deployment, agent, at } = parameters;
  const wallet = await read(client, {
    deployment,
    address: deployment.agentRegistry,
    abi: agentRegistryAbi,
    functionName: "getAgentWallet",
    args: [agent],
    at,
  });
  return wallet === zeroAddress ? undefined : wallet;
}
