import { getExecution } from "@pleiad/sdk/actions/getExecution";
import {
  type ExecutionResponse,
  type WaitForResponseParameters,
  waitForResponse,
} from "@pleiad/sdk/actions/waitForResponse";
import { PleiadError } from "@pleiad/sdk/errors";
import type { ReadClient } from "@pleiad/sdk/types/client";
import type { Execution } from "@pleiad/sdk/types/execution";

/** What a shell expects of a command that Ctrl-C ended. */
export const INTERRUPTED_EXIT_CODE = 130;

/** As `waitForResponse` takes it, and more. */
export interface ResponseOrInterruptParameters extends WaitForResponseParameters {
  /** Called with the execution before anything of it is told. */
  readonly onExecution?: (execution: Execution) => Promise<void>;
}

/** Waits for a response; undefined where the person at the terminal had enough (Ctrl-C). */
export async function responseOrInterrupt(
  client: ReadClient,
  parameters: ResponseOrInterruptParameters,
): Promise<ExecutionResponse | undefined> {
  const { deployment, execution, onExecution } = parameters;
  await onExecution?.(await getExecution(client, { deployment, execution }));
  try {
    return await waitForResponse(client, parameters);
  } catch (error) {
    if (error instanceof PleiadError && error.code === "RESPONSE_ABORTED") return undefined;
    throw error;
  }
}
