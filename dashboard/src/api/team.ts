import { useQueries, useQuery } from "@tanstack/react-query";
import { read, write } from "./client.ts";
import type { ExecutionAnswer, ListAgentsAnswer } from "./types.ts";

export type Member = ListAgentsAnswer["agents"][number];

/** Executions in flight whose tasks are shown: what a person follows at once. */
const EXECUTIONS_FOLLOWED_MAX = 12;
/** What the daemon gives in one answer. */
const ROWS_MAX = 200;

/** Who takes part in a cluster, and what runs them. */
export function useAgents(cluster: string, isWanted = true) {
  return useQuery({
    enabled: isWanted,
    queryKey: ["workspace", cluster, "presence", "agents"],
    queryFn: ({ signal }) => read("/workspace/{cluster}/agents", { cluster }, {}, signal),
  });
}

export function useAboutAgent(cluster: string, name: string) {
  return useQuery({
    queryKey: ["workspace", cluster, "presence", "agent", name],
    queryFn: ({ signal }) => read("/workspace/{cluster}/agents/{name}", { cluster, name }, {}, signal),
  });
}

/** Who talked with whom over the last messages. */
export function useTalk(cluster: string) {
  return useQuery({
    queryKey: ["workspace", cluster, "messages", "talk"],
    queryFn: ({ signal }) => read("/workspace/{cluster}/talk", { cluster }, {}, signal),
  });
}

/** Work that has no end yet, and what ended last. */
export function useJobs(cluster: string) {
  return useQuery({
    queryKey: ["workspace", cluster, "jobs", ROWS_MAX],
    queryFn: ({ signal }) => read("/workspace/{cluster}/jobs", { cluster }, { limit: ROWS_MAX }, signal),
  });
}

export function useReservations(cluster: string) {
  return useQuery({
    queryKey: ["workspace", cluster, "files", "reservations"],
    queryFn: ({ signal }) => read("/workspace/{cluster}/reservations", { cluster }, {}, signal),
  });
}

export function useThreads(cluster: string, isWanted = true) {
  return useQuery({
    enabled: isWanted,
    queryKey: ["workspace", cluster, "threads", "list"],
    queryFn: ({ signal }) => read("/workspace/{cluster}/threads", { cluster }, {}, signal),
  });
}

export function useTerminalList(cluster: string) {
  return useQuery({
    queryKey: ["workspace", cluster, "presence", "terminals"],
    queryFn: ({ signal }) => read("/workspace/{cluster}/terminals", { cluster }, {}, signal),
  });
}

/** The last messages of whoever looks, both ways. */
export function useMail(cluster: string) {
  return useQuery({
    queryKey: ["workspace", cluster, "messages", "mail"],
    queryFn: async ({ signal }) => {
      const boxOf = (box: "all" | "sent") =>
        write("POST /workspace/{cluster}/messages/read", { cluster }, { box, limit: ROWS_MAX }, { signal });
      const [all, sent] = await Promise.all([boxOf("all"), boxOf("sent")]);
      const byId = new Map([...all.messages, ...sent.messages].map((message) => [message.id, message]));
      return [...byId.values()].sort((a, b) => b.queuedAtMs - a.queuedAtMs);
    },
  });
}

/** What agents used: for the operator and a cluster's owner. */
export function useUsage() {
  return useQuery({ queryKey: ["usage"], queryFn: ({ signal }) => read("/usage", {}, { limit: 0 }, signal) });
}

/** What a helper can be started with on this node. */
export function useOffers() {
  return useQuery({ queryKey: ["offers"], queryFn: ({ signal }) => read("/offers", {}, {}, signal) });
}

/** The tasks of a cluster's executions in flight. They are read anew when an execution changes, not with each block. */
export function useRunningTasks(cluster: string): readonly ExecutionAnswer[] {
  const running = useQuery({
    queryKey: ["executions", { cluster, state: "running" }],
    queryFn: ({ signal }) =>
      read("/chain/executions", {}, { cluster, state: "running", limit: EXECUTIONS_FOLLOWED_MAX }, signal),
  });
  return useQueries({
    queries: (running.data?.executions ?? []).map(({ execution }) => ({
      queryKey: ["executions", "tasks", execution],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
        read("/chain/executions/{execution}", { execution }, {}, signal),
    })),
    combine: (results) => results.flatMap(({ data }) => data ?? []),
  });
}
