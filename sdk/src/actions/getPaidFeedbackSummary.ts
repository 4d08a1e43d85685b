import { reputationRegistryAbi } from "../abi/reputationRegistry.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { FeedbackSummary } from "../types/feedback.ts";
import type { ReputationDeployment } from "../types/periphery.ts";

export interface GetPaidFeedbackSummaryParameters extends ReadOptions {
  readonly deployment: ReputationDeployment;
  readonly agent: bigint;
}

/**
 * Count and mean, with 18 decimals, of all ratings from 0 to 100 that requesters of settled runs gave an agent and did
 * not take back.
 *
 * @example
 * const { count, value, decimals } = await getPaidFeedbackSummary(client, { deployment, agent: 4n });
 * console.log(`${formatUnits(value, decimals)} of 100, by ${count}`);
 */
export async function getPaidFeedbackSummary(
  client: ReadClient,
  parameters: GetPaidFeedbackSummaryParameters,
): Promise<FeedbackSummary> {
  const { deployment, agent, at } = parameters;
  const [count, value, decimals] = await read(client, {
    deployment,
    address: deployment.reputationRegistry,
    abi: reputationRegistryAbi,
    functionName: "getPaidSummary",
    args: [agent],
    at,
  });
  return { count, value, decimals };
}
