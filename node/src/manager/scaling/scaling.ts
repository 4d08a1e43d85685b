import type { Fleet, FleetCluster } from "../fleet.ts";
import { CALM_COOLDOWNS_MIN } from "../limits.ts";
import type { DraftStep, PlanDraft, PlanHistory, Planner } from "../planning/planner.ts";
import type { VersionWriter } from "../ports.ts";
import type { ManagerSettings } from "../settings.ts";
import {
  type Adjustment,
  adjust,
  type Dial,
  type DialLook,
  type DialRules,
  keepMs,
  learnCeiling,
  lookAt,
  mayTurn,
} from "./adjust.ts";
import { type NodeSteps, shareSteps } from "./allocate.ts";
import { type Assessment, assess } from "./assess.ts";
import { demandByNode, demandOf, type NodeDemand, placeNodesOf, usableNodes } from "./demand.ts";
import { fewerHelpers, fewerNodes, moreAgents, moreHelpers, moreNodes } from "./grow.ts";
import { createOwnAdditions } from "./ownAdditions.ts";
import { placesRequest } from "./request.ts";
import { stepsBySake } from "./sakes.ts";
import { addSample, highestOf, reachesBack, type Series, since } from "./series.ts";
import { judgeScaling, measureOf } from "./verify.ts";

/** The planner of scale, and what it finds for whoever asks. */
export interface Scaling extends Planner {
  /** How clusters fared at the last look. */
  assessments(): readonly Assessment[];
}

/**
 * Compares what is wanted with the places there are, and turns the first thing that helps: places of own nodes, then their shares; where those can grow
 * no more, one more node for the model, one more agent. Where jobs of helpers wait, one more helper. The other way round where there was little to do.
 *
 * @param modules.versions without it no version with more agents is made
 */
