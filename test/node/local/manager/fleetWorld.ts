import type { Address, Hex } from "viem";
import { zeroAddress, zeroHash } from "viem";
import type { ProjectionReader } from "../../../../node/src/chain/projection.ts";
import type {
  AcceptedState,
  AgentState,
  ClusterState,
  ExecutionRecord,
  ModelState,
  NodeState,
} from "../../../../node/src/chain/state.ts";
import { createFleetView } from "../../../../node/src/local/manager/fleetView.ts";
import { createHelperLives } from "../../../../node/src/local/manager/helperLives.ts";
import type { ManagerSettings } from "../../../../node/src/manager/settings.ts";
import type { NodePresence } from "../../../../node/src/network/types.ts";
import type { ClusterLoad, WorkPlaces } from "../../../../node/src/work/jobs.ts";
import { stampAt } from "../../../../node/src/workspace/log/stamp.ts";
import type { Job, Member, WorkspaceChange } from "../../../../node/src/workspace/types.ts";

export const OWNER: Address = "0x00000000000000000000000000000000000000aa";
export const STRANGER: Address = "0x00000000000000000000000000000000000000bb";
export const THIS_NODE = 1n;
export const CLUSTER = 7n;
export const HEAD_SECONDS = 100_000n;

const HASH: Hex = zeroHash;

export function settingsFor(change: Partial<ManagerSettings> = {}): ManagerSettings {
  return {
    id: "m",
    name: "M",
    capabilities: ["formation", "communication", "scaling", "stability"],
    relationships: {
      clusters: ["brief"],
      owners: [],
      orchestrator: undefined,
      gateways: [],
      weights: new Map([["brief", 2]]),
    },
    databases: { clusters: "c", communication: "m", performance: "p" },
    formationIntervalMs: 60_000,
    scalingIntervalMs: 60_000,
    alertThresholds: {
      clusterSize: { min: 3, max: 10 },
      communicationLatencyMs: 1_000,
      resourceUsage: 0.8,
      stabilityScore: 0.9,
    },
    policy: {
      unasked: ["set-places"],
      forbidden: [],
      planWeiMax: 0n,
      dayWeiMax: 0n,
      restartsMax: 3,
      restartWindowMs: 600_000,
      cooldownMs: 60_000,
      verifyMs: 60_000,
      placesFloor: 1,
      ownerShareMax: 1,
      placesMax: 16,
      helpersMax: 4,
    },
    ...change,
  };
}

export function nodeState(node: bigint, change: Partial<NodeState> = {}): NodeState {
  return {
    node,
    owner: OWNER,
    key: zeroAddress,
    status: "Active",
    registeredAt: 0n,
    metadataDigest: HASH,
    metadataURI: "",
    ...change,
  };
}

export function modelState(model: bigint, nodes: readonly bigint[]): ModelState {
  return {
    model,
    owner: OWNER,
    name: `model ${model}`,
    currency: zeroAddress,
    priceWei: 5n,
    nodeShareBps: 8_000,
    open: true,
    places: nodes.map((node) => ({ node, joinedAt: 0n, leftAt: null, active: true })),
    lastLeftAt: 0n,
  };
}

export function agentState(agent: bigint, model: bigint, change: Partial<AgentState> = {}): AgentState {
  return { agent, owner: OWNER, model, uri: "", cluster: CLUSTER, ...change };
}

export function clusterState(change: Partial<ClusterState> = {}): ClusterState {
  return {
    cluster: CLUSTER,
    owner: OWNER,
    slug: "brief",
    name: "Brief",
    description: "",
    agents: [
      { agent: 0n, name: "reader" },
      { agent: 1n, name: "writer" },
    ],
    versions: [{ version: 1n, digest: HASH, code: zeroAddress, publishedAt: 0n }],
    ...change,
  };
}

/** A run that ended `agoSeconds` before the head, with answers so many seconds after its creation. */
export function endedRun(
  execution: bigint,
  change: Partial<ExecutionRecord> & {
    readonly agoSeconds?: number;
    readonly answeredAfter?: readonly number[];
  } = {},
): ExecutionRecord {
  const { agoSeconds = 10, answeredAfter = [], ...rest } = change;
  const createdAt = HEAD_SECONDS - 500n;
  const place = (timestamp: bigint) => ({
    blockNumber: 1n,
    blockHash: HASH,
    timestamp,
    transactionHash: HASH,
    logIndex: 0,
  });
  const accepted = (task: number, after: number): AcceptedState => ({
    task,
    role: "Node",
    node: 1n,
    outputDigest: HASH,
    evidenceDigest: HASH,
    tipWei: 0n,
    output: null,
    outputURI: "",
    place: place(createdAt + BigInt(after)),
  });
  return {
    execution,
    cluster: CLUSTER,
    version: 1n,
    requester: STRANGER,
    deadline: HEAD_SECONDS,
    thread: HASH,
    ownerMayAnswer: false,
    outputsByReference: false,
    inputDigest: HASH,
    input: null,
    inputURI: "",
    state: "Succeeded",
    createdAt,
    readyAt: createdAt,
    createdIn: place(createdAt),
    completions: new Map(answeredAfter.map((after, task) => [task, accepted(task, after)])),
    seconds: new Map(),
    failures: new Map(),
    callback: null,
    responseDigest: null,
    runDigest: null,
    refundWei: 0n,
    endedIn: place(HEAD_SECONDS - BigInt(agoSeconds)),
    ...rest,
  };
}

