import type { Hex } from "viem";

/** What `verifyResponse` checks, in this order. */
export const VERIFICATION_CHECKS = [
  "state",
  "version",
  "input",
  "tasks",
  "outputs",
  "fold",
  "response",
  "receipts",
  "canonical",
  "given",
] as const;
export type VerificationName = (typeof VERIFICATION_CHECKS)[number];

/** One check, and what it came to. */
export interface VerificationCheck {
  readonly name: VerificationName;
  /** Skipped: there was nothing to check it against. */
  readonly outcome: "passed" | "failed" | "skipped";
  /** What was compared with what, in words. */
  readonly text: string;
}

/** What a verification came to. */
export interface Verification {
  readonly execution: bigint;
  /** Whether no check failed and the response's bytes were among what was checked. */
  readonly verified: boolean;
  readonly checks: readonly VerificationCheck[];
  /** The response's bytes; undefined where they were not to be had. */
  readonly response: Uint8Array | undefined;
  readonly responseDigest: Hex | undefined;
  /** The block as of which the checks hold. */
  readonly asOf: { readonly number: bigint; readonly hash: Hex };
}
