import type { z } from "zod";
import { callManager, type ManagerCallOptions } from "./callManager.ts";
import type { ManagerClient } from "./createManagerClient.ts";
import { MANAGER_EXPLAIN } from "./endpoints.ts";

export type ExplainByManagerParameters = z.input<typeof MANAGER_EXPLAIN.input>;
export type ExplainByManagerAnswer = z.output<typeof MANAGER_EXPLAIN.output>;

/**
 * Says why a plan was made, an alert fires, or a cluster is as it is.
 *
 * @example
 * await explainByManager(client, { subject: "cluster/7" });
 */
export function explainByManager(
  client: ManagerClient,
  parameters: ExplainByManagerParameters,
  options?: ManagerCallOptions,
): Promise<ExplainByManagerAnswer> {
  return callManager(client, MANAGER_EXPLAIN, parameters, options);
}
