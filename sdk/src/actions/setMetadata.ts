import type { Hex } from "viem";
import { agentRegistryAbi } from "../abi/agentRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface SetMetadataParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly agent: bigint;
  /** At most 64 bytes; not "agentWallet". */
  readonly key: string;
  /** At most 1,024 bytes; `0x` takes it away. */
  readonly value: Hex;
}

/**
 * Sets a piece of an agent's metadata (ERC-8004). The owner may, or whom the owner approved.
 *
 * @throws ContractError `AGENT_UNKNOWN`, `AGENT_METADATA_KEY_TOO_LONG`, `AGENT_METADATA_VALUE_TOO_LONG`; PleiadError
 * `AGENT_NOT_AUTHORIZED`, `AGENT_METADATA_KEY_RESERVED`.
 */
export async function setMetadata(client: WriteClient, parameters: SetMetadataParameters): Promise<Sent> {
  const { deployment, agent, key, value, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.agentRegistry,
    abi: agentRegistryAbi,
    functionName: "setMetadata",
    args: [agent, key, value],
    timeoutMs,
  });
  return sentOf(receipt);
}
