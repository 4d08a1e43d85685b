import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { READ_MESSAGES } from "./endpoints/messages.ts";

export type ReadMessagesParameters = z.input<typeof READ_MESSAGES.input>;
export type ReadMessagesAnswer = z.output<typeof READ_MESSAGES.output>;

/**
 * Reads messages; those in the inbox count as delivered from then on.
 *
 * @example
 * await readMessages(client, { box: "inbox" });
 */
export function readMessages(
  client: WorkspaceClient,
  parameters: ReadMessagesParameters = {},
  options?: WorkspaceCallOptions,
): Promise<ReadMessagesAnswer> {
  return callWorkspace(client, READ_MESSAGES, parameters, options);
}
