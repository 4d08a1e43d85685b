import type { Hex } from "viem";
import { agentRegistryAbi } from "../abi/agentRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface SetAgentDigestParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly agent: bigint;
  /** SHA-256 of the agent's registration file. */
  readonly digest: Hex;
}

/**
 * Names an agent's registration file by its SHA-256. The owner may, or whom the owner approved.
 *
 * @throws ContractError `AGENT_UNKNOWN`; PleiadError `AGENT_NOT_AUTHORIZED`.
 */
export async function setAgentDigest(
  client: WriteClient,
  parameters: SetAgentDigestParameters,
): Promise<Sent> {
  const { deployment, agent, digest, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.agentRegistry,
    abi: agentRegistryAbi,
    functionName: "setAgentDigest",
    args: [agent, digest],
    timeoutMs,
  });
  return sentOf(receipt);
}
