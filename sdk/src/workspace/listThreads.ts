import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { LIST_THREADS } from "./endpoints/threads.ts";

export type ListThreadsParameters = z.input<typeof LIST_THREADS.input>;
export type ListThreadsAnswer = z.output<typeof LIST_THREADS.output>;

/**
 * Lists threads, the one last used first.
 *
 * @example
 * await listThreads(client);
 */
export function listThreads(
  client: WorkspaceClient,
  parameters: ListThreadsParameters = {},
  options?: WorkspaceCallOptions,
): Promise<ListThreadsAnswer> {
  return callWorkspace(client, LIST_THREADS, parameters, options);
}
