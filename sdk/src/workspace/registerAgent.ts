import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { REGISTER_AGENT } from "./endpoints/presence.ts";

export type RegisterAgentParameters = z.input<typeof REGISTER_AGENT.input>;
export type RegisterAgentAnswer = z.output<typeof REGISTER_AGENT.output>;

/**
 * Says that the speaker, an agent or helper, runs, and learns who and where it is.
 *
 * @example
 * await registerAgent(client, { role: "reviews what others write" });
 */
export function registerAgent(
  client: WorkspaceClient,
  parameters: RegisterAgentParameters = {},
  options?: WorkspaceCallOptions,
): Promise<RegisterAgentAnswer> {
  return callWorkspace(client, REGISTER_AGENT, parameters, options);
}
