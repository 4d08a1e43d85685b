import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { followStream } from "./followStream.ts";
import { createReader } from "./readAnew.ts";

/** What changed in what the agents of a cluster share, as `/workspace/{cluster}/events` tells it. */
export interface WorkspaceChange {
  readonly view: string;
  readonly type: string;
  readonly id?: string;
  readonly author?: { readonly id: string; readonly name: string };
  readonly about?: string;
  readonly text?: string;
}

interface Stream {
  readonly listeners: Set<(change: WorkspaceChange) => void>;
  end(): void;
}

/** One stream for each cluster that is looked at, however many parts of the page look. */
const streams = new Map<string, Stream>();

/**
 * Keeps everything that was read of a cluster's workspace fresh while the calling view is shown. Queries of it have the key
 * `["workspace", cluster, view, …]`, `view` being the log's: messages, context, rules, memory, threads, jobs, presence, files.
 *
 * @param onChange Told of each change besides, as it comes. It has to be the same function from one drawing to the next.
 */
export function useWorkspaceChanges(cluster: string, onChange?: (change: WorkspaceChange) => void): void {
  const queries = useQueryClient();
  useEffect(() => {
    const stream = streams.get(cluster) ?? follow(queries, cluster);
    streams.set(cluster, stream);
    const listener = onChange === undefined ? () => {} : (change: WorkspaceChange) => onChange(change);
    stream.listeners.add(listener);
    return () => {
      stream.listeners.delete(listener);
      if (stream.listeners.size > 0) return;
      streams.delete(cluster);
      stream.end();
    };
  }, [queries, cluster, onChange]);
}

function follow(queries: QueryClient, cluster: string): Stream {
  const listeners = new Set<(change: WorkspaceChange) => void>();
  const readAnew = createReader(queries);
  const end = followStream<WorkspaceChange>(`/workspace/${cluster}/events`, {
    onConnection(now) {
      // What changed while nobody listened.
      if (now === "live") readAnew({ queryKey: ["workspace", cluster] });
    },
    onMessage(change) {
      readAnew({ queryKey: ["workspace", cluster, ...(change.view === "all" ? [] : [change.view])] });
      for (const listener of listeners) listener(change);
    },
  });
  return { listeners, end };
}
