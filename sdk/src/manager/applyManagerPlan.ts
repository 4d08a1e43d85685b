import type { z } from "zod";
import { callManager, type ManagerCallOptions } from "./callManager.ts";
import type { ManagerClient } from "./createManagerClient.ts";
import { MANAGER_APPLY } from "./endpoints.ts";

export type ApplyManagerPlanParameters = z.input<typeof MANAGER_APPLY.input>;
export type ApplyManagerPlanAnswer = z.output<typeof MANAGER_APPLY.output>;

/**
 * Says yes to a plan and has it applied, as far as the daemon has the keys.
 *
 * @example
 * await applyManagerPlan(client, { id });
 */
export function applyManagerPlan(
  client: ManagerClient,
  parameters: ApplyManagerPlanParameters,
  options?: ManagerCallOptions,
): Promise<ApplyManagerPlanAnswer> {
  return callManager(client, MANAGER_APPLY, parameters, options);
}
