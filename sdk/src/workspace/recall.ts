import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { RECALL } from "./endpoints/memory.ts";

export type RecallParameters = z.input<typeof RECALL.input>;
export type RecallAnswer = z.output<typeof RECALL.output>;

/**
 * Finds what was remembered.
 *
 * @example
 * await recall(client, { query: "which Node" });
 */
export function recall(
  client: WorkspaceClient,
  parameters: RecallParameters,
  options?: WorkspaceCallOptions,
): Promise<RecallAnswer> {
  return callWorkspace(client, RECALL, parameters, options);
}
