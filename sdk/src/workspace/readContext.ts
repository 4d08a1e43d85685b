import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { READ_CONTEXT } from "./endpoints/context.ts";

export type ReadContextParameters = z.input<typeof READ_CONTEXT.input>;
export type ReadContextAnswer = z.output<typeof READ_CONTEXT.output>;

/**
 * Reads the whiteboard: one key, or all that begin alike.
 *
 * @example
 * await readContext(client, { prefix: "plan/" });
 */
export function readContext(
  client: WorkspaceClient,
  parameters: ReadContextParameters = {},
  options?: WorkspaceCallOptions,
): Promise<ReadContextAnswer> {
  return callWorkspace(client, READ_CONTEXT, parameters, options);
}
