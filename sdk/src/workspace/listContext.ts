import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { LIST_CONTEXT } from "./endpoints/context.ts";

export type ListContextParameters = z.input<typeof LIST_CONTEXT.input>;
export type ListContextAnswer = z.output<typeof LIST_CONTEXT.output>;

/**
 * Lists the keys of the whiteboard without their values.
 *
 * @example
 * await listContext(client, { prefix: "plan/" });
 */
export function listContext(
  client: WorkspaceClient,
  parameters: ListContextParameters = {},
  options?: WorkspaceCallOptions,
): Promise<ListContextAnswer> {
  return callWorkspace(client, LIST_CONTEXT, parameters, options);
}
