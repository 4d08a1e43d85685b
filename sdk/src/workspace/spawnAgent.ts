import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { SPAWN_AGENT } from "./endpoints/presence.ts";

export type SpawnAgentParameters = z.input<typeof SPAWN_AGENT.input>;
export type SpawnAgentAnswer = z.output<typeof SPAWN_AGENT.output>;

/**
 * Starts a helper on the daemon's node.
 *
 * @example
 * await spawnAgent(client, { name: "tester", role: "runs tests", goal: "run the tests of src and say what fails" });
 */
export function spawnAgent(
  client: WorkspaceClient,
  parameters: SpawnAgentParameters,
  options?: WorkspaceCallOptions,
): Promise<SpawnAgentAnswer> {
  return callWorkspace(client, SPAWN_AGENT, parameters, options);
}
