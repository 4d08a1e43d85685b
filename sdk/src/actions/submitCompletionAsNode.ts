import { submitDirectly } from "../internal/submission.ts";
import type { WriteClient } from "../types/client.ts";
import type { SubmitCompletionParameters, SubmitResult } from "../types/submission.ts";

/**
 * Answers a task as a node, in its window. The client's account is the node's key or its owner.
 *
 * @throws ContractError `EXECUTION_UNKNOWN`, `EXECUTION_HAS_ENDED`, `EXECUTION_DEADLINE_PASSED`, `TASK_UNKNOWN`,
 * `TASK_ALREADY_COMPLETED`, `TASK_NOT_READY`, `COMPLETION_CONTEXT_STALE`, `COMPLETION_OUTPUT_INVALID`,
 * `COMPLETION_NOT_ELIGIBLE`, `COMPLETION_TOO_EARLY`, `COMPLETION_TIP_TOO_HIGH`.
 */
export async function submitCompletionAsNode(
  client: WriteClient,
  parameters: SubmitCompletionParameters,
): Promise<SubmitResult> {
  return submitDirectly(client, "submitCompletionAsNode", parameters);
}
