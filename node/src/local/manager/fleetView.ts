import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { Address } from "viem";
import { isAddressEqual } from "viem";
import type { ProjectionReader } from "../../chain/projection.ts";
import type { AgentState, ClusterState, ModelState } from "../../chain/state.ts";
import type { Versions } from "../../chain/versions.ts";
import type {
  Fleet,
  FleetAgent,
  FleetCluster,
  FleetMember,
  FleetModel,
  FleetNode,
} from "../../manager/fleet.ts";
import type { FleetNews, FleetView } from "../../manager/ports.ts";
import type { ManagerSettings } from "../../manager/settings.ts";
import type { Presence } from "../../network/types.ts";
import type { ClusterLoad, WorkPlaces } from "../../work/jobs.ts";
import { JOBS_PER_LIST_MAX } from "../../workspace/limits.ts";
import { wallMsOf } from "../../workspace/log/stamp.ts";
import type { Member, Workspace, WorkspaceChange } from "../../workspace/types.ts";
import { METRICS_WINDOW_MS, type RunsOfLate, runsOfLate } from "./clusterWindows.ts";
import type { HelperLives } from "./helperLives.ts";
import { createRegistrations } from "./registrations.ts";
import type { Resources } from "./resources.ts";
import type { RoundTrips } from "./roundTrips.ts";
import type { RouteBook } from "./routeBook.ts";

/** Messages of a cluster whose way here was timed and is remembered. */
const MESSAGE_TIMES_KEPT = 128;
/** Clusters of which that is so. */
const MESSAGE_CLUSTERS_MAX = 256;
/** A message that was longer on its way was not sent to this node, but caught up with after one of the two was away. */
const MESSAGE_LATE_MS_MAX = 60_000;

const NO_LOAD: ClusterLoad = { running: 0, waiting: 0, oldestMs: 0, latencyMs: undefined };
const NO_RUNS: RunsOfLate = { ended: 0, succeeded: 0, windows: 0, windowsMissed: 0, costWei: 0n };

export interface FleetViewModules {
  readonly projection: ProjectionReader;
  readonly versions: Pick<Versions, "peek">;
  readonly presence: Pick<Presence, "list" | "on">;
  readonly roundTrips: Pick<RoundTrips, "of" | "onTurn">;
  readonly places: WorkPlaces;
  /** Jobs that run now. */
  readonly activeJobs: () => number;
  readonly workspace: Pick<Workspace, "clusters" | "as" | "onChange">;
  readonly lives: HelperLives;
  readonly routes: Pick<RouteBook, "of" | "nodes">;
  readonly resources: Resources;
  /** As of now: a file that is read again changes them. */
  readonly settings: () => ManagerSettings;
  /** Unix milliseconds. @default Date.now */
  readonly now?: () => number;
  /** Milliseconds that only grow. */
  readonly monotonicMs: () => number;
}

/** Whether a manager looks after a cluster. */
export function isManaged({ relationships }: ManagerSettings, cluster: ClusterState): boolean {
  return (
    relationships.clusters.includes(cluster.slug) ||
    relationships.owners.some((owner) => isAddressEqual(owner as Address, cluster.owner))
  );
}

/** The fleet as a daemon sees it. A look costs what stands on the chain now and what runs, never what was. */
export interface DaemonFleetView extends FleetView {
  /** Nodes of the clusters that are managed, this one not among them: those to measure the way to, those on routes first. */
  wanted(): readonly bigint[];
  stop(): void;
}

