import { z } from "zod";
import { PleiadError } from "../errors/base.ts";
import { sdkError } from "../errors/sdkError.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
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

/** Events that wait for whoever reads them; above that the reader reads anew, as after a lost connection. */
export const EVENTS_WAITING_MAX = 4_096;

/** The close code with which a daemon says that its reader was too slow. */
const BEHIND = 4_408;

/**
 * Tells what changes in a cluster's workspace, as it changes, until the reader stops or `signal` ends it.
 *
 * @example
 * for await (const event of watchWorkspace(client)) console.log(event);
 * @throws PleiadError WORKSPACE_INPUT_INVALID for what is no token; WORKSPACE_UNREACHABLE (retryable) where it could not begin or the daemon went away; WORKSPACE_EVENTS_LOST
 * (retryable) where the reader was too slow; or the code with which the daemon ended it, as TOKEN_WRONG
 */
export async function* watchWorkspace(
  client: WorkspaceClient,
  options: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<WorkspaceEvent, void> {
  const { signal } = options;
  if (!/^[\w-]+$/.test(client.token))
    throw sdkError("WORKSPACE_INPUT_INVALID", "the token has signs that no token has");
  const url = new URL(`/workspace/${client.cluster}/events`, client.apiUrl);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const waiting: WorkspaceEvent[] = [];
  let ended: { readonly error?: Error } | undefined;
  let wake = () => {};
  const end = (error?: Error) => {
    ended ??= error === undefined ? {} : { error };
    wake();
  };
  // A browser's WebSocket sends no header of ours: the token goes among the protocols.
  const socket = new WebSocket(url, ["pleiad.workspace.v1", `bearer.${client.token}`]);
  socket.addEventListener("message", ({ data }) => {
    const event = eventSchema.safeParse(parseJson(data));
    if (!event.success)
      end(sdkError("WORKSPACE_ANSWER_INVALID", `${client.apiUrl} told an event of another form`));
    else if (waiting.push(event.data) > EVENTS_WAITING_MAX) end(lost(client));
    wake();
  });
  socket.addEventListener("close", ({ code, reason }) => end(errorOf(client, code, reason)));
  const stop = () => end();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    while (signal?.aborted !== true) {
      const next = waiting.shift();
      if (next !== undefined) {
        yield next;
      } else if (ended !== undefined) {
        if (ended.error !== undefined) throw ended.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    socket.close();
  }
}

function errorOf(client: WorkspaceClient, code: number, reason: string): PleiadError {
  if (code === BEHIND) return lost(client);
  if (code >= 4_000 && reason !== "") {
    return new PleiadError(`the daemon at ${client.apiUrl} ended the events: ${reason}`, {
      code: reason,
      hint: `pleiad explain ${reason} says more`,
    });
  }
  return sdkError("WORKSPACE_UNREACHABLE", `the daemon at ${client.apiUrl} tells no events (${code})`);
}

function lost({ apiUrl }: WorkspaceClient): PleiadError {
  return sdkError("WORKSPACE_EVENTS_LOST", `more changed than was read of the events of ${apiUrl}`);
}

function parseJson(data: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
  }
}
