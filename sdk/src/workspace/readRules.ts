import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { READ_RULES } from "./endpoints/rules.ts";

export type ReadRulesParameters = z.input<typeof READ_RULES.input>;
export type ReadRulesAnswer = z.output<typeof READ_RULES.output>;

/**
 * Reads the rules that all agents of the cluster share; null before the first.
 *
 * @example
 * await readRules(client);
 */
export function readRules(
  client: WorkspaceClient,
  parameters: ReadRulesParameters = {},
  options?: WorkspaceCallOptions,
): Promise<ReadRulesAnswer> {
  return callWorkspace(client, READ_RULES, parameters, options);
}
