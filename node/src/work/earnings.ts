import type { VersionTask } from "./ports.ts";

const BPS = 10_000n;

/** What a node earns with its completion of a task, in units of the version's currency: the contract's own arithmetic. */
export function completionShareWei({
  priceWei,
  nodeShareBps,
  quorum = 1,
}: Pick<VersionTask, "priceWei" | "nodeShareBps" | "quorum">): bigint {
  return (priceWei * BigInt(nodeShareBps)) / (BPS * BigInt(Math.max(1, quorum)));
}

/** What of that a node gives to whoever sends its completion. Never more than the contract takes. */
export function tipOf(task: Parameters<typeof completionShareWei>[0], tipShareBps: number): bigint {
  return (completionShareWei(task) * BigInt(tipShareBps)) / BPS;
}
