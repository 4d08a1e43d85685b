import { submitDirectly } from "../internal/submission.ts";
import type { WriteClient } from "../types/client.ts";
import type { SubmitCompletionParameters, SubmitResult } from "../types/submission.ts";

/**
 * Answers a task as the owner of its model: after the windows of all its nodes, at once if it has none. The
 * completion's `node` is 0.
 *
 * @throws ContractError `EXECUTION_UNKNOWN`, `EXECUTION_HAS_ENDED`, `EXECUTION_DEADLINE_PASSED`, `TASK_UNKNOWN`,
 * `TASK_ALREADY_COMPLETED`, `TASK_NOT_READY`, `COMPLETION_CONTEXT_STALE`, `COMPLETION_OUTPUT_INVALID`,
 * `COMPLETION_NOT_ELIGIBLE`, `COMPLETION_TOO_EARLY`, `COMPLETION_TIP_TOO_HIGH`.
 */
export async function submitCompletionAsModelOwner(
  client: WriteClient,
  parameters: SubmitCompletionParameters,
): Promise<SubmitResult> {
  return submitDirectly(client, "submitCompletionAsModelOwner", parameters);
}
