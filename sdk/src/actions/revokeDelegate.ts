import type { Address } from "viem";
import { permissionRegistryAbi } from "../abi/permissionRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import { registryOf, type TokenOf } from "../types/permission.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface RevokeDelegateParameters extends WriteOptions, TokenOf {
  readonly deployment: Deployment;
  readonly delegate: Address;
}

/**
 * Ends a delegate of a token, as its owner or as the delegate itself.
 *
 * @throws ContractError `PERMISSION_NOT_OWNER`, `PERMISSION_UNKNOWN`.
 */
export async function revokeDelegate(
  client: WriteClient,
  parameters: RevokeDelegateParameters,
): Promise<Sent> {
  const { deployment, kind, token, delegate, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.permissionRegistry,
    abi: permissionRegistryAbi,
    functionName: "revokeDelegate",
    args: [registryOf(deployment, kind), token, delegate],
    timeoutMs,
  });
  return sentOf(receipt);
}
