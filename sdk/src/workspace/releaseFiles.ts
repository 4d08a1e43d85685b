import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { RELEASE_FILES } from "./endpoints/files.ts";

export type ReleaseFilesParameters = z.input<typeof RELEASE_FILES.input>;
export type ReleaseFilesAnswer = z.output<typeof RELEASE_FILES.output>;

/**
 * Releases reserved files.
 *
 * @example
 * await releaseFiles(client, { reservation: reservation.id });
 */
export function releaseFiles(
  client: WorkspaceClient,
  parameters: ReleaseFilesParameters = {},
  options?: WorkspaceCallOptions,
): Promise<ReleaseFilesAnswer> {
  return callWorkspace(client, RELEASE_FILES, parameters, options);
}
