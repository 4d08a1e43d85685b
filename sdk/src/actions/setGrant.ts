import type { Address } from "viem";
import { permissionRegistryAbi } from "../abi/permissionRegistry.ts";
import { expirySeconds } from "../internal/expiry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import { gateOf, registryOf, type TokenOf } from "../types/permission.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface SetGrantParameters extends WriteOptions, TokenOf {
  readonly deployment: Deployment;
  readonly grantee: Address;
  /** How often; 0 revokes; `USES_UNCOUNTED` is not counted down. */
  readonly uses: number;
  /** Until when, inclusive, unix seconds. @default no end */
  readonly expiresAt?: bigint | undefined;
}

/**
 * Lets somebody put agents on a model, an agent into a cluster, or execute a restricted cluster, so many times. Replaces the
 * grant that there is.
 *
 * @throws ContractError `PERMISSION_ROLE_MISSING`, `PERMISSION_ACCOUNT_INVALID`, `PERMISSION_EXPIRY_PASSED`, `PERMISSION_UNKNOWN`.
 */
export async function setGrant(client: WriteClient, parameters: SetGrantParameters): Promise<Sent> {
  const { deployment, kind, token, grantee, uses, expiresAt, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.permissionRegistry,
    abi: permissionRegistryAbi,
    functionName: "setGrant",
    args: [
      registryOf(deployment, kind),
      token,
      gateOf(deployment, kind),
      grantee,
      uses,
      expirySeconds(expiresAt),
    ],
    timeoutMs,
  });
  return sentOf(receipt);
}
