import { executionLog } from "../internal/executionLog.ts";
import { executionView } from "../internal/executionView.ts";
import { headOf } from "../internal/head.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { AcceptedCompletion } from "../types/execution.ts";

export interface GetCompletionsParameters {
  readonly deployment: Deployment;
  readonly execution: bigint;
}

/**
 * The completions of an execution, from the log, in the order they were accepted.
 *
 * @throws ContractError `EXECUTION_UNKNOWN`.
 */
export async function getCompletions(
  client: ReadClient,
  parameters: GetCompletionsParameters,
): Promise<readonly AcceptedCompletion[]> {
  const { deployment, execution } = parameters;
  const head = await headOf(client);
  const view = await executionView(client, deployment, execution, { blockNumber: head.number });
  return (await executionLog(client, deployment, view, head.number)).completions;
}
