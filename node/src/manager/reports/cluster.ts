import type { ClusterReport, StabilityScore } from "../face.ts";
import type { Fleet, FleetCluster, FleetMember, FleetNode } from "../fleet.ts";
import { REPORT_WANTS_MAX } from "../limits.ts";
import type { AlertThresholds, ManagerSettings } from "../settings.ts";

/** How stable a cluster is; `stability/score.ts` says by what. */
export type Score = (cluster: FleetCluster, settings: ManagerSettings) => StabilityScore;

const MEMBERS_THERE: readonly FleetMember["state"][] = ["ready", "running"];
const MEMBERS_GONE: readonly FleetMember["state"][] = ["lost", "silent"];

/** What an orchestrator is told of a cluster. */
export function clusterReport(
  fleet: Fleet,
  cluster: FleetCluster,
  stability: StabilityScore,
  { alertThresholds }: Pick<ManagerSettings, "alertThresholds">,
): ClusterReport {
  const { members, queue } = cluster;
  return {
    cluster: cluster.cluster,
    slug: cluster.slug,
    version: cluster.version,
    members: members.length,
    ready: members.filter(({ state }) => MEMBERS_THERE.includes(state)).length,
    waiting: queue.waiting,
    running: queue.running,
    places: placesOf(cluster, fleet),
    stability,
    wanted: wantedOf(cluster, fleet, alertThresholds),
  };
}

/** Own nodes that take new work and can run a member of it. */
function nodesOf({ members }: FleetCluster, fleet: Fleet): readonly FleetNode[] {
  const nodes = new Set(members.flatMap((member) => member.nodes));
  return [...fleet.nodes.values()].filter(
    ({ node, isOwn, isUp, isDraining }) => isOwn && isUp && !isDraining && nodes.has(node),
  );
}

/** Places of the own nodes that its members can use, beside other clusters that can. */
function placesOf(cluster: FleetCluster, fleet: Fleet): number {
  return nodesOf(cluster, fleet).reduce((sum, { places }) => sum + (places?.total ?? 0), 0);
}

/** What it should have and has not, one sentence for each; empty where it is well. What is wanted most comes first. */
function wantedOf(cluster: FleetCluster, fleet: Fleet, { clusterSize }: AlertThresholds): readonly string[] {
  const { members, queue } = cluster;
  const gone = members.filter(({ state }) => MEMBERS_GONE.includes(state));
  const there = members.length - gone.length;
  const wants: string[] = [];
  if (there < clusterSize.min)
    wants.push(
      `${clusterSize.min - there} more members: ${there} are there, ${clusterSize.min} are the least`,
    );
  for (const { name, state } of gone) wants.push(`${name} back, or another in its place: it is ${state}`);
  for (const { name, model, nodes } of members)
    if (nodes.length === 0) wants.push(`a node for ${name}: none serves model ${model}`);
  const nodes = nodesOf(cluster, fleet);
  const free = nodes.reduce(
    (sum, { places }) => sum + Math.max(0, (places?.total ?? 0) - (places?.taken ?? 0)),
    0,
  );
  if (queue.waiting > free) {
    const seconds = Math.ceil(queue.oldestMs / 1_000);
    wants.push(
      `${queue.waiting - free} more places: ${queue.waiting} tasks wait, the oldest for ${seconds} s, and ${free} places are free`,
    );
  }
  if (there > clusterSize.max)
    wants.push(
      `${there - clusterSize.max} fewer members: ${there} are there, ${clusterSize.max} are the most`,
    );
  const more = wants.length - REPORT_WANTS_MAX;
  return more > 0 ? [...wants.slice(0, REPORT_WANTS_MAX), `and ${more} more`] : wants;
}
