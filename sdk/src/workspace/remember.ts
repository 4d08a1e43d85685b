import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { REMEMBER } from "./endpoints/memory.ts";

export type RememberParameters = z.input<typeof REMEMBER.input>;
export type RememberAnswer = z.output<typeof REMEMBER.output>;

/**
 * Keeps a fact for later.
 *
 * @example
 * await remember(client, { text: "the build needs Node 24", tags: ["build"] });
 */
export function remember(
  client: WorkspaceClient,
  parameters: RememberParameters,
  options?: WorkspaceCallOptions,
): Promise<RememberAnswer> {
  return callWorkspace(client, REMEMBER, parameters, options);
}
