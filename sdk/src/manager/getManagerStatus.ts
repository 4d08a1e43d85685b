import type { z } from "zod";
import { callManager, type ManagerCallOptions } from "./callManager.ts";
import type { ManagerClient } from "./createManagerClient.ts";
import { MANAGER_STATUS } from "./endpoints.ts";

export type GetManagerStatusParameters = z.input<typeof MANAGER_STATUS.input>;
export type GetManagerStatusAnswer = z.output<typeof MANAGER_STATUS.output>;

/**
 * Tells how the clusters of a manager are, what it wants and what it has under way.
 *
 * @example
 * await getManagerStatus(client);
 */
export function getManagerStatus(
  client: ManagerClient,
  parameters: GetManagerStatusParameters = {},
  options?: ManagerCallOptions,
): Promise<GetManagerStatusAnswer> {
  return callManager(client, MANAGER_STATUS, parameters, options);
}
