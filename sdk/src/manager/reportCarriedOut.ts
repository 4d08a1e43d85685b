import type { z } from "zod";
import { callManager, type ManagerCallOptions } from "./callManager.ts";
import type { ManagerClient } from "./createManagerClient.ts";
import { MANAGER_CARRIED_OUT } from "./endpoints.ts";

export type ReportCarriedOutParameters = z.input<typeof MANAGER_CARRIED_OUT.input>;
export type ReportCarriedOutAnswer = z.output<typeof MANAGER_CARRIED_OUT.output>;

/**
 * Tells that somebody with the key has done a step of a plan; the manager goes on behind it.
 *
 * @example
 * await reportCarriedOut(client, { id, step: 0, outcome: hash });
 */
export function reportCarriedOut(
  client: ManagerClient,
  parameters: ReportCarriedOutParameters,
  options?: ManagerCallOptions,
): Promise<ReportCarriedOutAnswer> {
  return callManager(client, MANAGER_CARRIED_OUT, parameters, options);
}
