import type { z } from "zod";
import { callManager, type ManagerCallOptions } from "./callManager.ts";
import type { ManagerClient } from "./createManagerClient.ts";
import { MANAGER_ALERTS } from "./endpoints.ts";

export type ListManagerAlertsParameters = z.input<typeof MANAGER_ALERTS.input>;
export type ListManagerAlertsAnswer = z.output<typeof MANAGER_ALERTS.output>;

/**
 * Lists the alerts of a manager.
 *
 * @example
 * await listManagerAlerts(client);
 */
export function listManagerAlerts(
  client: ManagerClient,
  parameters: ListManagerAlertsParameters = {},
  options?: ManagerCallOptions,
): Promise<ListManagerAlertsAnswer> {
  return callManager(client, MANAGER_ALERTS, parameters, options);
}
