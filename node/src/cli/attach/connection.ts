import { PleiadError } from "@pleiad/sdk/errors";
import type { WorkspaceClient } from "@pleiad/sdk/workspace/createWorkspaceClient";
import {
  type TerminalServerMessage,
  type TerminalViewerMessage,
  terminalMessageSchema,
} from "../../workspace/http/terminalMessages.ts";

/** A connection to a terminal. */
export interface TerminalConnection {
  send(message: TerminalViewerMessage): void;
  close(): void;
  /** Settles when it is over; rejects with why, unless all was told or it was closed from here. */
  readonly over: Promise<void>;
}

/** Connects to an agent's terminal. */
export function connectTerminal(
  client: WorkspaceClient,
  name: string,
  onMessage: (message: TerminalServerMessage) => void,
): TerminalConnection {
  const url = new URL(`/workspace/${client.cluster}/terminals/${encodeURIComponent(name)}`, client.apiUrl);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(url, ["pleiad.workspace.v1", `bearer.${client.token}`]);
  const over = Promise.withResolvers<void>();
  let isClosed = false;
  socket.addEventListener("message", ({ data }) => {
    const message = terminalMessageSchema.safeParse(parseJson(data));
    if (message.success) onMessage(message.data);
    else {
      over.reject(
        new PleiadError(`${client.apiUrl} told something else of ${name} than expected`, {
          code: "DAEMON_ANSWER_INVALID",
          hint: "start it with the same version as this program",
        }),
      );
      socket.close();
    }
  });
  socket.addEventListener("close", ({ code, reason }) => {
    if (isClosed || code === 1000) over.resolve();
    else over.reject(reasonOf(client, code, reason));
  });
  return {
    send(message) {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },
    close() {
      isClosed = true;
      socket.close();
    },
    over: over.promise,
  };
}

function reasonOf({ apiUrl }: WorkspaceClient, code: number, reason: string): PleiadError {
  if (code >= 4_000 && reason !== "")
    return new PleiadError(`the daemon at ${apiUrl} closed the terminal: ${reason}`, {
      code: reason,
      hint: `pleiad explain ${reason} says more`,
    });
  return new PleiadError(`the daemon at ${apiUrl} went away (${code})`, {
    code: "DAEMON_UNREACHABLE",
    retryable: true,
    hint: "attach again once it runs",
  });
}

function parseJson(data: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
  }
}
