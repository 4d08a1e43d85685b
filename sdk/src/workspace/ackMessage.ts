import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { ACK_MESSAGE } from "./endpoints/messages.ts";

export type AckMessageParameters = z.input<typeof ACK_MESSAGE.input>;
export type AckMessageAnswer = z.output<typeof ACK_MESSAGE.output>;

/**
 * Acknowledges messages, so that they leave the inbox.
 *
 * @example
 * await ackMessage(client, { ids: messages.map(({ id }) => id) });
 */
export function ackMessage(
  client: WorkspaceClient,
  parameters: AckMessageParameters,
  options?: WorkspaceCallOptions,
): Promise<AckMessageAnswer> {
  return callWorkspace(client, ACK_MESSAGE, parameters, options);
}
