import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { SEND_MESSAGE } from "./endpoints/messages.ts";

export type SendMessageParameters = z.input<typeof SEND_MESSAGE.input>;
export type SendMessageAnswer = z.output<typeof SEND_MESSAGE.output>;

/**
 * Sends a message to one, to all, or to a topic's subscribers.
 *
 * @example
 * await sendMessage(client, { destination: { kind: "direct", to: "writer" }, text: "please check section 2" });
 */
export function sendMessage(
  client: WorkspaceClient,
  parameters: SendMessageParameters,
  options?: WorkspaceCallOptions,
): Promise<SendMessageAnswer> {
  return callWorkspace(client, SEND_MESSAGE, parameters, options);
}
