import type { Fleet, FleetCluster, FleetMember } from "../fleet.ts";
import { REPLACEMENTS_PER_PLAN_MAX } from "../limits.ts";
import type { DraftStep } from "../planning/planner.ts";
import type { VersionWriter } from "../ports.ts";
import { spareAgent } from "../scaling/grow.ts";

/**
 * A next version in which agents whose restarts are used up, or of whose nodes none was heard, give way to spare ones of the same owner that
 * can as much. A member for whom there is nobody stays. One version for all, as each costs gas.
 *
 * @param dead members that nothing else brings back
 */
export function replacementSteps(
  fleet: Fleet,
  cluster: FleetCluster,
  dead: readonly FleetMember[],
  versions: VersionWriter | undefined,
): readonly DraftStep[] {
  if (versions === undefined || cluster.version === 0) return [];
  const replace = new Map<string, bigint>();
  const taken = new Set<bigint>();
  for (const member of dead) {
    if (replace.size === REPLACEMENTS_PER_PLAN_MAX) break;
    const agent = spareAgent(fleet, cluster, member, taken);
    if (agent === undefined) continue;
    replace.set(member.name, agent);
    taken.add(agent);
  }
  if (replace.size === 0) return [];
  const yaml = versions.next(cluster.cluster, { add: [], replace });
  if (yaml === undefined) return [];
  const names = [...replace].map(([name, agent]) => `agent ${agent} for ${name}`).join(", ");
  return [
    {
      step: { act: "publish", slug: cluster.slug, yaml, from: cluster.version },
      why: `Restarts do not bring them back: ${names}.`,
    },
  ];
}
