import type { z } from "zod";
import { callManager, type ManagerCallOptions } from "./callManager.ts";
import type { ManagerClient } from "./createManagerClient.ts";
import { MANAGER_PLAN } from "./endpoints.ts";

export type GetManagerPlanParameters = z.input<typeof MANAGER_PLAN.input>;
export type GetManagerPlanAnswer = z.output<typeof MANAGER_PLAN.output>;

/**
 * Shows one plan, step by step.
 *
 * @example
 * await getManagerPlan(client, { id });
 */
export function getManagerPlan(
  client: ManagerClient,
  parameters: GetManagerPlanParameters,
  options?: ManagerCallOptions,
): Promise<GetManagerPlanAnswer> {
  return callManager(client, MANAGER_PLAN, parameters, options);
}
