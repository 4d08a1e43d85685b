import { sdkError } from "../errors/sdkError.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { ExecutionLog, ExecutionView } from "../types/execution.ts";
import { executionEventsOf } from "./executionEvents.ts";
import { blockNotBefore, filterOfExecution, logsOf } from "./logs.ts";

/**
 * What the log says of one execution, from its creation to `toBlock`.
 *
 * @throws PleiadError `RPC_INCONSISTENT` where storage knows the execution and the log does not.
 */
export async function executionLog(
  client: ReadClient,
  deployment: Deployment,
  view: Pick<ExecutionView, "execution" | "createdAt">,
  toBlock: bigint,
): Promise<ExecutionLog> {
  const { execution, createdAt } = view;
  const fromBlock = await blockNotBefore(client, createdAt, { fromBlock: deployment.fromBlock, toBlock });
  const logs = await logsOf(client, deployment, filterOfExecution(execution), { fromBlock, toBlock });
  const events = executionEventsOf(logs, deployment.clusterExecutions);
  const [created] = events.created;
  if (created === undefined) {
    const message = `the log up to block ${toBlock} lacks the creation of execution ${execution}`;
    throw sdkError("RPC_INCONSISTENT", message, { details: { execution, toBlock } });
  }
  const { completions, seconds } = events;
  return { created, completions, seconds, response: events.responses[0], ended: events.ended[0] };
}
