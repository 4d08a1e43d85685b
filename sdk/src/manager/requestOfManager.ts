import type { z } from "zod";
import { callManager, type ManagerCallOptions } from "./callManager.ts";
import type { ManagerClient } from "./createManagerClient.ts";
import { MANAGER_REQUEST } from "./endpoints.ts";

export type RequestOfManagerParameters = z.input<typeof MANAGER_REQUEST.input>;
export type RequestOfManagerAnswer = z.output<typeof MANAGER_REQUEST.output>;

/**
 * Asks for a cluster to be formed, for members to be told something, or for places.
 *
 * @example
 * await requestOfManager(client, { request: { kind: "SCALING", cluster: "7" } });
 */
export function requestOfManager(
  client: ManagerClient,
  parameters: RequestOfManagerParameters,
  options?: ManagerCallOptions,
): Promise<RequestOfManagerAnswer> {
  return callManager(client, MANAGER_REQUEST, parameters, options);
}
