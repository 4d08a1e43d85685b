import type { Address } from "viem";
import type { CreditKind } from "./states.ts";

/** Whose credit, and in what: that of a node, model or cluster by its id, or that of an account by its address. */
export type CreditOf = {
  /** An ERC-20 token; zero is the chain's own currency. @default zero */
  readonly currency?: Address | undefined;
} & (
  | { readonly kind: Exclude<CreditKind, "Account">; readonly id: bigint; readonly account?: undefined }
  | { readonly kind: "Account"; readonly account: Address; readonly id?: undefined }
);
