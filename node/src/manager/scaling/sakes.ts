import type { Fleet, FleetCluster } from "../fleet.ts";
import { SCALING_STEPS_MAX } from "../limits.ts";
import type { DraftStep } from "../planning/planner.ts";
import type { NodeSteps } from "./allocate.ts";
import { demandOf, placeNodesOf } from "./demand.ts";

/**
 * Says for whose sake each node is changed, as a plan is one cluster's: of those that the node can take work of and that may change now, the one with the
 * most to do for each node that is changed for it already. So the plans are many and short, and one cluster's cool-down holds up few nodes. Those with
 * shares stand in one plan, as far as it goes: they concern the same clusters, and several of them would wait for each other.
 *
 * A node's steps stay together: its places and its shares fit each other. What does not fit into a plan of `SCALING_STEPS_MAX` steps comes next time.
 *
 * @returns steps by cluster; those of nodes that no managed cluster uses stand under 0
 */
export function stepsBySake(
  fleet: Fleet,
  changes: readonly NodeSteps[],
  mayChange: (cluster: bigint) => boolean,
): ReadonlyMap<bigint, readonly DraftStep[]> {
  const users = usersByNode(fleet);
  const plans = new Map<bigint, { steps: DraftStep[]; nodes: number }>();
  let sharing: bigint | undefined;
  for (const [node, steps] of byNode(changes)) {
    const all = users.get(node) ?? [];
    const able = all.filter(({ cluster }) => mayChange(cluster));
    const isShared = steps.some(({ step }) => step.act === "set-share");
    const hasRoom = (plans.get(sharing ?? 0n)?.steps.length ?? 0) + steps.length <= SCALING_STEPS_MAX;
    const isTogether = isShared && hasRoom && able.some(({ cluster }) => cluster === sharing);
    const sake = isTogether ? sharing : best(able, (cluster) => plans.get(cluster)?.nodes ?? 0);
    if (isShared) sharing = sake;
    if (sake === undefined && all.length > 0) continue;
    const plan = plans.get(sake ?? 0n) ?? { steps: [], nodes: 0 };
    if (plan.steps.length > 0 && plan.steps.length + steps.length > SCALING_STEPS_MAX) continue;
    plan.steps.push(...steps.slice(0, SCALING_STEPS_MAX));
    plan.nodes += 1;
    plans.set(sake ?? 0n, plan);
  }
  return new Map([...plans].map(([cluster, { steps }]) => [cluster, steps]));
}

function byNode(changes: readonly NodeSteps[]): ReadonlyMap<bigint, readonly DraftStep[]> {
  const nodes = new Map<bigint, DraftStep[]>();
  for (const { node, steps } of changes) nodes.set(node, [...(nodes.get(node) ?? []), ...steps]);
  return nodes;
}

function usersByNode(fleet: Fleet): ReadonlyMap<bigint, readonly FleetCluster[]> {
  const users = new Map<bigint, FleetCluster[]>();
  for (const cluster of fleet.clusters.values())
    for (const { node } of placeNodesOf(fleet, cluster))
      users.set(node, [...(users.get(node) ?? []), cluster]);
  return users;
}

function best(clusters: readonly FleetCluster[], nodesOf: (cluster: bigint) => number): bigint | undefined {
  let found: FleetCluster | undefined;
  const worth = (cluster: FleetCluster) => (demandOf(cluster) + 1) / (nodesOf(cluster.cluster) + 1);
  for (const cluster of clusters) if (found === undefined || worth(cluster) > worth(found)) found = cluster;
  return found?.cluster;
}
