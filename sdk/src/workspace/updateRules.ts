import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { UPDATE_RULES } from "./endpoints/rules.ts";

export type UpdateRulesParameters = z.input<typeof UPDATE_RULES.input>;
export type UpdateRulesAnswer = z.output<typeof UPDATE_RULES.output>;

/**
 * Replaces the rules.
 *
 * @example
 * await updateRules(client, { text, ifVersion: rules?.version ?? null });
 */
export function updateRules(
  client: WorkspaceClient,
  parameters: UpdateRulesParameters,
  options?: WorkspaceCallOptions,
): Promise<UpdateRulesAnswer> {
  return callWorkspace(client, UPDATE_RULES, parameters, options);
}
