import type { Address, TypedDataDomain } from "viem";
import type { Deployment } from "./deployment.ts";

/** What a token can be of. */
export type TokenKind = "node" | "model" | "agent" | "cluster";

/** A token: its kind and id. */
export interface TokenOf {
  readonly kind: TokenKind;
  readonly token: bigint;
}

/** The role bits of delegates, as `Roles.sol` has them. */
export const ROLE_BITS = { edit: 1, submit: 2, grant: 4, withdraw: 8 } as const;

/** What a delegate may do: change what the token says, answer and report, give grants, take what the token earned. */
export type DelegateRole = keyof typeof ROLE_BITS;

/** Who may act for a token's owner. */
export interface Delegate {
  readonly account: Address;
  readonly roles: readonly DelegateRole[];
  /** Until when, inclusive, unix seconds; undefined for no end. */
  readonly expiresAt: bigint | undefined;
}

/** The largest number of uses is not counted down. */
export const USES_UNCOUNTED = 2 ** 32 - 1;

/** Who may use a token at the contract that asks. */
export interface Grant {
  /** How often still; 0 for not at all, `USES_UNCOUNTED` for as often as it likes. */
  readonly uses: number;
  /** Until when, inclusive, unix seconds; undefined for no end. */
  readonly expiresAt: bigint | undefined;
}

/** A grant as its giver signs it. */
export interface Invitation {
  readonly registry: Address;
  readonly token: bigint;
  /** The contract at which the grant counts. */
  readonly gate: Address;
  readonly grantee: Address;
  readonly uses: number;
  /** Until when grant and invitation are good, inclusive, unix seconds; 0 for no end. */
  readonly expiresAt: number;
  /** The token's tenure at the time of signing: how often it had changed hands. */
  readonly tenure: bigint;
  /** Any number: two invitations that differ in nothing else are two. */
  readonly nonce: bigint;
}

/** EIP-712 types of `Invitation`; the same words stand in `PermissionRegistry`. */
export const INVITATION_TYPES = {
  Invitation: [
    { name: "registry", type: "address" },
    { name: "token", type: "uint256" },
    { name: "gate", type: "address" },
    { name: "grantee", type: "address" },
    { name: "uses", type: "uint32" },
    { name: "expiresAt", type: "uint40" },
    { name: "tenure", type: "uint64" },
    { name: "nonce", type: "uint256" },
  ],
} as const;

/** EIP-712 domain of invitations. */
export function invitationDomain(chainId: number, permissionRegistry: Address): TypedDataDomain {
  return { name: "Pleiad PermissionRegistry", version: "1", chainId, verifyingContract: permissionRegistry };
}

/** The registry that a kind of token belongs to. */
export function registryOf(deployment: Deployment, kind: TokenKind): Address {
  const registries = {
    node: deployment.nodeRegistry,
    model: deployment.modelRegistry,
    agent: deployment.agentRegistry,
    cluster: deployment.clusterRegistry,
  };
  return registries[kind];
}

/** The contract that asks for a grant of a kind of token: where models and agents are put to use, or clusters executed. */
export function gateOf(deployment: Deployment, kind: TokenKind): Address {
  return kind === "cluster" ? deployment.clusterExecutions : deployment.clusterRegistry;
}
