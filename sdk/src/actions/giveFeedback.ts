import { reputationRegistryAbi } from "../abi/reputationRegistry.ts";
import { feedbackArguments } from "../internal/feedback.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Feedback } from "../types/feedback.ts";
import type { ReputationDeployment } from "../types/periphery.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export type GiveFeedbackParameters = WriteOptions & Feedback & { readonly deployment: ReputationDeployment };

export interface GiveFeedbackResult extends Sent {
  /** Counts from 1 for each client and agent. */
  readonly index: bigint;
}

/**
 * Gives feedback on an agent (ERC-8004). Anybody may but its owner and whom the owner approved.
 *
 * @throws ContractError `ERC721_NONEXISTENT_TOKEN`, `REPUTATION_TEXT_TOO_LONG`; PleiadError `FEEDBACK_ON_ONESELF`,
 * `FEEDBACK_VALUE_INVALID`.
 *
 * @example
 * await giveFeedback(client, { deployment, agent: 4n, value: 9977n, decimals: 2, tag1: "uptime" });
 */
export async function giveFeedback(
  client: WriteClient,
  parameters: GiveFeedbackParameters,
): Promise<GiveFeedbackResult> {
  const { deployment, timeoutMs } = parameters;
  const contract = { address: deployment.reputationRegistry, abi: reputationRegistryAbi };
  const receipt = await write(client, {
    ...contract,
    deployment,
    functionName: "giveFeedback",
    args: feedbackArguments(parameters),
    timeoutMs,
  });
  const { feedbackIndex } = eventOf(receipt, { ...contract, eventName: "NewFeedback" }).args;
  return { ...sentOf(receipt), index: feedbackIndex };
}
