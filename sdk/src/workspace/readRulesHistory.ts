import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { READ_RULES_HISTORY } from "./endpoints/rules.ts";

export type ReadRulesHistoryParameters = z.input<typeof READ_RULES_HISTORY.input>;
export type ReadRulesHistoryAnswer = z.output<typeof READ_RULES_HISTORY.output>;

/**
 * Reads the versions of the rules that are kept, newest first.
 *
 * @example
 * await readRulesHistory(client);
 */
export function readRulesHistory(
  client: WorkspaceClient,
  parameters: ReadRulesHistoryParameters = {},
  options?: WorkspaceCallOptions,
): Promise<ReadRulesHistoryAnswer> {
  return callWorkspace(client, READ_RULES_HISTORY, parameters, options);
}
