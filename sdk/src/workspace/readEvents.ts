import type { z } from "zod";
import { PleiadError } from "../errors/base.ts";
import { sdkError } from "../errors/sdkError.ts";
import type { DaemonAddress } from "./askEndpoint.ts";

/** Events that wait for whoever reads them; above that the reader reads anew, as after a lost connection. */
export const EVENTS_WAITING_MAX = 4_096;

/** The close code with which a daemon says that its reader was too slow. */
const BEHIND = 4_408;

/**
 * Reads what a daemon tells over a WebSocket, until the reader stops or `signal` ends it.
 *
 * @param path As `/workspace/3/events`.
 * @throws PleiadError as `watchWorkspace`
 */
export async function* readEvents<Event extends z.ZodType>(
  client: Pick<DaemonAddress, "apiUrl" | "token">,
  path: string,
  schema: Event,
  signal: AbortSignal | undefined,
): AsyncGenerator<z.output<Event>, void> {
  if (!/^[\w-]+$/.test(client.token))
    throw sdkError("WORKSPACE_INPUT_INVALID", "the token has signs that no token has");
  const url = new URL(path, client.apiUrl);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const waiting: z.output<Event>[] = [];
  let ended: { readonly error?: Error } | undefined;
  let wake = () => {};
  const end = (error?: Error) => {
    ended ??= error === undefined ? {} : { error };
    wake();
  };
  // A browser's WebSocket sends no header of ours: the token goes among the protocols.
  const socket = new WebSocket(url, ["pleiad.workspace.v1", `bearer.${client.token}`]);
  socket.addEventListener("message", ({ data }) => {
    const event = schema.safeParse(parseJson(data));
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

function errorOf(client: Pick<DaemonAddress, "apiUrl">, code: number, reason: string): PleiadError {
  if (code === BEHIND) return lost(client);
  if (code >= 4_000 && reason !== "") {
    return new PleiadError(`the daemon at ${client.apiUrl} ended the events: ${reason}`, {
      code: reason,
      hint: `pleiad explain ${reason} says more`,
    });
  }
  return sdkError("WORKSPACE_UNREACHABLE", `the daemon at ${client.apiUrl} tells no events (${code})`);
}

function lost({ apiUrl }: Pick<DaemonAddress, "apiUrl">): PleiadError {
  return sdkError("WORKSPACE_EVENTS_LOST", `more changed than was read of the events of ${apiUrl}`);
}

function parseJson(data: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
  }
}
