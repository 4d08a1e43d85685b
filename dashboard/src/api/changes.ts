import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { type Connection, followStream } from "./followStream.ts";
import { createReader } from "./readAnew.ts";

interface Change {
  readonly topic: string;
  readonly ids: readonly string[] | null;
}

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
export function followChanges(queries: QueryClient, follow: typeof followStream = followStream): () => void {
  const readAnew = createReader(queries);
  return follow<{ readonly changes?: readonly Change[] }>("/changes", {
    onConnection(now) {
      set(now);
      // What changed while nobody listened.
      if (now === "live") readAnew({ predicate: ({ queryKey }) => queryKey[0] !== "blob" });
    },
    onMessage({ changes = [] }) {
      // Several that touch the same have it read once.
      readAnew(...changes.flatMap(keysOf).map((queryKey) => ({ queryKey })));
    },
  });
}

/** Keys of what is shown of a topic. */
function keysOf({ topic, ids }: Change): readonly QueryKey[] {
  /** Of each that is named, or of all. */
  const each = (...key: QueryKey): readonly QueryKey[] => ids?.map((id) => [...key, id]) ?? [key];
  switch (topic) {
    case "head":
      // How deep a thing is in the chain changes with each block.
      return [["overview"], ["execution"], ["finality"], ["status"]];
    case "status":
      return [["overview"], ["status"], ["usage", "budgets"]];
    case "job": {
      // Steps of jobs are many, and the overview shows none of them. `12.all`: of each of the tasks.
      const isOfAll = ids?.some((id) => id.endsWith(".all")) ?? true;
      return [["job", "rows"], ["status"], ...(isOfAll ? [["job", "story"]] : each("job", "story"))];
    }
    case "execution":
      // What nodes did, and what was earned with it.
      return [["overview"], ["executions"], ["node"], ["credit"], ...each("execution")];
    case "cluster":
      return [["overview"], ["clusters"], ["cluster"], ["workspaces"]];
    case "presence":
      return ids?.map((id) => ["workspace", id, "presence"]) ?? [["workspace"]];
    // Nothing of these is on the overview. What a gate prints is many times a second.
    case "folder":
      return [["folders"], ...each("folder")];
    case "merge":
      return each("merge");
    default:
      return [["overview"], [topic]];
  }
}
