import type { z } from "zod";
import { callManager, type ManagerCallOptions } from "./callManager.ts";
import type { ManagerClient } from "./createManagerClient.ts";
import { MANAGER_REFUSE } from "./endpoints.ts";

export type RefuseManagerPlanParameters = z.input<typeof MANAGER_REFUSE.input>;
export type RefuseManagerPlanAnswer = z.output<typeof MANAGER_REFUSE.output>;

/**
 * Says no to a plan.
 *
 * @example
 * await refuseManagerPlan(client, { id });
 */
export function refuseManagerPlan(
  client: ManagerClient,
  parameters: RefuseManagerPlanParameters,
  options?: ManagerCallOptions,
): Promise<RefuseManagerPlanAnswer> {
  return callManager(client, MANAGER_REFUSE, parameters, options);
}
