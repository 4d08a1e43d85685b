import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { UPDATE_JOB } from "./endpoints/jobs.ts";

export type UpdateJobParameters = z.input<typeof UPDATE_JOB.input>;
export type UpdateJobAnswer = z.output<typeof UPDATE_JOB.output>;

/**
 * Says how a job stands.
 *
 * @example
 * await updateJob(client, { job: job.id, state: "done", text: "all pass" });
 */
export function updateJob(
  client: WorkspaceClient,
  parameters: UpdateJobParameters,
  options?: WorkspaceCallOptions,
): Promise<UpdateJobAnswer> {
  return callWorkspace(client, UPDATE_JOB, parameters, options);
}
