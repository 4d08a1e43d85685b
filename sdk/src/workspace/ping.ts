import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { PING } from "./endpoints/presence.ts";

export type PingParameters = z.input<typeof PING.input>;
export type PingAnswer = z.output<typeof PING.output>;

/**
 * Gives a sign of life.
 *
 * @example
 * await ping(client, { note: "reading" });
 */
export function ping(
  client: WorkspaceClient,
  parameters: PingParameters = {},
  options?: WorkspaceCallOptions,
): Promise<PingAnswer> {
  return callWorkspace(client, PING, parameters, options);
}