export function createScaling(modules: { readonly versions?: VersionWriter | undefined } = {}): Scaling {
  const dials = new Map<bigint, Dial>();
  /** Of clusters: how many nodes and members they have. */
  const sizes = new Map<bigint, Dial>();
  /** Demands by cluster, and by node and cluster. */
  const ofCluster = new Map<bigint, Series>();
  const onNode = new Map<string, Series>();
  const own = createOwnAdditions();
  let assessments: readonly Assessment[] = [];

  function look(fleet: Fleet, rules: DialRules): ReadonlyMap<bigint, DialLook> {
    const { atMs } = fleet;
    const demands = demandByNode(fleet);
    const looks = new Map<bigint, DialLook>();
    for (const node of usableNodes(fleet)) {
      const parts = demands.get(node.node) ?? new Map<bigint, NodeDemand>();
      const sum = (key: keyof NodeDemand) =>
        [...parts.values()].reduce((total, part) => total + part[key], 0);
      const { total: places, taken } = node.places;
      const one = {
        atMs,
        places,
        taken,
        demand: sum("demand"),
        load: sum("load"),
        resourceShare: node.resourceShare,
      };
      looks.set(node.node, one);
      dials.set(node.node, lookAt(dials.get(node.node), one, rules));
      for (const [cluster, { load }] of parts) {
        const key = `${node.node}/${cluster}`;
        onNode.set(key, addSample(onNode.get(key) ?? [], atMs, load, keepMs(rules.policy)));
      }
    }
    for (const cluster of fleet.clusters.values()) {
      const demand = demandOf(cluster);
      const one = { atMs, places: sizeOf(cluster), taken: 0, demand, load: demand, resourceShare: undefined };
      sizes.set(cluster.cluster, lookAt(sizes.get(cluster.cluster), one, rules));
      ofCluster.set(
        cluster.cluster,
        addSample(ofCluster.get(cluster.cluster) ?? [], atMs, demand, keepMs(rules.policy)),
      );
    }
    forget(fleet);
    assessments = [...fleet.clusters.values()].map((one) =>
      assess(fleet, one, ofCluster.get(one.cluster) ?? []),
    );
    return looks;
  }

  /** What is not in the fleet any more is not remembered, so memory is bounded by the fleet. */
  function forget(fleet: Fleet): void {
    for (const id of dials.keys()) if (!fleet.nodes.has(id)) dials.delete(id);
    for (const id of ofCluster.keys()) if (!fleet.clusters.has(id)) ofCluster.delete(id);
    for (const id of sizes.keys()) if (!fleet.clusters.has(id)) sizes.delete(id);
    own.forgetGone(fleet);
    for (const key of onNode.keys()) {
      const [node, cluster] = key.split("/") as [string, string];
      if (!fleet.nodes.has(BigInt(node)) || !fleet.clusters.has(BigInt(cluster))) onNode.delete(key);
    }
  }

  /** Of late: over as many cool-downs as nothing is turned down within. */
  function highDemands(fleet: Fleet, calmMs: number): ReadonlyMap<bigint, ReadonlyMap<bigint, NodeDemand>> {
    const high = new Map<bigint, Map<bigint, NodeDemand>>();
    for (const [key, series] of onNode) {
      const [node, cluster] = key.split("/").map(BigInt) as [bigint, bigint];
      const load = highestOf(since(series, fleet.atMs - calmMs)) ?? 0;
      high.set(node, (high.get(node) ?? new Map<bigint, NodeDemand>()).set(cluster, { load, demand: load }));
    }
    return high;
  }

  function placeSteps(looks: ReadonlyMap<bigint, DialLook>, rules: DialRules) {
    const turned: NodeSteps[] = [];
    const stuck = new Set<bigint>();
    const planned = new Map<bigint, number>();
    for (const [node, one] of looks) {
      const adjustment: Adjustment = adjust(dials.get(node) as Dial, one, rules);
      if (adjustment.kind === "stuck") stuck.add(node);
      if (adjustment.kind !== "turn") continue;
      const { to, why } = adjustment;
      planned.set(node, to);
      turned.push({
        node,
        steps: [
          {
            step: { act: "set-places", node, from: one.places, to },
            why: `Node ${node} goes from ${one.places} to ${to} places: ${why}.`,
          },
        ],
      });
    }
    return { turned, stuck, planned };
  }

  function growSteps(
    fleet: Fleet,
    cluster: FleetCluster,
    settings: ManagerSettings,
    stuck: ReadonlySet<bigint>,
  ) {
    const calmMs = CALM_COOLDOWNS_MIN * settings.policy.cooldownMs;
    const series = ofCluster.get(cluster.cluster) ?? [];
    const nodes = placeNodesOf(fleet, cluster);
    const first = (...choices: (() => readonly DraftStep[])[]): readonly DraftStep[] => {
      for (const choice of choices) {
        const steps = choice();
        if (steps.length > 0) return steps;
      }
      return [];
    };
    const may = (direction: 1 | -1) =>
      mayTurn(sizes.get(cluster.cluster) as Dial, direction, fleet.atMs, settings.policy);
    const isStuck = cluster.queue.waiting > 0 && nodes.every(({ node }) => stuck.has(node));
    if (may(1)) {
      const more = first(
        () => (isStuck ? moreNodes(fleet, cluster, settings) : []),
        () => moreHelpers(cluster, settings),
        () => (isStuck ? moreAgents(fleet, cluster, settings, modules.versions) : []),
      );
      if (more.length > 0) return more;
    }
    if (isStuck || !may(-1)) return [];
    const high = highestOf(since(series, fleet.atMs - calmMs)) ?? 0;
    return first(
      () => (reachesBack(series, fleet.atMs - calmMs) ? fewerNodes(fleet, cluster, own.nodes(), high) : []),
      () => fewerHelpers(cluster, own.helpersOf(cluster.cluster), calmMs),
    );
  }

  return {
    capability: "scaling",
    assessments: () => assessments,
    plan(fleet, settings, _nowMs, past) {
      const rules: DialRules = {
        policy: settings.policy,
        resourceThreshold: settings.alertThresholds.resourceUsage,
      };
      const looks = look(fleet, rules);
      const { turned, stuck, planned } = placeSteps(looks, rules);
      const high = highDemands(fleet, CALM_COOLDOWNS_MIN * settings.policy.cooldownMs);
      const shared = shareSteps(fleet, settings, high, planned);
      const mayChange = (cluster: bigint) => !isCooling(fleet, settings, past, cluster);
      const byCluster = new Map(stepsBySake(fleet, [...turned, ...shared], mayChange));
      for (const cluster of fleet.clusters.values())
        if (!byCluster.has(cluster.cluster) && mayChange(cluster.cluster))
          byCluster.set(cluster.cluster, growSteps(fleet, cluster, settings, stuck));
      const served = new Set<string>();
      const drafts: PlanDraft[] = [];
      for (const [cluster, steps] of byCluster) {
        if (steps.length === 0 || !mayChange(cluster) || !isFirst(served, steps)) continue;
        drafts.push(draftOf(fleet, settings, cluster, steps));
      }
      return drafts;
    },
    answer(request, fleet, settings) {
      if (request.kind !== "SCALING") return undefined;
      const steps = placesRequest(request, fleet, settings);
      return steps.length === 0 ? undefined : draftOf(fleet, settings, request.cluster, steps);
    },
    judge(plan, before, fleet, settings) {
      const verdict = judgeScaling(plan, before, fleet, settings);
      if (verdict.isGood) {
        own.took(plan);
        return verdict;
      }
      for (const { step } of plan.steps) {
        if (step.act !== "set-places" || step.to <= step.from) continue;
        const dial = dials.get(step.node);
        if (dial !== undefined) dials.set(step.node, learnCeiling(dial, step.to));
      }
      return verdict;
    },
    recall: own.recall,
  };
}

/** Whether no cluster before lets the same node serve or leave the same model: two may share a model. */
function isFirst(served: Set<string>, steps: readonly DraftStep[]): boolean {
  for (const { step } of steps) {
    if (step.act !== "serve-model" && step.act !== "leave-model") continue;
    const key = `${step.node}/${step.model}`;
    if (served.has(key)) return false;
    served.add(key);
  }
  return true;
}

/** Nodes that could do its work, living or not, and members. */
function sizeOf({ members }: FleetCluster): number {
  return new Set(members.flatMap(({ nodes }) => nodes)).size + members.length;
}

/** Also while its last change is watched: another one would hide whether that helped. */
function isCooling(fleet: Fleet, settings: ManagerSettings, past: PlanHistory, cluster: bigint): boolean {
  const lastMs = past.lastChangeMs("SCALING", cluster);
  const { cooldownMs, verifyMs } = settings.policy;
  return lastMs !== undefined && fleet.atMs - lastMs < Math.max(cooldownMs, verifyMs);
}

function draftOf(
  fleet: Fleet,
  settings: ManagerSettings,
  cluster: bigint,
  steps: readonly DraftStep[],
): PlanDraft {
  const slug = fleet.clusters.get(cluster)?.slug;
  const first = (steps[0]?.why ?? "").replace(/\.$/, "");
  const others = steps.length - 1;
  const more = others < 1 ? "" : ` (and ${others} more ${others === 1 ? "step" : "steps"})`;
  return {
    kind: "SCALING",
    cluster,
    title: `${slug === undefined ? "Scale nodes" : `Scale ${slug}`}: ${first}${more}.`,
    steps,
    before: measureOf(fleet, cluster, settings),
  };
}
