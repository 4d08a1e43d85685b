import { type Address, zeroAddress } from "viem";
import type { CreditOf } from "../types/credit.ts";
import { CREDIT_KINDS } from "../types/states.ts";

/** Kind, id and currency as `ClusterExecutions` takes them: an account is its address as a number. */
export function creditArguments(credit: CreditOf): readonly [kind: number, id: bigint, currency: Address] {
  const id = credit.kind === "Account" ? BigInt(credit.account) : credit.id;
  return [CREDIT_KINDS.indexOf(credit.kind), id, credit.currency ?? zeroAddress];
}
