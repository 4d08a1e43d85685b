import { PleiadError } from "../errors/base.ts";

/**
 * Whether a read that failed may succeed at the next look. An endpoint behind a load balancer may not know the newest
 * block yet, and refuses in words of its own, so refusals count too.
 */
export function isTransient(error: unknown): error is PleiadError {
  return error instanceof PleiadError && (error.retryable || error.code === "RPC_FAILED");
}
