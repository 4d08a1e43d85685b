import type { UsageStore } from "../../agents/money/types.ts";
import type { Workspace } from "../../workspace/types.ts";
import type { WatchedTopic } from "./changeHub.ts";

/**
 * Who is there and what runs them, by cluster: states of programs and signs of life cost no entry of the log, so no event of a
 * workspace tells of them.
 */
export function watchedPresence(
  workspace: () => Pick<Workspace, "as" | "clusters"> | undefined,
): WatchedTopic {
  return {
    topic: "presence",
    async look() {
      const open = workspace();
      const rows = (open?.clusters() ?? []).map(async (cluster) => {
        const agents = await open?.as({ kind: "node", cluster }).listAgents();
        const text = agents?.map(({ id, isAlive, program }) =>
          [id, isAlive, program?.state, program?.note, program?.turns, program?.restarts].join(" "),
        );
        return [String(cluster), text?.join("\n") ?? ""] as const;
      });
      return new Map(await Promise.all(rows));
    },
  };
}

/** What agents used: every turn is counted in its day. */
export function watchedUsage(usage: Pick<UsageStore, "sum">, now: () => number): WatchedTopic {
  return {
    topic: "usage",
    async look() {
      const today = new Date(now()).toISOString().slice(0, 10);
      const sum = await usage.sum({ kind: "day", key: today });
      return new Map([["today", `${today} ${sum?.turns ?? 0} ${sum?.updatedAtMs ?? 0}`]]);
    },
  };
}
