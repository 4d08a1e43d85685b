import type { z } from "zod";
import { callManager, type ManagerCallOptions } from "./callManager.ts";
import type { ManagerClient } from "./createManagerClient.ts";
import { MANAGER_PLANS } from "./endpoints.ts";

export type ListManagerPlansParameters = z.input<typeof MANAGER_PLANS.input>;
export type ListManagerPlansAnswer = z.output<typeof MANAGER_PLANS.output>;

/**
 * Lists plans, the newest first.
 *
 * @example
 * await listManagerPlans(client);
 */
export function listManagerPlans(
  client: ManagerClient,
  parameters: ListManagerPlansParameters = {},
  options?: ManagerCallOptions,
): Promise<ListManagerPlansAnswer> {
  return callManager(client, MANAGER_PLANS, parameters, options);
}
