import { permissionRegistryAbi } from "../abi/permissionRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Invitation } from "../types/permission.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface RevokeInvitationParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly invitation: Invitation;
}

/**
 * Makes an invitation worthless that nobody has accepted, as the token's owner or its delegate with the role grant.
 *
 * @throws ContractError `INVITATION_USED`, `PERMISSION_ROLE_MISSING`.
 */
export async function revokeInvitation(
  client: WriteClient,
  parameters: RevokeInvitationParameters,
): Promise<Sent> {
  const { deployment, invitation, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.permissionRegistry,
    abi: permissionRegistryAbi,
    functionName: "revokeInvitation",
    args: [invitation],
    timeoutMs,
  });
  return sentOf(receipt);
}
