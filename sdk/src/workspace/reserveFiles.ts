import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { RESERVE_FILES } from "./endpoints/files.ts";

export type ReserveFilesParameters = z.input<typeof RESERVE_FILES.input>;
export type ReserveFilesAnswer = z.output<typeof RESERVE_FILES.output>;

/**
 * Reserves files of a project folder while they are changed.
 *
 * @example
 * await reserveFiles(client, { folder: "site", paths: ["src/"] });
 */
export function reserveFiles(
  client: WorkspaceClient,
  parameters: ReserveFilesParameters,
  options?: WorkspaceCallOptions,
): Promise<ReserveFilesAnswer> {
  return callWorkspace(client, RESERVE_FILES, parameters, options);
}
