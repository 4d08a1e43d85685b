import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { SUBSCRIBE_TOPIC } from "./endpoints/messages.ts";

export type SubscribeTopicParameters = z.input<typeof SUBSCRIBE_TOPIC.input>;
export type SubscribeTopicAnswer = z.output<typeof SUBSCRIBE_TOPIC.output>;

/**
 * Gets a topic's messages from now on.
 *
 * @example
 * await subscribeTopic(client, { topic: "builds" });
 */
export function subscribeTopic(
  client: WorkspaceClient,
  parameters: SubscribeTopicParameters,
  options?: WorkspaceCallOptions,
): Promise<SubscribeTopicAnswer> {
  return callWorkspace(client, SUBSCRIBE_TOPIC, parameters, options);
}
