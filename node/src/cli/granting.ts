import { permissionRegistryAbi } from "@pleiad/sdk/abi/permissionRegistry";
import { gateOf, registryOf } from "@pleiad/sdk/types/permission";
import type { Command } from "commander";
import type { Address } from "viem";
import { type ActionContext, addressOf } from "./define.ts";
import { GRANT_KINDS } from "./grants.ts";
import type { ContractCall } from "./sending.ts";
import { addSigningOptions, openSigning, type Signing, type SigningOptions } from "./signing.ts";
import { resolveToken, type Token, tokenWishOf } from "./tokens.ts";

/** What a grant is of, whose it is or becomes, and who gives or takes it. */
export interface Granting extends Signing {
  readonly token: Token;
  readonly grantee: Address;
  /** The call that gives so many uses until then; 0 uses take the grant back. */
  call(uses: number, expiresAt?: bigint): ContractCall;
}

/** Adds what `grant give` and `grant revoke` take, each in its own words. */
export function addGrantArguments(
  command: Command,
  words: { readonly kind: string; readonly address: string },
): Command {
  command
    .argument("<kind>", words.kind)
    .argument("<id>", "its id (a cluster's slug, too)")
    .argument("<address>", words.address);
  return addSigningOptions(command);
}

/** Finds what the arguments name. @throws PleiadError USAGE_INVALID, TOKEN_KIND_UNKNOWN; those of unknown ids and of `openSigning` */
export async function openGranting(
  context: ActionContext<SigningOptions>,
  [kind = "", id = "", account]: readonly (string | undefined)[],
): Promise<Granting> {
  const [wish, grantee] = [tokenWishOf(kind, id, GRANT_KINDS), addressOf(account)];
  const { chain, sender } = await openSigning(context);
  const { deployment } = chain;
  const token = await resolveToken(chain, wish);
  const subject = [registryOf(deployment, token.kind), token.token, gateOf(deployment, token.kind)];
  return {
    chain,
    sender,
    token,
    grantee,
    call: (uses, expiresAt = 0n) => ({
      address: deployment.permissionRegistry,
      abi: permissionRegistryAbi,
      functionName: "setGrant",
      args: [...subject, grantee, uses, Number(expiresAt)],
    }),
  };
}
