import type { Address, Hex } from "viem";
import { signTypedData } from "viem/actions";
import { rpc } from "../internal/read.ts";
import { AGENT_WALLET_TYPES, agentWalletDomain } from "../types/agentWallet.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";

export interface SignAgentWalletParameters {
  readonly deployment: Deployment;
  readonly agent: bigint;
  /** The agent's owner, whoever sends `setAgentWallet`. */
  readonly owner: Address;
  /** Until when it may be used, unix seconds: at most 300 s from then. */
  readonly deadline: bigint;
}

/**
 * Agrees, as the client's account, to be an agent's wallet (ERC-8004): what `setAgentWallet` takes.
 *
 * @returns The account's signature. A wallet contract answers whatever its ERC-1271 accepts.
 */
export async function signAgentWallet(
  client: WriteClient,
  parameters: SignAgentWalletParameters,
): Promise<Hex> {
  const { deployment, agent, owner, deadline } = parameters;
  return rpc(() =>
    signTypedData(client, {
      account: client.account,
      domain: agentWalletDomain(deployment.chainId, deployment.agentRegistry),
      types: AGENT_WALLET_TYPES,
      primaryType: "AgentWalletSet",
      message: { agentId: agent, newWallet: client.account.address, owner, deadline },
    }),
  );
}