export function createFleetView(
  options: {
    readonly node: bigint;
    /** Where agents are, and the contract that asks for their grants: that of clusters. */
    readonly deployment: Pick<Deployment, "agentRegistry" | "clusterRegistry">;
  },
  modules: FleetViewModules,
): DaemonFleetView {
  const { projection, versions, presence, roundTrips, places, workspace, lives, settings } = modules;
  const { now = Date.now, monotonicMs } = modules;
  const registrations = createRegistrations();
  /** When a node was last heard of, by the clock that only grows: presence forgets those that are down. */
  const heardMs = new Map<bigint, number>();
  /** Since when a member is as it is, by cluster and name; made anew with each look, so no larger than what is there. */
  let states = new Map<string, { readonly state: FleetMember["state"]; readonly sinceMs: number }>();
  const messageTimes = new Map<bigint, readonly { readonly atMs: number; readonly tookMs: number }[]>();
  const startedAtMs = now();

  const managed = (): readonly ClusterState[] => {
    const told = settings();
    return projection.clusters().filter((cluster) => isManaged(told, cluster));
  };

  // -------------------------------------------------------------------------------------------------- nodes, models, agents

  function nodes(resources: Awaited<ReturnType<Resources>>): ReadonlyMap<bigint, FleetNode> {
    const up = new Map(presence.list().map((entry) => [entry.node, entry]));
    for (const [node, { silentMs }] of up) heardMs.set(node, monotonicMs() - silentMs);
    const serving = new Set<bigint>();
    for (const { places: of } of projection.models())
      for (const { node, active } of of) if (active) serving.add(node);
    return new Map(
      projection.nodes().map(({ node, owner, status }): [bigint, FleetNode] => {
        const isThis = node === options.node;
        const heard = heardMs.get(node);
        const said = up.get(node);
        const way = isThis ? { roundTripMs: 0, lossShare: 0 } : roundTrips.of(node);
        return [
          node,
          {
            node,
            owner,
            status,
            isOwn: isThis,
            isUp: isThis || said !== undefined,
            silentMs: isThis ? 0 : heard === undefined ? undefined : monotonicMs() - heard,
            ...way,
            places: isThis ? { total: places.total(), taken: modules.activeJobs() } : undefined,
            resourceShare: isThis ? resources.share : undefined,
            resourceName: isThis ? resources.of : undefined,
            shares: isThis ? new Map(places.shares()) : undefined,
            // Of others it is their own word: who serves on chain and names no model in its heartbeats takes up nothing.
            isDraining: isThis
              ? places.isDraining()
              : said !== undefined && said.models.length === 0 && serving.has(node),
          },
        ];
      }),
    );
  }

  function agents(
    said: ReadonlyMap<bigint, readonly string[]>,
    seconds: bigint,
  ): ReadonlyMap<bigint, FleetAgent> {
    const { agentRegistry, clusterRegistry: gate } = options.deployment;
    const names = new Map(
      projection
        .clusters()
        .flatMap((cluster) => cluster.agents.map(({ agent, name }) => [agent, name] as const)),
    );
    return new Map(
      projection.agents().map(({ agent, owner, model, cluster, uri }: AgentState): [bigint, FleetAgent] => {
        const file = registrations.of(agent, uri);
        const capabilities = [...new Set([...file.capabilities, ...(said.get(agent) ?? [])])];
        const name = names.get(agent) ?? file.name ?? `agent-${agent}`;
        const grantees = projection.agentGrantees(agent, { agentRegistry, gate, seconds });
        return [agent, { agent, owner, name, model, cluster, capabilities, grantees, rating: undefined }];
      }),
    );
  }

  // --------------------------------------------------------------------------------------------------------------- clusters

  /** Who takes part, of clusters that are open here; of others the chain alone is known. */
  async function partiesOf(cluster: bigint): Promise<Parties> {
    if (!workspace.clusters().includes(cluster)) return { members: [], queued: new Map() };
    const operations = workspace.as({ kind: "node", cluster });
    const [members, jobs] = await Promise.all([
      operations.listAgents(),
      operations.listJobs({ state: "queued", limit: JOBS_PER_LIST_MAX }),
    ]);
    const queued = new Map<string, number>();
    for (const { worker } of jobs) queued.set(worker.id, (queued.get(worker.id) ?? 0) + 1);
    return { members, queued };
  }

  function clusterOf(
    state: ClusterState,
    seen: {
      readonly parties: Parties;
      readonly nodes: ReadonlyMap<bigint, FleetNode>;
      readonly load: ReadonlyMap<bigint, ClusterLoad>;
      readonly runs: ReadonlyMap<bigint, RunsOfLate>;
      readonly settings: ManagerSettings;
      readonly next: typeof states;
    },
  ): FleetCluster {
    const { cluster, owner, slug, versions: published } = state;
    const { relationships, policy } = seen.settings;
    const { running, waiting, oldestMs, latencyMs } = seen.load.get(cluster) ?? NO_LOAD;
    const isUp = (node: bigint) => seen.nodes.get(node)?.isUp === true;
    const member = (
      who: Pick<FleetMember, "name" | "agent" | "model" | "nodes" | "state" | "service"> &
        Partial<Pick<FleetMember, "isOperators" | "queued">>,
      sinceMs?: number,
    ): FleetMember => {
      const key = `${cluster}/${who.name}/${who.nodes.join(",")}`;
      const before = states.get(key);
      const since = sinceMs ?? (before?.state === who.state ? before.sinceMs : now());
      seen.next.set(key, { state: who.state, sinceMs: since });
      const restarts = lives.restarts(cluster, who.name, policy.restartWindowMs);
      const route = modules.routes.of(cluster, who.name);
      return { ...who, sinceMs: Math.max(0, now() - since), route, restarts };
    };
    const ofAgents = state.agents.map(({ agent, name }) => {
      const model = projection.agent(agent)?.model ?? 0n;
      const of = servingNodes(projection.model(model)).filter(
        (node) => projection.node(node)?.status === "Active",
      );
      return member({ name, agent, model, nodes: of, state: of.some(isUp) ? "ready" : "silent" });
    });
    for (const { kind, name, program } of seen.parties.members) {
      if (kind !== "helper" || program === undefined) continue;
      lives.forget(cluster, name);
      lives.programSays(cluster, name, program.restarts);
    }
    const isLost = (name: string, on: bigint) =>
      on === options.node && lives.find(cluster, name) !== undefined;
    const helpers = seen.parties.members
      .filter(({ kind }) => kind === "helper")
      .map((helper) => ({ helper, on: nodeOfHelper(helper.id) }))
      // What has ended is in the log a moment longer.
      .filter(({ helper, on }) => !isLost(helper.name, on));
    const ofHelpers = helpers.map(({ helper, on }) => {
      const { name } = helper;
      return member({
        name,
        agent: undefined,
        model: 0n,
        nodes: [on],
        state: stateOfHelper(helper, isUp(on)),
        service: helper.program?.service,
        isOperators: helper.spawnedBy?.kind === "node",
        queued: seen.parties.queued.get(helper.id) ?? 0,
      });
    });
    const lost = lives.lostIn(cluster).map(({ plan, atMs }) =>
      member(
        {
          name: plan.name,
          agent: undefined,
          model: 0n,
          nodes: [options.node],
          state: "lost",
          service: plan.service,
        },
        atMs,
      ),
    );
    return {
      cluster,
      owner,
      slug,
      version: published.length,
      members: [...ofAgents, ...ofHelpers, ...lost],
      weight: relationships.weights.get(slug) ?? 1,
      queue: { waiting, running, oldestMs },
      window: {
        ...(seen.runs.get(cluster) ?? NO_RUNS),
        restarts: lives.restartsIn(cluster, METRICS_WINDOW_MS),
        latencyMs,
        messageLatencyMs: messageLatencyMs(cluster),
      },
    };
  }

  // --------------------------------------------------------------------------------------------------------------- messages

  /** By the clocks of both machines, which are apart by some milliseconds: never below nothing. */
  function timeMessage({ cluster, view, entry }: WorkspaceChange): void {
    if (view !== "messages" || entry === undefined || entry.feed.node === options.node) return;
    const sentAtMs = wallMsOf(entry.stamp);
    const tookMs = Math.max(0, now() - sentAtMs);
    if (sentAtMs < startedAtMs || tookMs > MESSAGE_LATE_MS_MAX) return;
    const times = [...(messageTimes.get(cluster) ?? []), { atMs: now(), tookMs }].slice(-MESSAGE_TIMES_KEPT);
    messageTimes.delete(cluster);
    messageTimes.set(cluster, times);
    const [oldest] = messageTimes.keys();
    if (messageTimes.size > MESSAGE_CLUSTERS_MAX && oldest !== undefined) messageTimes.delete(oldest);
  }

  function messageLatencyMs(cluster: bigint): number | undefined {
    const sorted = (messageTimes.get(cluster) ?? [])
      .filter(({ atMs }) => now() - atMs < METRICS_WINDOW_MS)
      .map(({ tookMs }) => tookMs)
      .sort((a, b) => a - b);
    return sorted[Math.ceil(sorted.length * 0.95) - 1];
  }

  const endMessages = workspace.onChange(timeMessage);

  return {
    async observe() {
      const head = projection.head();
      if (head === undefined) throw new Error("a fleet is looked at once the chain was followed");
      const told = settings();
      const clusters = managed();
      const [resources, parties] = await Promise.all([
        modules.resources(),
        Promise.all(clusters.map(({ cluster }) => partiesOf(cluster))),
      ]);
      const said = new Map(
        parties
          .flatMap(({ members }) => members)
          .flatMap(({ id, capabilities }) => {
            const agent = /^agent:(\d+)$/.exec(id)?.[1];
            return agent === undefined
              ? []
              : [[BigInt(agent), capabilities.map((one) => one.toLowerCase())] as const];
          }),
      );
      const seenNodes = nodes(resources);
      const next: typeof states = new Map();
      const seen = {
        nodes: seenNodes,
        load: places.load(),
        runs: runsOfLate(projection.endedExecutions(), head.timestamp, versions.peek),
        settings: told,
        next,
      };
      const fleet: Fleet = {
        block: { number: head.number, hash: head.hash },
        atMs: now(),
        nodes: seenNodes,
        models: new Map(projection.models().map((model) => [model.model, modelOf(model)])),
        agents: agents(said, head.timestamp),
        slugs: new Map(projection.clusters().map(({ slug, cluster }) => [slug, cluster])),
        clusters: new Map(
          clusters.map((state, at) => [
            state.cluster,
            clusterOf(state, { ...seen, parties: parties[at] as Parties }),
          ]),
        ),
      };
      states = next;
      return fleet;
    },
    onNews(handler) {
      const node = (isUp: boolean) => (id: bigint) =>
        handler({ kind: "node", node: id, isUp } satisfies FleetNews);
      const ends = [
        presence.on("up", node(true)),
        presence.on("down", node(false)),
        roundTrips.onTurn((id, answers) => handler({ kind: "node", node: id, isUp: answers })),
        lives.onLost((cluster, name) => handler({ kind: "member", cluster, name, state: "lost" })),
      ];
      return () => {
        for (const end of ends) end();
      };
    },
    wanted() {
      const wanted = new Set<bigint>();
      for (const { agents: of } of managed())
        for (const { agent } of of)
          for (const node of servingNodes(projection.model(projection.agent(agent)?.model ?? 0n)))
            wanted.add(node);
      wanted.delete(options.node);
      // A bounded number is measured: whom members are asked at must be among them.
      const routed = [...modules.routes.nodes()].filter((node) => wanted.has(node));
      return [...new Set([...routed, ...wanted])];
    },
    stop: endMessages,
  };
}

