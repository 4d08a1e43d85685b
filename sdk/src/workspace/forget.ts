import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { FORGET } from "./endpoints/memory.ts";

export type ForgetParameters = z.input<typeof FORGET.input>;
export type ForgetAnswer = z.output<typeof FORGET.output>;

/**
 * Forgets something remembered.
 *
 * @example
 * await forget(client, { id: memory.id });
 */
export function forget(
  client: WorkspaceClient,
  parameters: ForgetParameters,
  options?: WorkspaceCallOptions,
): Promise<ForgetAnswer> {
  return callWorkspace(client, FORGET, parameters, options);
}
