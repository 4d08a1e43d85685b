import { z } from "zod";
import { readEvents } from "../workspace/readEvents.ts";
import type { ManagerClient } from "./createManagerClient.ts";

const eventSchema = z.object({ kind: z.enum(["open", "change"]) });

/** `open` first, then `change` after a reconciliation, or when a plan or an alert became another: what, is read with the other actions. */
export type ManagerEvent = z.output<typeof eventSchema>;

/**
 * Tells when something changed about a manager, until the reader stops or `signal` ends it.
 *
 * @example
 * for await (const _ of watchManager(client)) console.log(await getManagerStatus(client));
 * @throws PleiadError as `watchWorkspace`
 */
export function watchManager(
  client: ManagerClient,
  options: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<ManagerEvent, void> {
  return readEvents(client, "/manager/events", eventSchema, options.signal);
}
