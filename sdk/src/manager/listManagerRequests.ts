import type { z } from "zod";
import { callManager, type ManagerCallOptions } from "./callManager.ts";
import type { ManagerClient } from "./createManagerClient.ts";
import { MANAGER_STANDING } from "./endpoints.ts";

export type ListManagerRequestsAnswer = z.output<typeof MANAGER_STANDING.output>;

/**
 * Lists requests for clusters that are not formed yet, and are tried again.
 *
 * @example
 * const { requests } = await listManagerRequests(client);
 */
export function listManagerRequests(
  client: ManagerClient,
  options?: ManagerCallOptions,
): Promise<ListManagerRequestsAnswer> {
  return callManager(client, MANAGER_STANDING, {}, options);
}
