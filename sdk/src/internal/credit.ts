import type { CreditOf } from "../types/credit.ts";
import { CREDIT_KINDS } from "../types/states.ts";

/** Kind and id as `ClusterExecutions` takes them: an account is its address as a number. */
export function creditArguments(credit: CreditOf): readonly [kind: number, id: bigint] {
  return [CREDIT_KINDS.indexOf(credit.kind), credit.kind === "Account" ? BigInt(credit.account) : credit.id];
}
