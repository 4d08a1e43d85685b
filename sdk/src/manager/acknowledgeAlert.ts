import type { z } from "zod";
import { callManager, type ManagerCallOptions } from "./callManager.ts";
import type { ManagerClient } from "./createManagerClient.ts";
import { MANAGER_ACKNOWLEDGE } from "./endpoints.ts";

export type AcknowledgeAlertParameters = z.input<typeof MANAGER_ACKNOWLEDGE.input>;
export type AcknowledgeAlertAnswer = z.output<typeof MANAGER_ACKNOWLEDGE.output>;

/**
 * Says that somebody knows of an alert.
 *
 * @example
 * await acknowledgeAlert(client, { id });
 */
export function acknowledgeAlert(
  client: ManagerClient,
  parameters: AcknowledgeAlertParameters,
  options?: ManagerCallOptions,
): Promise<AcknowledgeAlertAnswer> {
  return callManager(client, MANAGER_ACKNOWLEDGE, parameters, options);
}
