import { agentRegistryAbi } from "../abi/agentRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface SetAgentUriParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly agent: bigint;
  /** At most 2,048 bytes. */
  readonly uri: string;
}

/**
 * Moves an agent's registration file (ERC-8004). The owner may, or whom the owner approved.
 *
 * @throws ContractError `AGENT_UNKNOWN`, `AGENT_URI_TOO_LONG`; PleiadError `AGENT_NOT_AUTHORIZED`.
 */
export async function setAgentUri(client: WriteClient, parameters: SetAgentUriParameters): Promise<Sent> {
  const { deployment, agent, uri, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.agentRegistry,
    abi: agentRegistryAbi,
    functionName: "setAgentURI",
    args: [agent, uri],
    timeoutMs,
  });
  return sentOf(receipt);
}
