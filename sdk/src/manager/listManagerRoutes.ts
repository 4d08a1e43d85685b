import type { z } from "zod";
import { callManager, type ManagerCallOptions } from "./callManager.ts";
import type { ManagerClient } from "./createManagerClient.ts";
import { MANAGER_ROUTES } from "./endpoints.ts";

export type ListManagerRoutesParameters = z.input<typeof MANAGER_ROUTES.input>;
export type ListManagerRoutesAnswer = z.output<typeof MANAGER_ROUTES.output>;

/**
 * Lists which nodes are asked for each member of a cluster, the nearest that lives first. What members are told goes by the log to all.
 *
 * @example
 * await listManagerRoutes(client, { cluster: "7" });
 */
export function listManagerRoutes(
  client: ManagerClient,
  parameters: ListManagerRoutesParameters,
  options?: ManagerCallOptions,
): Promise<ListManagerRoutesAnswer> {
  return callManager(client, MANAGER_ROUTES, parameters, options);
}
