import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { currentSession } from "../session.ts";

/** What changed in what the agents of a cluster share, as `/workspace/{cluster}/events` tells it. */
export interface WorkspaceChange {
  readonly view: string;
  readonly type: string;
  readonly id?: string;
  readonly author?: { readonly id: string; readonly name: string };
  readonly about?: string;
  readonly text?: string;
}

const PROTOCOL = "pleiad.workspace.v1";
/** Between two tries, doubled each time. Milliseconds. */
const AGAIN_MS_MIN = 250;
const AGAIN_MS_MAX = 4_000;
/** Token or right is no more: nothing is tried again. */
const CLOSE_REFUSED = 4403;

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
  let isOver = false;
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let againMs = AGAIN_MS_MIN;

  function connect(): void {
    const session = currentSession();
    if (isOver || session.state !== "open") return;
    socket = new WebSocket(`ws://${location.host}/workspace/${cluster}/events`, [
      PROTOCOL,
      `bearer.${session.token}`,
    ]);
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as { readonly kind: string } & WorkspaceChange;
      if (message.kind === "open") {
        againMs = AGAIN_MS_MIN;
        // What changed while nobody listened.
        void queries.invalidateQueries({ queryKey: ["workspace", cluster] });
        return;
      }
      void queries.invalidateQueries({
        queryKey: message.view === "all" ? ["workspace", cluster] : ["workspace", cluster, message.view],
      });
      for (const listener of listeners) listener(message);
    });
    socket.addEventListener("close", ({ code }) => {
      if (isOver || code === CLOSE_REFUSED) return;
      timer = setTimeout(connect, againMs);
      againMs = Math.min(AGAIN_MS_MAX, againMs * 2);
    });
  }

  connect();
  return {
    listeners,
    end() {
      isOver = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}
