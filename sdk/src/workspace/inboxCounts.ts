import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { INBOX_COUNTS } from "./endpoints/messages.ts";

export type InboxCountsParameters = z.input<typeof INBOX_COUNTS.input>;
export type InboxCountsAnswer = z.output<typeof INBOX_COUNTS.output>;

/**
 * Counts what is in the inbox.
 *
 * @example
 * await inboxCounts(client);
 */
export function inboxCounts(
  client: WorkspaceClient,
  parameters: InboxCountsParameters = {},
  options?: WorkspaceCallOptions,
): Promise<InboxCountsAnswer> {
  return callWorkspace(client, INBOX_COUNTS, parameters, options);
}
