import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { LIST_JOBS } from "./endpoints/jobs.ts";

export type ListJobsParameters = z.input<typeof LIST_JOBS.input>;
export type ListJobsAnswer = z.output<typeof LIST_JOBS.output>;

/**
 * Lists jobs.
 *
 * @example
 * await listJobs(client, { whose: "mine" });
 */
export function listJobs(
  client: WorkspaceClient,
  parameters: ListJobsParameters = {},
  options?: WorkspaceCallOptions,
): Promise<ListJobsAnswer> {
  return callWorkspace(client, LIST_JOBS, parameters, options);
}
