/**
 * When a node sends the completions it holds. Whoever holds acceptable completions settles them at the latest half a
 * window after the last one heard; until then it leaves the first word to the node that signed last, and hopes for
 * the tasks that are still in the making, so that one transaction settles them all.
 *
 * | the set | the last signer sends after | the others after |
 * |---|---|---|
 * | completes the execution | nothing | a quarter to half a window |
 * | leaves tasks open | a quarter of a window | three eighths to half a window |
 *
 * The others are spread by a hash of (execution, node), so that no two of them need to talk about it.
 */
export interface SettleTimeInput {
  readonly windowMs: number;
  /** Whether the set completes the execution. */
  readonly completes: boolean;
  /** Whether this node signed the last completion of the set. */
  readonly lastSigner: boolean;
  /** This node's place in the schedule, from 0 (first) to 1 (last): a hash as a fraction. */
  readonly spread: number;
}

/** Milliseconds from the last completion heard until this node sends. Never more than half a window. */
export function settleDelayMs({ windowMs, completes, lastSigner, spread }: SettleTimeInput): number {
  if (lastSigner) return completes ? 0 : windowMs / 4;
  const from = completes ? windowMs / 4 : (windowMs * 3) / 8;
  return from + (windowMs / 2 - from) * spread;
}
