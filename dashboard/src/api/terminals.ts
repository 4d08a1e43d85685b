import { useQuery } from "@tanstack/react-query";
import { read } from "./client.ts";
import type { ListTerminalsAnswer } from "./types.ts";

export type TerminalRow = ListTerminalsAnswer["terminals"][number];

/** The terminals of a cluster's agents on this node. The topic `terminal` keeps it fresh. */
export function useTerminals(cluster: string) {
  return useQuery({
    queryKey: ["terminal", cluster, "list"],
    queryFn: ({ signal }) => read("/workspace/{cluster}/terminals", { cluster }, {}, signal),
  });
}

/** What stands on a terminal and what has scrolled away above, as text. */
export function useTerminalText(cluster: string, name: string) {
  return useQuery({
    queryKey: ["terminal", cluster, "text", name],
    queryFn: ({ signal }) => readTerminalText(cluster, name, signal),
    // It is of the moment at which somebody asks.
    gcTime: 0,
    staleTime: 0,
  });
}

export async function readTerminalText(cluster: string, name: string, signal?: AbortSignal): Promise<string> {
  const path = "/workspace/{cluster}/terminals/{name}";
  const { lines } = await read(path, { cluster, name }, { part: "all" }, signal);
  return lines
    .map((line) => line.trimEnd())
    .join("\n")
    .trimEnd();
}
