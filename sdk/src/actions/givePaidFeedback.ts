import { reputationRegistryAbi } from "../abi/reputationRegistry.ts";
import { feedbackArguments } from "../internal/feedback.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Feedback } from "../types/feedback.ts";
import type { ReputationDeployment } from "../types/periphery.ts";
import type { WriteOptions } from "../types/sent.ts";
import type { GiveFeedbackResult } from "./giveFeedback.ts";

export type GivePaidFeedbackParameters = WriteOptions &
  Feedback & {
    readonly deployment: ReputationDeployment;
    /** A run that succeeded, which the client's account requested, and in which the agent had a task. */
    readonly execution: bigint;
  };

/**
 * Rates an agent from 0 to 100 for a run that the client's account paid for. Once for each run and agent.
 *
 * @throws ContractError `EXECUTION_UNKNOWN`, `REPUTATION_NOT_REQUESTER`, `REPUTATION_EXECUTION_NOT_SUCCEEDED`,
 * `REPUTATION_AGENT_WITHOUT_TASK`, `REPUTATION_PAID_ALREADY`, `REPUTATION_RATING_OUT_OF_RANGE`, `REPUTATION_TEXT_TOO_LONG`;
 * `REPUTATION_GIVER_INVOLVED` where the account has a say over the agent, its model, the cluster or a node of the model.
 *
 * @example
 * await givePaidFeedback(client, { deployment, agent: 4n, execution, value: 90n, tag1: "starred" });
 */
export async function givePaidFeedback(
  client: WriteClient,
  parameters: GivePaidFeedbackParameters,
): Promise<GiveFeedbackResult> {
  const { deployment, execution, timeoutMs } = parameters;
  const contract = { address: deployment.reputationRegistry, abi: reputationRegistryAbi };
  const receipt = await write(client, {
    ...contract,
    deployment,
    functionName: "givePaidFeedback",
    args: [...feedbackArguments(parameters), execution],
    timeoutMs,
  });
  const { feedbackIndex } = eventOf(receipt, { ...contract, eventName: "PaidFeedback" }).args;
  return { ...sentOf(receipt), index: feedbackIndex };
}