/** Chain, peers and workspace around a view, all in the test's hand. */
export function fleetWorld() {
  const presenceHandlers = { up: new Set<(node: bigint) => void>(), down: new Set<(node: bigint) => void>() };
  const turns = new Set<(node: bigint, answers: boolean) => void>();
  const changes = new Set<(change: WorkspaceChange) => void>();
  const world = {
    nowMs: 1_000_000,
    settings: settingsFor(),
    nodes: [nodeState(1n), nodeState(2n), nodeState(3n, { owner: STRANGER })],
    models: [modelState(1n, [1n, 2n]), modelState(2n, [3n])],
    agents: [agentState(0n, 1n), agentState(1n, 2n)],
    clusters: [clusterState(), clusterState({ cluster: 8n, slug: "other", owner: STRANGER, agents: [] })],
    ended: [] as ExecutionRecord[],
    up: [] as NodePresence[],
    parties: [] as Member[],
    jobs: [] as Pick<Job, "worker">[],
    load: new Map<bigint, ClusterLoad>(),
    isDraining: false,
    routed: [] as readonly bigint[],
    grantees: [] as readonly Address[],
    openClusters: [CLUSTER] as readonly bigint[],
    /** How often the log was asked. */
    asked: 0,
    heartbeat: (node: bigint, silentMs = 100, models: readonly bigint[] = [1n]): NodePresence => ({
      node,
      certificate: HASH,
      models,
      startedAt: 0n,
      silentMs,
    }),
    turn: (node: bigint, answers: boolean) => turns.forEach((handler) => void handler(node, answers)),
    come: (event: "up" | "down", node: bigint) =>
      presenceHandlers[event].forEach((handler) => void handler(node)),
    message: (node: bigint, sentAtMs: number) => {
      const entry = { feed: { node, generation: 0n }, stamp: stampAt(sentAtMs) };
      const change = { cluster: CLUSTER, view: "messages", type: "message.sent", entry };
      for (const handler of changes) handler(change as unknown as WorkspaceChange);
    },
    /** Handlers that nobody took away. */
    listeners: () => presenceHandlers.up.size + presenceHandlers.down.size + turns.size + changes.size,
  };
  const projection = {
    head: () => ({ number: 42n, hash: HASH, parentHash: HASH, timestamp: HEAD_SECONDS }),
    node: (id: bigint) => world.nodes.find(({ node }) => node === id),
    model: (id: bigint) => world.models.find(({ model }) => model === id),
    agent: (id: bigint) => world.agents.find(({ agent }) => agent === id),
    cluster: (id: bigint) => world.clusters.find(({ cluster }) => cluster === id),
    agentGrantees: () => world.grantees,
    nodes: () => world.nodes,
    models: () => world.models,
    agents: () => world.agents,
    clusters: () => world.clusters,
    endedExecutions: () => world.ended,
  } as unknown as ProjectionReader;
  const places: WorkPlaces = {
    total: () => 4,
    setTotal() {},
    shares: () => new Map(),
    setShare() {},
    isDraining: () => world.isDraining,
    drain() {},
    resume() {},
    load: () => world.load,
  };
  const lives = createHelperLives({ now: () => world.nowMs });
  const view = createFleetView(
    { node: THIS_NODE, deployment: { agentRegistry: zeroAddress, clusterRegistry: zeroAddress } },
    {
      projection,
      versions: {
        peek: () => ({ windowSeconds: 10, tasks: [{ priceWei: 3n }, { priceWei: 4n }] }) as never,
      },
      presence: {
        list: () => world.up,
        on(event, handler) {
          presenceHandlers[event].add(handler);
          return () => presenceHandlers[event].delete(handler);
        },
      },
      roundTrips: {
        of: (node) => ({ roundTripMs: Number(node) * 10, lossShare: 0 }),
        onTurn(handler) {
          turns.add(handler);
          return () => turns.delete(handler);
        },
      },
      places,
      activeJobs: () => 2,
      workspace: {
        clusters: () => world.openClusters,
        as: () =>
          ({
            async listAgents() {
              world.asked += 1;
              return world.parties;
            },
            async listJobs() {
              return world.jobs;
            },
          }) as never,
        onChange(handler) {
          changes.add(handler);
          return () => changes.delete(handler);
        },
      },
      lives,
      routes: { of: () => [], nodes: () => new Set(world.routed) },
      resources: async () => ({ share: 0.5, of: "memory" as const }),
      settings: () => world.settings,
      now: () => world.nowMs,
      monotonicMs: () => world.nowMs,
    },
  );
  return { world, view, lives, projection };
}
