import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { LIST_RESERVATIONS } from "./endpoints/files.ts";

export type ListReservationsParameters = z.input<typeof LIST_RESERVATIONS.input>;
export type ListReservationsAnswer = z.output<typeof LIST_RESERVATIONS.output>;

/**
 * Lists which files are reserved, and by whom.
 *
 * @example
 * await listReservations(client);
 */
export function listReservations(
  client: WorkspaceClient,
  parameters: ListReservationsParameters = {},
  options?: WorkspaceCallOptions,
): Promise<ListReservationsAnswer> {
  return callWorkspace(client, LIST_RESERVATIONS, parameters, options);
}
