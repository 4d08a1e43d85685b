import type { SignedInvitation } from "@pleiad/sdk/actions/signInvitation";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import { registryOf, USES_UNCOUNTED } from "@pleiad/sdk/types/permission";
import type { Address } from "viem";
import { z } from "zod";
import { cliError } from "./cliError.ts";
import { addressField, bytesField, jsonOf, mistakesOf, wholeField } from "./fileFields.ts";
import { usesText } from "./grants.ts";
import type { Fact } from "./output.ts";
import { timeText } from "./text/amounts.ts";
import { TOKEN_KINDS } from "./tokens.ts";

/** The file of a grant that its giver signed. */

/** Names the form of the file; another form gets another name. */
export const INVITATION_FORMAT = "pleiad-invitation-1";
/** An invitation has less than a thousand bytes; a wallet contract's signature may be longer. */
export const INVITATION_BYTES_MAX = 65_536;

const schema = z.strictObject({
  format: z.literal(INVITATION_FORMAT),
  chainId: z.int().positive(),
  permissionRegistry: addressField,
  invitation: z.strictObject({
    registry: addressField,
    token: wholeField,
    gate: addressField,
    grantee: addressField,
    uses: z.int().positive().max(USES_UNCOUNTED),
    expiresAt: z
      .int()
      .nonnegative()
      .max(2 ** 40 - 1),
    tenure: wholeField,
    nonce: wholeField,
  }),
  signer: addressField,
  signature: bytesField,
});

/** Writes an invitation for whoever shall bring it. */
export function serializeInvitation(
  { chainId, permissionRegistry }: Deployment,
  { invitation, signer, signature }: SignedInvitation,
): string {
  const { token, tenure, nonce } = invitation;
  const digits = { token: `${token}`, tenure: `${tenure}`, nonce: `${nonce}` };
  const file = {
    ...{ format: INVITATION_FORMAT, chainId, permissionRegistry },
    ...{ invitation: { ...invitation, ...digits }, signer, signature },
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** Reads one that is for these contracts. @throws PleiadError INVITATION_INVALID, naming each wrong key */
export function parseInvitation(text: string, deployment: Deployment): SignedInvitation {
  const parsed = schema.safeParse(jsonOf(text));
  if (!parsed.success) {
    const mistakes = mistakesOf(parsed.error);
    throw cliError("INVITATION_INVALID", `not an invitation: ${mistakes.join("; ")}`, {
      details: { mistakes },
    });
  }
  const { chainId, permissionRegistry, invitation, signer, signature } = parsed.data;
  if (chainId === deployment.chainId && permissionRegistry === deployment.permissionRegistry)
    return { invitation, signer, signature };
  throw cliError(
    "INVITATION_INVALID",
    `the invitation is for ${permissionRegistry} on chain ${chainId}, the contracts are at ${deployment.permissionRegistry} on chain ${deployment.chainId}`,
  );
}

/** An invitation for a program. */
export function invitationJson(deployment: Deployment, { invitation, signer }: SignedInvitation) {
  const { token, grantee, uses, expiresAt } = invitation;
  return {
    kind: kindOf(deployment, invitation.registry) ?? null,
    id: Number(token),
    grantee,
    uses: uses === USES_UNCOUNTED ? null : uses,
    until: expiresAt === 0 ? null : expiresAt,
    signer,
  };
}

/** An invitation for a person. */
export function invitationFacts(deployment: Deployment, { invitation, signer }: SignedInvitation): Fact[] {
  const { registry, token, grantee, uses, expiresAt } = invitation;
  return [
    ["of", `${kindOf(deployment, registry) ?? `token of ${registry}`} ${token}`],
    ["for", grantee],
    ["may use it", usesText(uses)],
    ["until", expiresAt === 0 ? "no end" : timeText(BigInt(expiresAt))],
    ["signed by", signer],
  ];
}

function kindOf(deployment: Deployment, registry: Address) {
  return TOKEN_KINDS.find((kind) => registryOf(deployment, kind) === registry);
}
