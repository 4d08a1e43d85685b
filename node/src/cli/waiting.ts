import { getExecution } from "@pleiad/sdk/actions/getExecution";
import type { ExecutionResponse, WaitForResponseParameters } from "@pleiad/sdk/actions/waitForResponse";
import { PleiadError } from "@pleiad/sdk/errors";
import type { ReadClient } from "@pleiad/sdk/types/client";
import type { Execution } from "@pleiad/sdk/types/execution";
import { responseUnlessGivenUp } from "../local/givenUp.ts";
import { askAboutExecution } from "./daemons.ts";
import type { DataFolder } from "./dataFolder.ts";

/** What a shell expects of a command that Ctrl-C ended. */
export const INTERRUPTED_EXIT_CODE = 130;

/** As `waitForResponse` takes it, and more. */
export interface ResponseOrInterruptParameters extends WaitForResponseParameters {
  /** Its daemons are asked whether they have given up. */
  readonly data: DataFolder | undefined;
  /** Called with the execution before anything of it is told. */
  readonly onExecution?: (execution: Execution) => Promise<void>;
}

/**
 * Waits for a response; undefined where the person at the terminal had enough (Ctrl-C).
 *
 * @throws PleiadError RUN_GIVEN_UP where it is known of every node that may answer that it will not; as `waitForResponse`
 */
export async function responseOrInterrupt(
  client: ReadClient,
  parameters: ResponseOrInterruptParameters,
): Promise<ExecutionResponse | undefined> {
  const { deployment, execution, data, onExecution, ...waiting } = parameters;
  await onExecution?.(await getExecution(client, { deployment, execution }));
  try {
    return await responseUnlessGivenUp(client, { deployment, execution, ...waiting }, async (id) => {
      const answers = await askAboutExecution(data, id);
      return answers.flatMap((answer) => ("said" in answer ? [answer.said] : []));
    });
  } catch (error) {
    if (error instanceof PleiadError && error.code === "RESPONSE_ABORTED") return undefined;
    throw error;
  }
}
