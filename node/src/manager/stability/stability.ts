import type { StabilityScore } from "../face.ts";
import type { Fleet, FleetCluster, FleetMember } from "../fleet.ts";
import { SILENT_REPLACED_MIN_MS } from "../limits.ts";
import type { DraftStep, PlanDraft, Planner } from "../planning/planner.ts";
import type { VersionWriter } from "../ports.ts";
import type { ManagerSettings } from "../settings.ts";
import { type MemberHealth, nextHealth } from "./health.ts";
import { balanceSteps, drainSteps, NEW_NODE, type NodeRecord, nextNode } from "./nodes.ts";
import { replacementSteps } from "./replace.ts";
import { decideRestart } from "./restarts.ts";
import { stabilityScore } from "./score.ts";

/** The planner of stability, and what it finds for whoever asks. */
export interface Stability extends Planner {
  /** Of the last look; undefined for a cluster that it did not see. */
  score(cluster: bigint): StabilityScore | undefined;
  health(cluster: bigint, member: string): MemberHealth | undefined;
}

interface Known {
  readonly health: MemberHealth;
  readonly state: FleetMember["state"];
  readonly restarts: number;
  /** When a restart was asked for of which the fleet shows nothing yet. */
  readonly askedAtMs: number | undefined;
}

/**
 * Keeps members alive: starts a lost one again, with a pause that doubles and a cap; replaces in the next version whom restarts do not bring back; drains a
 * node on which they fail one after the other, and lets it back when it is proven well; moves places from a node that is overloaded.
 *
 * Nothing of this is taken back later, so it has no judge: whether a restart helped shows in the member, and the next look decides anew.
 *
 * @param modules.versions without it nobody is replaced
 */
export function createStability(modules: { readonly versions?: VersionWriter | undefined } = {}): Stability {
  const members = new Map<string, Known>();
  const nodes = new Map<bigint, NodeRecord>();
  const scores = new Map<bigint, StabilityScore>();
  let balancedAtMs = Number.NEGATIVE_INFINITY;
  const keyOf = (cluster: bigint, name: string) => `${cluster}/${name}`;

  function look(fleet: Fleet, settings: ManagerSettings): void {
    const seen = new Set<string>();
    const failures = new Map<bigint, number>();
    for (const cluster of fleet.clusters.values()) {
      scores.set(cluster.cluster, scoreOf(cluster, settings));
      for (const member of cluster.members) {
        const key = keyOf(cluster.cluster, member.name);
        seen.add(key);
        const before = members.get(key);
        const hasEnded = before !== undefined && before.state !== "lost" && member.state === "lost";
        // On which of several nodes it ended is not known: none is blamed.
        const only = member.nodes.length === 1 ? member.nodes[0] : undefined;
        if (hasEnded && only !== undefined) failures.set(only, (failures.get(only) ?? 0) + 1);
        members.set(key, {
          health: nextHealth(before?.health, member, fleet),
          state: member.state,
          restarts: member.restarts,
          askedAtMs: isAnswered(before, member) ? undefined : before?.askedAtMs,
        });
      }
    }
    for (const key of members.keys()) if (!seen.has(key)) members.delete(key);
    for (const cluster of scores.keys()) if (!fleet.clusters.has(cluster)) scores.delete(cluster);
    for (const node of fleet.nodes.values()) {
      if (!node.isOwn) continue;
      const record = nodes.get(node.node) ?? NEW_NODE;
      nodes.set(node.node, nextNode(record, node, failures.get(node.node) ?? 0, fleet.atMs, settings));
    }
    for (const node of nodes.keys()) if (!fleet.nodes.has(node)) nodes.delete(node);
  }

  function clusterSteps(
    fleet: Fleet,
    cluster: FleetCluster,
    settings: ManagerSettings,
  ): readonly DraftStep[] {
    const restarts: DraftStep[] = [];
    const dead: FleetMember[] = [];
    for (const member of cluster.members) {
      const key = keyOf(cluster.cluster, member.name);
      const known = members.get(key) as Known;
      // No node of its was heard of for long: there is nothing to start it on.
      if (member.state === "silent" && member.sinceMs >= SILENT_REPLACED_MIN_MS) dead.push(member);
      if (member.state !== "lost") continue;
      const askedAgoMs = known.askedAtMs === undefined ? undefined : fleet.atMs - known.askedAtMs;
      const decision = decideRestart(member, settings.policy, askedAgoMs);
      if (decision.kind === "usedUp") dead.push(member);
      if (decision.kind !== "restart") continue;
      members.set(key, { ...known, askedAtMs: fleet.atMs });
      restarts.push({
        step: { act: "restart-member", cluster: cluster.cluster, name: member.name },
        why: `${member.name} of ${cluster.slug} ended unasked; it was started again ${member.restarts} times of ${settings.policy.restartsMax}.`,
      });
    }
    return restarts.length > 0 ? restarts : replacementSteps(fleet, cluster, dead, modules.versions);
  }

  function nodeSteps(fleet: Fleet, settings: ManagerSettings): readonly DraftStep[] {
    const { steps, drained, resumed } = drainSteps(fleet, nodes);
    for (const node of drained) nodes.set(node, { ...(nodes.get(node) ?? NEW_NODE), isDrainedHere: true });
    for (const node of resumed) nodes.set(node, NEW_NODE);
    if (steps.length > 0 || fleet.atMs - balancedAtMs < settings.policy.cooldownMs) return steps;
    const balance = balanceSteps(fleet, settings);
    if (balance.length > 0) balancedAtMs = fleet.atMs;
    return balance;
  }

  return {
    capability: "stability",
    score: (cluster) => scores.get(cluster),
    health: (cluster, member) => members.get(keyOf(cluster, member))?.health,
    plan(fleet, settings) {
      look(fleet, settings);
      const drafts: PlanDraft[] = [];
      for (const cluster of fleet.clusters.values()) {
        const steps = clusterSteps(fleet, cluster, settings);
        if (steps.length > 0) drafts.push(draftOf(cluster.cluster, `Keep ${cluster.slug} well`, steps));
      }
      const steps = nodeSteps(fleet, settings);
      if (steps.length > 0) drafts.push(draftOf(0n, "Keep nodes well", steps));
      return drafts;
    },
  };
}

/** Whether what was asked for has shown: it is up again, or its being started was counted. */
function isAnswered(before: Known | undefined, member: FleetMember): boolean {
  return before === undefined || member.state !== "lost" || member.restarts > before.restarts;
}

function scoreOf(cluster: FleetCluster, settings: ManagerSettings): StabilityScore {
  const latencyThresholdMs = settings.alertThresholds.communicationLatencyMs;
  return stabilityScore({ members: cluster.members, window: cluster.window, latencyThresholdMs });
}

function draftOf(cluster: bigint, title: string, steps: readonly DraftStep[]): PlanDraft {
  const others = steps.length - 1;
  const more = others < 1 ? "" : ` (and ${others} more ${others === 1 ? "step" : "steps"})`;
  return {
    kind: "STABILITY",
    cluster,
    title: `${title}: ${(steps[0]?.why ?? "").replace(/\.$/, "")}${more}.`,
    steps,
  };
}
