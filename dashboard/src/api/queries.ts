import { keepPreviousData, QueryClient, useQuery } from "@tanstack/react-query";
import { ApiFailure, read, readBlob } from "./client.ts";

/** Tries of what may succeed by itself, as while the daemon starts. */
const TRIES_MAX = 3;

/** The stream of changes says what is old, so nothing is read by the clock. */
export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        // The daemon is on this machine: whether there is a network is another question.
        networkMode: "always",
        retry: (failures, error) => error instanceof ApiFailure && error.isRetryable && failures < TRIES_MAX,
      },
    },
  });
}

export function useMe() {
  return useQuery({ queryKey: ["me"], queryFn: ({ signal }) => read("/me", {}, {}, signal) });
}

export function useOverview() {
  return useQuery({ queryKey: ["overview"], queryFn: ({ signal }) => read("/overview", {}, {}, signal) });
}

/** Clusters whose workspace is open on this node, as far as the token may see them. */
export function useWorkspaces() {
  const { data: me } = useMe();
  return useQuery({
    queryKey: ["workspaces"],
    enabled: me?.hasWorkspace === true,
    queryFn: ({ signal }) => read("/workspace", {}, {}, signal),
  });
}

export function useExecution(execution: string) {
  return useQuery({
    queryKey: ["execution", execution],
    queryFn: ({ signal }) => read("/chain/executions/{execution}", { execution }, {}, signal),
  });
}

export function useExecutions(query: {
  readonly cluster?: string;
  readonly q?: string | undefined;
  readonly state?: "running" | "ended" | undefined;
  readonly before?: string | undefined;
}) {
  return useQuery({
    queryKey: ["executions", query],
    queryFn: ({ signal }) => read("/chain/executions", {}, query, signal),
    // The page before stays until the next is there.
    placeholderData: keepPreviousData,
  });
}

export function useClusters(before: string | undefined, q?: string) {
  return useQuery({
    queryKey: ["clusters", before, q],
    queryFn: ({ signal }) => read("/chain/clusters", {}, { before, q }, signal),
    // The page before stays until the next is there.
    placeholderData: keepPreviousData,
  });
}

export function useCluster(cluster: string) {
  return useQuery({
    queryKey: ["cluster", cluster],
    queryFn: ({ signal }) => read("/chain/clusters/{cluster}", { cluster }, {}, signal),
  });
}

export function useVersion(cluster: string, version: string | undefined) {
  return useQuery({
    queryKey: ["version", cluster, version],
    enabled: version !== undefined,
    queryFn: ({ signal }) =>
      read("/chain/clusters/{cluster}/versions/{version}", { cluster, version }, {}, signal),
  });
}

/** Bytes by their digest: they never change, whatever else does. */
export function useBlob(digest: string) {
  return useQuery({
    queryKey: ["blob", digest],
    queryFn: ({ signal }) => readBlob(digest, signal),
  });
}
