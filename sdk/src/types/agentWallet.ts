import type { Address, TypedDataDomain } from "viem";

/** EIP-712 types by which an account agrees to be an agent's wallet (ERC-8004). */
export const AGENT_WALLET_TYPES = {
  AgentWalletSet: [
    { name: "agentId", type: "uint256" },
    { name: "newWallet", type: "address" },
    { name: "owner", type: "address" },
    { name: "deadline", type: "uint256" },
  ],
} as const;

/** The domain that ERC-8004's reference has. */
export function agentWalletDomain(chainId: number, agentRegistry: Address): TypedDataDomain {
  return { name: "ERC8004IdentityRegistry", version: "1", chainId, verifyingContract: agentRegistry };
}
