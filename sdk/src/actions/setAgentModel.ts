import { agentRegistryAbi } from "../abi/agentRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface SetAgentModelParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly agent: bigint;
  /** 0 for none. */
  readonly model: bigint;
}

/**
 * Puts an agent on another model. Published versions keep the model that they pinned.
 *
 * @throws ContractError `AGENT_UNKNOWN`, `AGENT_MODEL_UNKNOWN`; PleiadError `AGENT_NOT_AUTHORIZED`.
 */
export async function setAgentModel(client: WriteClient, parameters: SetAgentModelParameters): Promise<Sent> {
  const { deployment, agent, model, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.agentRegistry,
    abi: agentRegistryAbi,
    functionName: "setModel",
    args: [agent, model],
    timeoutMs,
  });
  return sentOf(receipt);
}
