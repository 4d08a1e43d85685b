import type { Address, Hex } from "viem";
import { agentRegistryAbi } from "../abi/agentRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface SetAgentWalletParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly agent: bigint;
  /** Where the agent is to be paid. */
  readonly wallet: Address;
  /** The one that was signed, unix seconds; at most 300 s away. */
  readonly deadline: bigint;
  /** What `signAgentWallet` made as that wallet. */
  readonly signature: Hex;
}

/**
 * Names the account where an agent is paid, which agreed to it (ERC-8004). The owner may, or whom the owner approved. A
 * transfer of the agent clears it.
 *
 * @throws ContractError `AGENT_UNKNOWN`; PleiadError `AGENT_NOT_AUTHORIZED`, `AGENT_WALLET_INVALID` for the zero address,
 * `AGENT_WALLET_DEADLINE_PASSED`, `AGENT_WALLET_DEADLINE_TOO_FAR`, `AGENT_WALLET_SIGNATURE_INVALID`.
 *
 * @example
 * const deadline = now + 240n;
 * const signature = await signAgentWallet(walletClient, { deployment, agent, owner, deadline });
 * await setAgentWallet(ownerClient, { deployment, agent, wallet, deadline, signature });
 */
export async function setAgentWallet(
  client: WriteClient,
  parameters: SetAgentWalletParameters,
): Promise<Sent> {
  const { deployment, agent, wallet, deadline, signature, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.agentRegistry,
    abi: agentRegistryAbi,
    functionName: "setAgentWallet",
    args: [agent, wallet, deadline, signature],
    timeoutMs,
  });
  return sentOf(receipt);
}
