import { getCredit } from "@pleiad/sdk/actions/getCredit";
import { withdraw } from "@pleiad/sdk/actions/withdraw";
import type { WriteClient } from "@pleiad/sdk/types/client";
import type { CreditOf } from "@pleiad/sdk/types/credit";
import { type Address, isAddressEqual } from "viem";
import type { Credit } from "../../api/chain.ts";
import type { Signer } from "../../wallet/signer.ts";

export function isOwner({ owner }: Credit, { address }: Pick<Signer, "address">): boolean {
  return isAddressEqual(owner as Address, address);
}

/** What a withdrawal would do, as it was tried without sending. */
export interface Tried {
  readonly amountWei: bigint;
  readonly gas: bigint;
}

/** @throws what the chain says is wrong, as that the credit is somebody else's or empty */
export async function tryWithdrawal(signer: Signer, credit: Credit): Promise<Tried> {
  const { client, deployment } = signer;
  const { gas } = await signer.rehearse((dry) => withdrawOne(dry, signer, credit));
  return { amountWei: await getCredit(client, { deployment, ...referenceOf(credit) }), gas };
}

/** Pays the credit to its owner, whoever signs: a delegate could send it anywhere, and this page does not. */
export function withdrawOne(client: WriteClient, { deployment }: Signer, credit: Credit) {
  return withdraw(client, { deployment, ...referenceOf(credit), to: credit.owner as Address });
}

function referenceOf({ kind, id, account, currency }: Credit): CreditOf {
  const of = kind === "Account" ? { kind, account: account as Address } : { kind, id: BigInt(id ?? 0) };
  return { ...of, currency: currency as Address };
}
