import { reputationRegistryAbi } from "@pleiad/sdk/abi/reputationRegistry";
import { type Address, decodeFunctionResult, encodeFunctionData } from "viem";
import { chainFailure } from "../../chain/errors.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { FleetAgent } from "../../manager/fleet.ts";
import type { Ratings } from "../../manager/ports.ts";

/** How long a rating counts as it was read: a formation is asked for and tried again within minutes, ratings come with runs. */
export const RATING_FRESH_MS = 300_000;
/** Ratings that are kept as they were read. */
export const RATINGS_KEPT_MAX = 4_096;
/** Agents that are asked for at once: the provider serves the work, too. */
export const RATINGS_READ_MAX = 8;
/** Of `getPaidSummary`: the best rating. */
const RATING_BEST = 100;

type Rating = FleetAgent["rating"];

/** Reads what requesters of paid runs said of agents, from the contract that keeps the totals. */
export function createRatings(modules: {
  readonly reputationRegistry: Address;
  readonly rpc: Pick<Rpc, "call">;
  readonly monotonicMs: () => number;
}): Ratings {
  const { reputationRegistry: to, rpc, monotonicMs } = modules;
  const known = new Map<bigint, { readonly atMs: number; readonly rating: Rating }>();

  async function read(agent: bigint): Promise<Rating> {
    const call = { abi: reputationRegistryAbi, functionName: "getPaidSummary" } as const;
    const answer = await rpc.call({ to, data: encodeFunctionData({ ...call, args: [agent] }) }, "latest");
    try {
      const [count, value, decimals] = decodeFunctionResult({ ...call, data: answer });
      const mean = Number(value) / 10 ** decimals / RATING_BEST;
      return count === 0n ? undefined : { mean, count: Number(count) };
    } catch (cause) {
      const what = `getPaidSummary(${agent}) of ${to}: bytes that are no summary`;
      throw chainFailure("RPC_INVALID_ANSWER", what, { details: { agent, address: to }, cause });
    }
  }

  async function rate(agent: bigint): Promise<void> {
    const kept = known.get(agent);
    if (kept !== undefined && monotonicMs() - kept.atMs < RATING_FRESH_MS) return;
    const rating = await read(agent);
    known.delete(agent);
    known.set(agent, { atMs: monotonicMs(), rating });
  }

  return {
    async of(agents) {
      const waiting = agents[Symbol.iterator]();
      const reader = async () => {
        for (const agent of waiting) await rate(agent);
      };
      await Promise.all(Array.from({ length: RATINGS_READ_MAX }, reader));
      const found = new Map(agents.map((agent) => [agent, known.get(agent)?.rating] as const));
      for (const oldest of known.keys()) {
        if (known.size <= RATINGS_KEPT_MAX) break;
        known.delete(oldest);
      }
      return found;
    },
  };
}
