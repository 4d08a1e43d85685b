import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { RESTART_AGENT } from "./endpoints/presence.ts";

export type RestartAgentParameters = z.input<typeof RESTART_AGENT.input>;
export type RestartAgentAnswer = z.output<typeof RESTART_AGENT.output>;

/**
 * Starts the program of a helper of the daemon's node again: in the same session where the program can resume.
 *
 * @example
 * await restartAgent(client, { name: "tester" });
 */
export function restartAgent(
  client: WorkspaceClient,
  parameters: RestartAgentParameters,
  options?: WorkspaceCallOptions,
): Promise<RestartAgentAnswer> {
  return callWorkspace(client, RESTART_AGENT, parameters, options);
}
