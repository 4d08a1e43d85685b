import { z } from "zod";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { readEvents } from "./readEvents.ts";
import { entryIdSchema, partySchema } from "./schemas/common.ts";

const eventSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("open"), cluster: z.string() }),
  z.object({
    kind: z.literal("change"),
    cluster: z.string(),
    view: z.string(),
    type: z.string(),
    id: entryIdSchema.optional(),
    author: partySchema.optional(),
    about: z.string().optional(),
    text: z.string().optional(),
  }),
]);

/**
 * `open` first, then what changed: a view, by which kind of entry, and, where the reader may see it, by whom, about what (a key, a
 * thread, a recipient) and how its text begins. The whole of it is read with the other actions.
 */
export type WorkspaceEvent = z.output<typeof eventSchema>;

/**
 * Tells what changes in a cluster's workspace, as it changes, until the reader stops or `signal` ends it.
 *
 * @example
 * for await (const event of watchWorkspace(client)) console.log(event);
 * @throws PleiadError WORKSPACE_INPUT_INVALID for what is no token; WORKSPACE_UNREACHABLE (retryable) where it could not begin or the daemon went away; WORKSPACE_EVENTS_LOST
 * (retryable) where the reader was too slow; or the code with which the daemon ended it, as TOKEN_WRONG
 */
export function watchWorkspace(
  client: WorkspaceClient,
  options: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<WorkspaceEvent, void> {
  return readEvents(client, `/workspace/${client.cluster}/events`, eventSchema, options.signal);
}
