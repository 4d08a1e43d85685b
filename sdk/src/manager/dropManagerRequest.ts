import type { z } from "zod";
import { callManager, type ManagerCallOptions } from "./callManager.ts";
import type { ManagerClient } from "./createManagerClient.ts";
import { MANAGER_DROP } from "./endpoints.ts";

export type DropManagerRequestParameters = z.input<typeof MANAGER_DROP.input>;
export type DropManagerRequestAnswer = z.output<typeof MANAGER_DROP.output>;

/**
 * Lets a request for a cluster be tried no more.
 *
 * @example
 * await dropManagerRequest(client, { slug: "weekly-brief" });
 */
export function dropManagerRequest(
  client: ManagerClient,
  parameters: DropManagerRequestParameters,
  options?: ManagerCallOptions,
): Promise<DropManagerRequestAnswer> {
  return callManager(client, MANAGER_DROP, parameters, options);
}
