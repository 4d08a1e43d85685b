import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { WRITE_CONTEXT } from "./endpoints/context.ts";

export type WriteContextParameters = z.input<typeof WRITE_CONTEXT.input>;
export type WriteContextAnswer = z.output<typeof WRITE_CONTEXT.output>;

/**
 * Writes a value of the whiteboard.
 *
 * @example
 * await writeContext(client, { key: "plan/step-1", value: "done", ifVersion: version });
 */
export function writeContext(
  client: WorkspaceClient,
  parameters: WriteContextParameters,
  options?: WorkspaceCallOptions,
): Promise<WriteContextAnswer> {
  return callWorkspace(client, WRITE_CONTEXT, parameters, options);
}
