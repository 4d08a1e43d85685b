import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { END_AGENT } from "./endpoints/presence.ts";

export type EndAgentParameters = z.input<typeof END_AGENT.input>;
export type EndAgentAnswer = z.output<typeof END_AGENT.output>;

/**
 * Ends a helper of the daemon's node.
 *
 * @example
 * await endAgent(client, { name: "tester" });
 */
export function endAgent(
  client: WorkspaceClient,
  parameters: EndAgentParameters,
  options?: WorkspaceCallOptions,
): Promise<EndAgentAnswer> {
  return callWorkspace(client, END_AGENT, parameters, options);
}
