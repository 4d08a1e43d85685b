import { type Address, bytesToBigInt, type Hex } from "viem";
import { signTypedData } from "viem/actions";
import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { expirySeconds } from "../internal/expiry.ts";
import { read, rpc } from "../internal/read.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import {
  gateOf,
  INVITATION_TYPES,
  type Invitation,
  invitationDomain,
  registryOf,
  type TokenOf,
} from "../types/permission.ts";

export interface SignInvitationParameters extends TokenOf {
  readonly deployment: Deployment;
  /** Who shall have the grant. */
  readonly grantee: Address;
  /** How often; `USES_UNCOUNTED` is not counted down. @default 1 */
  readonly uses?: number | undefined;
  /** Until when invitation and grant are good, inclusive, unix seconds. @default no end */
  readonly expiresAt?: bigint | undefined;
  /** @default a random number */
  readonly nonce?: bigint | undefined;
}

export interface SignedInvitation {
  readonly invitation: Invitation;
  /** Who signed. */
  readonly signer: Address;
  readonly signature: Hex;
}

const NONCE_BYTES = 32;

/**
 * Signs, as a token's owner or its delegate with the role grant, a grant that the grantee brings along (`acceptInvitation`):
 * it costs the signer nothing. It ends when the token changes hands.
 *
 * @throws ContractError `ERC721_NONEXISTENT_TOKEN`.
 *
 * @example
 * const signed = await signInvitation(owner, { deployment, kind: "model", token: 1n, grantee });
 * await acceptInvitation(guest, { deployment, ...signed });
 */
export async function signInvitation(
  client: WriteClient,
  parameters: SignInvitationParameters,
): Promise<SignedInvitation> {
  const { deployment, kind, token, grantee, uses = 1, expiresAt } = parameters;
  const registry = registryOf(deployment, kind);
  // All four registries answer alike.
  const contract = { deployment, address: registry, abi: clusterRegistryAbi, args: [token] } as const;
  await read(client, { ...contract, functionName: "ownerOf" });
  const tenure = await read(client, { ...contract, functionName: "tenureOf" });
  const nonce = parameters.nonce ?? bytesToBigInt(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)));
  const gate = gateOf(deployment, kind);
  const invitation = {
    registry,
    token,
    gate,
    grantee,
    uses,
    expiresAt: expirySeconds(expiresAt),
    tenure,
    nonce,
  };
  const signature = await rpc(() =>
    signTypedData(client, {
      account: client.account,
      domain: invitationDomain(deployment.chainId, deployment.permissionRegistry),
      types: INVITATION_TYPES,
      primaryType: "Invitation",
      message: invitation,
    }),
  );
  return { invitation, signer: client.account.address, signature };
}
