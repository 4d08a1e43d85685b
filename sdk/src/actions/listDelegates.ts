import { permissionRegistryAbi } from "../abi/permissionRegistry.ts";
import { expiryOf } from "../internal/expiry.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import {
  type Delegate,
  type DelegateRole,
  ROLE_BITS,
  registryOf,
  type TokenOf,
} from "../types/permission.ts";

export interface ListDelegatesParameters extends ReadOptions, TokenOf {
  readonly deployment: Deployment;
}

/** Reads the delegates that a token's present owner named, expired ones included, at most 16. */
export async function listDelegates(
  client: ReadClient,
  parameters: ListDelegatesParameters,
): Promise<Delegate[]> {
  const { deployment, kind, token, at } = parameters;
  const list = await read(client, {
    deployment,
    address: deployment.permissionRegistry,
    abi: permissionRegistryAbi,
    functionName: "delegatesOf",
    args: [registryOf(deployment, kind), token],
    at,
  });
  return list.map(({ account, roles, expiresAt }) => ({
    account,
    roles: ROLES.filter((role) => roles & ROLE_BITS[role]),
    expiresAt: expiryOf(expiresAt),
  }));
}

const ROLES = Object.keys(ROLE_BITS) as DelegateRole[];
