import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { LIST_MEMORIES } from "./endpoints/memory.ts";

export type ListMemoriesParameters = z.input<typeof LIST_MEMORIES.input>;
export type ListMemoriesAnswer = z.output<typeof LIST_MEMORIES.output>;

/**
 * Lists what was remembered, newest first.
 *
 * @example
 * await listMemories(client, { limit: 10 });
 */
export function listMemories(
  client: WorkspaceClient,
  parameters: ListMemoriesParameters = {},
  options?: WorkspaceCallOptions,
): Promise<ListMemoriesAnswer> {
  return callWorkspace(client, LIST_MEMORIES, parameters, options);
}
