import type { Address } from "viem";
import { reputationRegistryAbi } from "../abi/reputationRegistry.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { FeedbackSummary } from "../types/feedback.ts";
import type { ReputationDeployment } from "../types/periphery.ts";

export interface GetFeedbackSummaryParameters extends ReadOptions {
  readonly deployment: ReputationDeployment;
  readonly agent: bigint;
  /** Whose feedback counts, at least one: anybody can give any, so name those you trust. */
  readonly clients: readonly Address[];
  /** @default any */
  readonly tag1?: string;
  /** @default any */
  readonly tag2?: string;
}

/**
 * Count and mean of what some clients say of an agent (ERC-8004), without what they took back. The mean has the decimals
 * that most of it has.
 *
 * @throws PleiadError `FEEDBACK_CLIENTS_MISSING`.
 */
export async function getFeedbackSummary(
  client: ReadClient,
  parameters: GetFeedbackSummaryParameters,
): Promise<FeedbackSummary> {
  const { deployment, agent, clients, tag1 = "", tag2 = "", at } = parameters;
  const [count, value, decimals] = await read(client, {
    deployment,
    address: deployment.reputationRegistry,
    abi: reputationRegistryAbi,
    functionName: "getSummary",
    args: [agent, clients, tag1, tag2],
    at,
  });
  return { count, value, decimals };
}
