import type { Fleet, FleetCluster, FleetMember } from "../fleet.ts";
import { COOL_MARGIN, PLACES_USED_MIN } from "../limits.ts";
import type { DraftStep } from "../planning/planner.ts";
import type { VersionWriter } from "../ports.ts";
import type { ManagerSettings } from "../settings.ts";
import { demandOf, placeNodesOf, usableNodes } from "./demand.ts";

/** One more own node for the model that a cluster's work waits for, where one has room. */
export function moreNodes(
  fleet: Fleet,
  cluster: FleetCluster,
  settings: ManagerSettings,
): readonly DraftStep[] {
  const model = busiestModel(cluster);
  if (model === undefined) return [];
  const serving = new Set(fleet.models.get(model)?.nodes ?? []);
  const coolShare = settings.alertThresholds.resourceUsage - COOL_MARGIN;
  const free = usableNodes(fleet)
    .filter(({ node, places, resourceShare = 0 }) => {
      return (
        !serving.has(node) && places.taken < places.total * PLACES_USED_MIN && resourceShare <= coolShare
      );
    })
    .sort((a, b) => b.places.total - b.places.taken - (a.places.total - a.places.taken));
  const node = free[0]?.node;
  if (node === undefined) return [];
  return [
    {
      step: { act: "serve-model", node, model },
      why: `Nodes of model ${model} have no more places for ${demandOf(cluster)} tasks of ${cluster.slug}, and node ${node} has some.`,
    },
  ];
}

/** A node that was added goes again when the others had room for the highest demand of late twice over. */
export function fewerNodes(
  fleet: Fleet,
  cluster: FleetCluster,
  added: readonly AddedNode[],
  high: number,
): readonly DraftStep[] {
  for (const { node, model } of added) {
    if (!cluster.members.some((member) => member.model === model)) continue;
    if (!(fleet.models.get(model)?.nodes.includes(node) ?? false)) continue;
    const others = placeNodesOf(fleet, cluster).filter((one) => one.node !== node);
    const places = others.reduce((sum, one) => sum + one.places.total, 0);
    if (others.length === 0 || high >= places * PLACES_USED_MIN) continue;
    return [
      {
        step: { act: "leave-model", node, model },
        why: `Other nodes of model ${model} have ${places} places, and not more than ${Math.ceil(high)} tasks of ${cluster.slug} were there at once of late.`,
      },
    ];
  }
  return [];
}

export interface AddedNode {
  readonly node: bigint;
  readonly model: bigint;
}

/**
 * One more helper of the service whose helpers are all at work while jobs wait that members handed to them: whoever hands out the next ones has somebody
 * who is free. The chain's tasks count for nothing here: no helper answers those.
 */
export function moreHelpers(cluster: FleetCluster, settings: ManagerSettings): readonly DraftStep[] {
  const helpers = cluster.members.filter(isHelper);
  if (helpers.length >= settings.policy.helpersMax) return [];
  if (cluster.members.length >= settings.alertThresholds.clusterSize.max) return [];
  for (const service of servicesOf(helpers)) {
    const ofService = helpers.filter((helper) => helper.service === service);
    const waiting = ofService.reduce((sum, { queued = 0 }) => sum + queued, 0);
    if (waiting === 0 || !ofService.every(({ state }) => state === "running")) continue;
    const name = freeName(cluster, service);
    return [
      {
        step: { act: "start-helper", cluster: cluster.cluster, name, service },
        why: `All ${ofService.length} helpers of ${service} are at work, and ${waiting} jobs that ${cluster.slug} handed to them wait.`,
      },
    ];
  }
  return [];
}

/** One helper fewer, that this manager started, where it has had nothing to do for so long. The last of a service stays. */
export function fewerHelpers(
  cluster: FleetCluster,
  started: ReadonlySet<string>,
  calmMs: number,
): readonly DraftStep[] {
  const helpers = cluster.members.filter(isHelper);
  const idle = helpers
    .filter(({ name, isOperators = true }) => started.has(name) && isOperators)
    .filter(({ state, sinceMs, queued = 0 }) => state === "ready" && sinceMs >= calmMs && queued === 0)
    .at(-1);
  if (idle?.service === undefined) return [];
  if (helpers.filter(({ service }) => service === idle.service).length < 2) return [];
  return [
    {
      step: { act: "stop-helper", cluster: cluster.cluster, name: idle.name, service: idle.service },
      why: `${idle.name} has had nothing to do in ${cluster.slug} for ${Math.floor(idle.sinceMs / 1_000)} s.`,
    },
  ];
}

/** A next version with one more agent that can what a busy one can and takes over half of its tasks: of the same owner, and in no cluster. */
export function moreAgents(
  fleet: Fleet,
  cluster: FleetCluster,
  settings: ManagerSettings,
  versions: VersionWriter | undefined,
): readonly DraftStep[] {
  if (versions === undefined || cluster.members.length >= settings.alertThresholds.clusterSize.max) return [];
  const agents = cluster.members.filter((member) => member.agent !== undefined);
  if (agents.length === 0 || !agents.every(({ state }) => state === "running")) return [];
  for (const busy of agents) {
    const agent = spareAgent(fleet, cluster, busy);
    if (agent === undefined) continue;
    const yaml = versions.next(cluster.cluster, { add: [{ agent, beside: busy.name }], replace: new Map() });
    // It cannot be read yet, or that one has a single task, of which there is nothing to hand over.
    if (yaml === undefined) continue;
    return [
      {
        step: { act: "publish", slug: cluster.slug, yaml, from: cluster.version },
        why: `All ${agents.length} agents of ${cluster.slug} are at work and ${cluster.queue.waiting} tasks wait; agent ${agent} can what ${busy.name} can, and takes over half of its tasks.`,
      },
    ];
  }
  return [];
}

/** An agent of the cluster's owner that is in no cluster and can all that a member can; that with the lowest id. */
export function spareAgent(
  fleet: Fleet,
  cluster: FleetCluster,
  member: FleetMember,
  taken: ReadonlySet<bigint> = new Set(),
): bigint | undefined {
  const needed = member.agent === undefined ? undefined : fleet.agents.get(member.agent)?.capabilities;
  if (needed === undefined) return undefined;
  const spare = [...fleet.agents.values()].filter((agent) => {
    if (agent.cluster !== 0n || agent.owner !== cluster.owner || taken.has(agent.agent)) return false;
    const isServed = (fleet.models.get(agent.model)?.nodes ?? []).some(
      (node) => fleet.nodes.get(node)?.isUp === true,
    );
    return isServed && needed.every((one) => agent.capabilities.includes(one));
  });
  return spare.map(({ agent }) => agent).sort((a, b) => (a < b ? -1 : 1))[0];
}

export function isHelper(member: FleetMember): boolean {
  return member.agent === undefined && member.state !== "done";
}

function busiestModel(cluster: FleetCluster): bigint | undefined {
  const busy = cluster.members.filter(({ model, state }) => model !== 0n && state === "running");
  return (busy[0] ?? cluster.members.find(({ model }) => model !== 0n))?.model;
}

function servicesOf(helpers: readonly FleetMember[]): ReadonlySet<string> {
  return new Set(helpers.flatMap(({ service }) => (service === undefined ? [] : [service])));
}

function freeName(cluster: FleetCluster, service: string): string {
  const names = new Set(cluster.members.map(({ name }) => name));
  let count = 2;
  while (names.has(`${service}-${count}`)) count += 1;
  return `${service}-${count}`;
}
