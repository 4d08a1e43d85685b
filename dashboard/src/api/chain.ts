import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ask, read } from "./client.ts";
import type { CreditsAnswer } from "./types.ts";

/** Reads of the chain's views. Keys begin with the topic that tells of their change; see `changes.ts`. */

export interface ListQuery {
  readonly q?: string | undefined;
  readonly before?: string | undefined;
}

export function useVersions(cluster: string, before: string | undefined) {
  return useQuery({
    queryKey: ["cluster", cluster, "versions", before],
    queryFn: ({ signal }) => read("/chain/clusters/{cluster}/versions", { cluster }, { before }, signal),
    placeholderData: keepPreviousData,
  });
}

/** A version as a file to edit and publish again. */
export async function versionFile(cluster: string, version: string): Promise<string> {
  return (await read("/chain/clusters/{cluster}/versions/{version}/file", { cluster, version })).yaml;
}

/** @param parts how many moments of it are on the chain: receipts of those that were read never change */
export function useCosts(execution: string, parts: number) {
  return useQuery({
    queryKey: ["costs", execution, parts],
    queryFn: ({ signal }) => read("/chain/executions/{execution}/costs", { execution }, {}, signal),
    placeholderData: keepPreviousData,
  });
}

/** Checked when somebody wants it, and anew each time. */
export function verify(execution: string) {
  return read("/chain/executions/{execution}/verification", { execution });
}

/** The file as the daemon writes it. */
export async function receiptFile(execution: string): Promise<Blob> {
  return (await ask(`/chain/executions/${encodeURIComponent(execution)}/receipt`)).blob();
}

export function useNodes(query: ListQuery) {
  return useQuery({
    queryKey: ["node", "list", query],
    queryFn: ({ signal }) => read("/chain/nodes", {}, { ...query }, signal),
    placeholderData: keepPreviousData,
  });
}

export function useModels(query: ListQuery) {
  return useQuery({
    queryKey: ["model", "list", query],
    queryFn: ({ signal }) => read("/chain/models", {}, { ...query }, signal),
    placeholderData: keepPreviousData,
  });
}

export function useChainAgents(query: ListQuery) {
  return useQuery({
    queryKey: ["agent", "list", query],
    queryFn: ({ signal }) => read("/chain/agents", {}, { ...query }, signal),
    placeholderData: keepPreviousData,
  });
}

export function useNode(node: string) {
  return useQuery({
    queryKey: ["node", node],
    queryFn: ({ signal }) => read("/chain/nodes/{node}", { node }, {}, signal),
  });
}

export function useModel(model: string) {
  return useQuery({
    queryKey: ["model", model],
    queryFn: ({ signal }) => read("/chain/models/{model}", { model }, {}, signal),
  });
}

export function useChainAgent(agent: string) {
  return useQuery({
    queryKey: ["agent", agent],
    queryFn: ({ signal }) => read("/chain/agents/{agent}", { agent }, {}, signal),
  });
}

/** Nobody tells that somebody rated an agent, so what was read counts for a while. Milliseconds. */
const FEEDBACK_FRESH_MS = 60_000;

export function useFeedback(of: "agent" | "model", ids: readonly string[]) {
  const wanted = ids.join(",");
  return useQuery({
    queryKey: ["feedback", of, wanted],
    enabled: ids.length > 0,
    staleTime: FEEDBACK_FRESH_MS,
    queryFn: ({ signal }) => read("/chain/feedback", {}, { of, ids: wanted }, signal),
  });
}

export function useFinality() {
  return useQuery({
    queryKey: ["finality"],
    queryFn: ({ signal }) => read("/chain/finality", {}, {}, signal),
  });
}

export function useCredits() {
  return useQuery({
    queryKey: ["credit"],
    queryFn: ({ signal }) => read("/chain/credits", {}, {}, signal),
  });
}

export type Credit = CreditsAnswer["credits"][number];

/** Which credit it is, whoever looks at it. */
export function creditKey({ kind, id, account, currency }: Credit): string {
  return `${kind} ${id ?? account} ${currency}`;
}

/** Those of an account that is not the daemon's own, and of what it owns. */
export function useCreditsOf(account: string | undefined) {
  return useQuery({
    queryKey: ["credit", "of", account],
    enabled: account !== undefined,
    queryFn: ({ signal }) => read("/chain/credits", {}, { of: account }, signal),
  });
}
