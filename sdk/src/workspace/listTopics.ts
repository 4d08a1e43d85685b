import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { LIST_TOPICS } from "./endpoints/messages.ts";

export type ListTopicsParameters = z.input<typeof LIST_TOPICS.input>;
export type ListTopicsAnswer = z.output<typeof LIST_TOPICS.output>;

/**
 * Lists topics with their subscribers.
 *
 * @example
 * await listTopics(client);
 */
export function listTopics(
  client: WorkspaceClient,
  parameters: ListTopicsParameters = {},
  options?: WorkspaceCallOptions,
): Promise<ListTopicsAnswer> {
  return callWorkspace(client, LIST_TOPICS, parameters, options);
}
