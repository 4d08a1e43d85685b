import type { Address, Hex } from "viem";

/** An ERC-2612 permit: an allowance that a token's holder signs. */
export interface TokenPermit {
  readonly token: Address;
  readonly owner: Address;
  /** The allowance from then on. */
  readonly valueWei: bigint;
  /** Until when it may be brought, unix seconds. */
  readonly deadline: bigint;
  /** 65 bytes. */
  readonly signature: Hex;
}

/** EIP-712 types of ERC-2612. */
export const TOKEN_PERMIT_TYPES = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
} as const;
