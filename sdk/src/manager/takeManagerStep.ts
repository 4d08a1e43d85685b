import type { z } from "zod";
import { callManager, type ManagerCallOptions } from "./callManager.ts";
import type { ManagerClient } from "./createManagerClient.ts";
import { MANAGER_TAKE_STEP } from "./endpoints.ts";

export type TakeManagerStepParameters = z.input<typeof MANAGER_TAKE_STEP.input>;
export type TakeManagerStepAnswer = z.output<typeof MANAGER_TAKE_STEP.output>;

/**
 * Takes up the next step of a plan, before you send it with your key. What the plan rests on, its time and the policy are looked at, and
 * its cost is counted; pay no more for one gas than the answer says, and tell with `reportCarriedOut` what it led to.
 *
 * @example
 * const { weiPerGasMax } = await takeManagerStep(client, { id, step: 0 });
 */
export function takeManagerStep(
  client: ManagerClient,
  parameters: TakeManagerStepParameters,
  options?: ManagerCallOptions,
): Promise<TakeManagerStepAnswer> {
  return callManager(client, MANAGER_TAKE_STEP, parameters, options);
}
