import type { Address } from "viem";
import type { CreditKind } from "./states.ts";

/** Whose credit: that of a node, model or cluster by its id, or that of an account by its address. */
export type CreditOf =
  | { readonly kind: Exclude<CreditKind, "Account">; readonly id: bigint; readonly account?: undefined }
  | { readonly kind: "Account"; readonly account: Address; readonly id?: undefined };
