import type { QueryClient } from "@tanstack/react-query";
import { closeSession, currentSession } from "../session.ts";
import { ApiFailure, read } from "./client.ts";

/** `live`: what is shown is told of changes. `lost`: what is shown may be old. */
export type Connection = "connecting" | "live" | "lost";

interface Change {
  readonly topic: string;
  readonly ids: readonly string[] | null;
}

const PROTOCOL = "pleiad.workspace.v1";
/** Between two tries, doubled each time, as a daemon that restarts is back within seconds. Milliseconds. */
const AGAIN_MS_MIN = 250;
const AGAIN_MS_MAX = 4_000;
/** Its token has ended. */
const CLOSE_REFUSED = 4403;

let connection: Connection = "connecting";
const listeners = new Set<() => void>();

export function currentConnection(): Connection {
  return connection;
}

export function onConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function set(next: Connection): void {
  if (next === connection) return;
  connection = next;
  for (const listener of listeners) listener();
}

/** Hears from the daemon what changed, and has that read anew. Goes on until the answer is called. */
export function followChanges(queries: QueryClient): () => void {
  let isOver = false;
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let againMs = AGAIN_MS_MIN;
  set("connecting");

  function connect(): void {
    const session = currentSession();
    if (isOver || session.state !== "open") return;
    const made = new WebSocket(`ws://${location.host}/changes`, [PROTOCOL, `bearer.${session.token}`]);
    socket = made;
    made.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as {
        readonly kind: string;
        readonly changes?: readonly Change[];
      };
      if (message.kind === "open") {
        againMs = AGAIN_MS_MIN;
        set("live");
        // What changed while nobody listened.
        void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "blob" });
      } else for (const change of message.changes ?? []) readAnew(queries, change);
    });
    made.addEventListener("close", ({ code }) => {
      if (isOver) return;
      set("lost");
      if (code === CLOSE_REFUSED) void whyRefused();
      else void tryAgain();
    });
  }

  async function tryAgain(): Promise<void> {
    await whyRefused();
    if (isOver || currentSession().state !== "open") return;
    timer = setTimeout(connect, againMs);
    againMs = Math.min(AGAIN_MS_MAX, againMs * 2);
  }

  connect();
  return () => {
    isOver = true;
    clearTimeout(timer);
    socket?.close();
  };
}

/** A handshake that was refused says nothing; this says whether it was the token, and closes the session then. */
async function whyRefused(): Promise<void> {
  try {
    await read("/me");
  } catch (error) {
    if (error instanceof ApiFailure && error.code === "TOKEN_WRONG") closeSession("wrong");
  }
}

/** What is shown of a topic. */
function readAnew(queries: QueryClient, { topic, ids }: Change): void {
  const invalidate = (...queryKey: readonly unknown[]) => void queries.invalidateQueries({ queryKey });
  if (topic === "folder" || topic === "merge") {
    // Nothing of it is on the overview. What a gate prints is many times a second.
    if (topic === "folder") invalidate("folders");
    for (const id of ids ?? [undefined]) invalidate(topic, ...(id === undefined ? [] : [id]));
    return;
  }
  // Steps of jobs are many, and the overview shows none of them.
  if (topic !== "job" && topic !== "presence") invalidate("overview");
  switch (topic) {
    case "head":
      // How deep a thing is in the chain changes with each block.
      invalidate("execution");
      invalidate("finality");
      invalidate("status");
      break;
    case "status":
      invalidate("status");
      invalidate("usage", "budgets");
      break;
    case "job":
      invalidate("job", "rows");
      invalidate("status");
      // `12.all`: of each of its tasks.
      if (ids === null || ids.some((id) => id.endsWith(".all"))) invalidate("job", "story");
      else for (const id of ids) invalidate("job", "story", id);
      break;
    case "execution":
      invalidate("executions");
      // What nodes did, and what was earned with it.
      invalidate("node");
      invalidate("credit");
      if (ids === null) invalidate("execution");
      else for (const id of ids) invalidate("execution", id);
      break;
    case "cluster":
      invalidate("clusters");
      invalidate("cluster");
      invalidate("workspaces");
      break;
    case "presence":
      for (const id of ids ?? []) invalidate("workspace", id, "presence");
      if (ids === null) invalidate("workspace");
      break;
    default:
      invalidate(topic);
  }
}
