import { useQuery } from "@tanstack/react-query";
import { read } from "./client.ts";
import type { ListChainAgentsAnswer, ListModelsAnswer } from "./types.ts";

/** Rows of one question, and questions at most: whoever has more agents to choose from finds one by its number. */
const ROWS = 200;
const PAGES_MAX = 10;

/** Where the contracts are and who may sign: fixed while the daemon runs. */
export function useDeployment() {
  return useQuery({
    queryKey: ["deployment"],
    queryFn: ({ signal }) => read("/chain/deployment", {}, {}, signal),
  });
}

/** Whether a slug is free. It is asked for only where it can be one. */
export function useSlug(slug: string) {
  return useQuery({
    queryKey: ["cluster", "slug", slug],
    enabled: /^[a-z0-9-]{3,31}$/.test(slug),
    queryFn: ({ signal }) => read("/chain/slugs/{slug}", { slug }, {}, signal),
  });
}

export type ChainAgent = ListChainAgentsAnswer["agents"][number];
export type ChainModel = ListModelsAnswer["models"][number];

/** All agents of the chain, the newest first, as far as a person chooses among them. */
export function useChainAgents() {
  return useQuery({
    queryKey: ["agent", "all"],
    queryFn: ({ signal }) =>
      everyPage(async (before) => {
        const { agents, next } = await read("/chain/agents", {}, { limit: ROWS, before }, signal);
        return { rows: agents, next };
      }),
  });
}

export function useChainModels() {
  return useQuery({
    queryKey: ["model", "all"],
    queryFn: ({ signal }) =>
      everyPage(async (before) => {
        const { models, next } = await read("/chain/models", {}, { limit: ROWS, before }, signal);
        return { rows: models, next };
      }),
  });
}

async function everyPage<Row>(
  page: (
    before: string | undefined,
  ) => Promise<{ readonly rows: readonly Row[]; readonly next: string | null }>,
): Promise<readonly Row[]> {
  const all: Row[] = [];
  let before: string | undefined;
  for (let count = 0; count < PAGES_MAX; count++) {
    const { rows, next } = await page(before);
    all.push(...rows);
    if (next === null) break;
    before = next;
  }
  return all;
}