function servingNodes(model: ModelState | undefined): readonly bigint[] {
  return (model?.places ?? []).filter(({ active }) => active).map(({ node }) => node);
}

function modelOf(state: ModelState): FleetModel {
  const { model, name, owner, currency, priceWei, open } = state;
  return { model, name, owner, currency, priceWei, isOpen: open, nodes: servingNodes(state) };
}

/** From `helper:3/tester`. */
function nodeOfHelper(id: string): bigint {
  const [, node] = /^helper:(\d+)\//.exec(id) ?? [];
  if (node === undefined) throw new Error(`${id} is no helper's name`);
  return BigInt(node);
}

/** A helper that a person connects is there as long as it says so; one with a program is as its program is. */
/** Who is in a cluster, and how many jobs each has not begun. */
interface Parties {
  readonly members: readonly Member[];
  readonly queued: ReadonlyMap<string, number>;
}

function stateOfHelper({ state, program, isAlive }: Member, isNodeUp: boolean): FleetMember["state"] {
  if (!isNodeUp) return "silent";
  if (program !== undefined) {
    const ofProgram = {
      spawning: "spawning",
      waiting: "ready",
      working: "running",
      asking: "running",
      done: "done",
    } as const;
    return ofProgram[program.state];
  }
  if (state === "spawning" || state === "done") return state;
  return isAlive ? "ready" : "done";
}
