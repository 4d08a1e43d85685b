import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { UNSUBSCRIBE_TOPIC } from "./endpoints/messages.ts";

export type UnsubscribeTopicParameters = z.input<typeof UNSUBSCRIBE_TOPIC.input>;
export type UnsubscribeTopicAnswer = z.output<typeof UNSUBSCRIBE_TOPIC.output>;

/**
 * Gets a topic's messages no longer.
 *
 * @example
 * await unsubscribeTopic(client, { topic: "builds" });
 */
export function unsubscribeTopic(
  client: WorkspaceClient,
  parameters: UnsubscribeTopicParameters,
  options?: WorkspaceCallOptions,
): Promise<UnsubscribeTopicAnswer> {
  return callWorkspace(client, UNSUBSCRIBE_TOPIC, parameters, options);
}
