import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { READ_CONTEXT_HISTORY } from "./endpoints/context.ts";

export type ReadContextHistoryParameters = z.input<typeof READ_CONTEXT_HISTORY.input>;
export type ReadContextHistoryAnswer = z.output<typeof READ_CONTEXT_HISTORY.output>;

/**
 * Reads the versions of a key of the whiteboard that are kept, newest first.
 *
 * @example
 * await readContextHistory(client, { key: "plan/1" });
 */
export function readContextHistory(
  client: WorkspaceClient,
  parameters: ReadContextHistoryParameters,
  options?: WorkspaceCallOptions,
): Promise<ReadContextHistoryAnswer> {
  return callWorkspace(client, READ_CONTEXT_HISTORY, parameters, options);
}
