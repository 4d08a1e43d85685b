import type { Address } from "viem";
import { permissionRegistryAbi } from "../abi/permissionRegistry.ts";
import { expirySeconds } from "../internal/expiry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import { type DelegateRole, ROLE_BITS, registryOf, type TokenOf } from "../types/permission.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface SetDelegateParameters extends WriteOptions, TokenOf {
  readonly deployment: Deployment;
  /** Who shall act for the owner. */
  readonly delegate: Address;
  readonly roles: readonly DelegateRole[];
  /** Until when, inclusive, unix seconds. @default no end */
  readonly expiresAt?: bigint | undefined;
}

/**
 * Names a delegate of a token of the client's account, or changes its roles and expiry. Warning: a delegate with the role
 * withdraw may take all of the token's credit.
 *
 * @throws ContractError `PERMISSION_NOT_OWNER`, `PERMISSION_ROLES_INVALID`, `PERMISSION_ACCOUNT_INVALID`, `PERMISSION_EXPIRY_PASSED`,
 * `PERMISSION_DELEGATES_FULL`, `ERC721_NONEXISTENT_TOKEN`.
 */
export async function setDelegate(client: WriteClient, parameters: SetDelegateParameters): Promise<Sent> {
  const { deployment, kind, token, delegate, roles, expiresAt, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.permissionRegistry,
    abi: permissionRegistryAbi,
    functionName: "setDelegate",
    args: [registryOf(deployment, kind), token, delegate, rolesOf(roles), expirySeconds(expiresAt)],
    timeoutMs,
  });
  return sentOf(receipt);
}

function rolesOf(roles: readonly DelegateRole[]): number {
  return roles.reduce((bits, role) => bits | ROLE_BITS[role], 0);
}
