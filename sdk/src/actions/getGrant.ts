import type { Address } from "viem";
import { permissionRegistryAbi } from "../abi/permissionRegistry.ts";
import { expiryOf } from "../internal/expiry.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import { type Grant, gateOf, registryOf, type TokenOf } from "../types/permission.ts";

export interface GetGrantParameters extends ReadOptions, TokenOf {
  readonly deployment: Deployment;
  readonly grantee: Address;
}

/** Reads how often, and until when, somebody may still put a model or an agent to use, or execute a restricted cluster. */
export async function getGrant(client: ReadClient, parameters: GetGrantParameters): Promise<Grant> {
  const { deployment, kind, token, grantee, at } = parameters;
  const [uses, expiresAt] = await read(client, {
    deployment,
    address: deployment.permissionRegistry,
    abi: permissionRegistryAbi,
    functionName: "grantOf",
    args: [registryOf(deployment, kind), token, gateOf(deployment, kind), grantee],
    at,
  });
  return { uses, expiresAt: expiryOf(expiresAt) };
}
