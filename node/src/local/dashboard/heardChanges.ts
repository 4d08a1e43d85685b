import type { TokenCredential } from "../../workspace/tokens/credential.ts";
import type { Change } from "./changeHub.ts";
import type { ChangeTopic } from "./schemas.ts";

/** What is read by the operator's tokens for all of the daemon alone: names of agents in any cluster and of what they do are among its ids. */
const OPERATORS: ReadonlySet<ChangeTopic> = new Set(["job", "status", "folder", "merge", "credit"]);
/** What people alone read, and no agent. */
const PEOPLES: ReadonlySet<ChangeTopic> = new Set(["approval", "usage", "manager"]);
/** What is of a cluster, which is its id: read by whoever is in that one. */
const CLUSTERS: ReadonlySet<ChangeTopic> = new Set(["terminal", "presence"]);

/** Of changes, those of what somebody may read: that something else changed is not theirs to know, nor when. */
export function heardChanges(
  changes: readonly Change[],
  { kind, cluster }: TokenCredential,
  clusterOf: () => bigint | undefined,
): readonly Change[] {
  if (kind === "node" && cluster === undefined) return changes;
  const isPerson = kind === "node" || kind === "user";
  return changes.flatMap((change): readonly Change[] => {
    const { topic, ids } = change;
    if (OPERATORS.has(topic) || (PEOPLES.has(topic) && !isPerson)) return [];
    if (!CLUSTERS.has(topic)) return [change];
    const own = String(clusterOf());
    return ids === null || ids.includes(own) ? [{ topic, ids: [own] }] : [];
  });
}
