/**
 * Completions from which on a transaction is worth sending beside others that are on their way: what they share is some
 * 45,000 gas, so more company would save each of them less than a fifteenth.
 */
export const COMPANY_ITEMS_ENOUGH = 16;
/** Part of a window that a small transaction may wait for company. */
const PATIENCE_WINDOW_PART = 8;
/** Waiting longer saves nothing that a requester would wait for. Milliseconds. */
export const PATIENCE_MS_MAX = 2_000;

/** What is due, and since when. */
export interface DueSet {
  readonly items: number;
  /** By the monotonic clock, in milliseconds. */
  readonly sinceMs: number;
  /** How long it may wait for company. Milliseconds. */
  readonly patienceMs: number;
}

/**
 * How long completions may wait for others to share a transaction with. Only the node that signed last waits, and
 * ends in time before the others' turn begins (`settleTime`): those have waited a quarter of a window and more.
 */
export function patienceMs({
  windowMs,
  lastSigner,
}: {
  readonly windowMs: number;
  readonly lastSigner: boolean;
}): number {
  return lastSigner ? Math.min(PATIENCE_MS_MAX, windowMs / PATIENCE_WINDOW_PART) : 0;
}

/**
 * Milliseconds until what is due is to be sent; 0 for now. A lone transaction goes at once. While others of this node
 * are on their way, the next block is theirs, and a small one waits until they are mined, until it has company enough,
 * or until the first of its completions has waited long enough (as small packets do, RFC 896).
 */
export function companyWaitMs(due: readonly DueSet[], onTheirWay: number, nowMs: number): number {
  if (due.length === 0 || onTheirWay === 0) return 0;
  const items = due.reduce((sum, set) => sum + set.items, 0);
  if (items >= COMPANY_ITEMS_ENOUGH) return 0;
  return Math.max(0, Math.min(...due.map(({ sinceMs, patienceMs: most }) => sinceMs + most - nowMs)));
}
