import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { LIST_AGENTS } from "./endpoints/presence.ts";

export type ListAgentsParameters = z.input<typeof LIST_AGENTS.input>;
export type ListAgentsAnswer = z.output<typeof LIST_AGENTS.output>;

/**
 * Lists who takes part in the cluster.
 *
 * @example
 * await listAgents(client);
 */
export function listAgents(
  client: WorkspaceClient,
  parameters: ListAgentsParameters = {},
  options?: WorkspaceCallOptions,
): Promise<ListAgentsAnswer> {
  return callWorkspace(client, LIST_AGENTS, parameters, options);
}
