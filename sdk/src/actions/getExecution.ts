import { executionLog } from "../internal/executionLog.ts";
import { executionView } from "../internal/executionView.ts";
import { headOf } from "../internal/head.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Execution } from "../types/execution.ts";

export interface GetExecutionParameters {
  readonly deployment: Deployment;
  readonly execution: bigint;
}

/**
 * Reads all there is about an execution: its state from storage and input, completions and end from the log, both as
 * of one block.
 *
 * @throws ContractError `EXECUTION_UNKNOWN`; PleiadError `RPC_INCONSISTENT` where storage and log disagree.
 */
export async function getExecution(
  client: ReadClient,
  parameters: GetExecutionParameters,
): Promise<Execution> {
  const { deployment, execution } = parameters;
  const head = await headOf(client);
  const view = await executionView(client, deployment, execution, { blockNumber: head.number });
  const log = await executionLog(client, deployment, view, head.number);
  return { ...view, ...log, asOfBlock: head.number };
}
