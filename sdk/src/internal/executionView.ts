import { clusterExecutionsAbi } from "../abi/clusterExecutions.ts";
import type { BlockAt } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { ExecutionView } from "../types/execution.ts";
import { EXECUTION_STATES } from "../types/states.ts";
import { named } from "./executionEvents.ts";
import { indicesOf } from "./mask.ts";
import { read } from "./read.ts";

/** An execution as storage has it. `EXECUTION_UNKNOWN` where there is none. */
export async function executionView(
  client: ReadClient,
  deployment: Deployment,
  execution: bigint,
  at?: BlockAt,
): Promise<ExecutionView> {
  const view = await read(client, {
    deployment,
    address: deployment.clusterExecutions,
    abi: clusterExecutionsAbi,
    functionName: "executionOf",
    args: [execution],
    at,
  });
  return {
    ...view,
    execution,
    state: named(EXECUTION_STATES, view.state),
    completedTasks: indicesOf(Number(view.completedTasks)),
  };
}
