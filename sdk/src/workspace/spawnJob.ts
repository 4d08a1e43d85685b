import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { SPAWN_JOB } from "./endpoints/jobs.ts";

export type SpawnJobParameters = z.input<typeof SPAWN_JOB.input>;
export type SpawnJobAnswer = z.output<typeof SPAWN_JOB.output>;

/**
 * Hands work to another agent of the cluster.
 *
 * @example
 * await spawnJob(client, { to: "tester", prompt: "test src", thread: "0x1f" });
 */
export function spawnJob(
  client: WorkspaceClient,
  parameters: SpawnJobParameters,
  options?: WorkspaceCallOptions,
): Promise<SpawnJobAnswer> {
  return callWorkspace(client, SPAWN_JOB, parameters, options);
}
