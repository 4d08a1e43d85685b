import { reputationRegistryAbi } from "../abi/reputationRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { ReputationDeployment } from "../types/periphery.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface RevokeFeedbackParameters extends WriteOptions {
  readonly deployment: ReputationDeployment;
  readonly agent: bigint;
  /** What `giveFeedback` answered; counts from 1. */
  readonly index: bigint;
}

/**
 * Takes feedback of the client's account back (ERC-8004); a paid rating leaves the totals, and cannot be given again.
 *
 * @throws PleiadError `FEEDBACK_UNKNOWN`, `FEEDBACK_REVOKED`.
 */
export async function revokeFeedback(
  client: WriteClient,
  parameters: RevokeFeedbackParameters,
): Promise<Sent> {
  const { deployment, agent, index, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.reputationRegistry,
    abi: reputationRegistryAbi,
    functionName: "revokeFeedback",
    args: [agent, index],
    timeoutMs,
  });
  return sentOf(receipt);
}
