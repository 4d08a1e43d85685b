import type { Address, Hex } from "viem";
import { permissionRegistryAbi } from "../abi/permissionRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Invitation } from "../types/permission.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface AcceptInvitationParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly invitation: Invitation;
  /** Who signed: the token's owner or its delegate with the role grant, by key or as a wallet contract. */
  readonly signer: Address;
  readonly signature: Hex;
}

/**
 * Makes a grant of an invitation, which adds to the uses that the grantee has. Anyone may bring it, once.
 *
 * @throws ContractError `INVITATION_USED`, `INVITATION_STALE`, `INVITATION_SIGNATURE_INVALID`, `PERMISSION_ROLE_MISSING`,
 * `PERMISSION_EXPIRY_PASSED`, `PERMISSION_ACCOUNT_INVALID`.
 */
export async function acceptInvitation(
  client: WriteClient,
  parameters: AcceptInvitationParameters,
): Promise<Sent> {
  const { deployment, invitation, signer, signature, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.permissionRegistry,
    abi: permissionRegistryAbi,
    functionName: "acceptInvitation",
    args: [invitation, signer, signature],
    timeoutMs,
  });
  return sentOf(receipt);
}
