import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { DELETE_CONTEXT } from "./endpoints/context.ts";

export type DeleteContextParameters = z.input<typeof DELETE_CONTEXT.input>;
export type DeleteContextAnswer = z.output<typeof DELETE_CONTEXT.output>;

/**
 * Deletes a value of the whiteboard.
 *
 * @example
 * await deleteContext(client, { key: "plan/step-1" });
 */
export function deleteContext(
  client: WorkspaceClient,
  parameters: DeleteContextParameters,
  options?: WorkspaceCallOptions,
): Promise<DeleteContextAnswer> {
  return callWorkspace(client, DELETE_CONTEXT, parameters, options);
}
