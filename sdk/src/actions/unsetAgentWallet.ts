import { agentRegistryAbi } from "../abi/agentRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface UnsetAgentWalletParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly agent: bigint;
}

/**
 * Clears an agent's wallet (ERC-8004): nobody is paid until another agrees. The owner may, or whom the owner approved.
 *
 * @throws ContractError `AGENT_UNKNOWN`; PleiadError `AGENT_NOT_AUTHORIZED`.
 */
export async function unsetAgentWallet(
  client: WriteClient,
  parameters: UnsetAgentWalletParameters,
): Promise<Sent> {
  const { deployment, agent, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.agentRegistry,
    abi: agentRegistryAbi,
    functionName: "unsetAgentWallet",
    args: [agent],
    timeoutMs,
  });
  return sentOf(receipt);
}
