import { PleiadError } from "@pleiad/sdk/errors";
import { type Hex, zeroAddress } from "viem";
import type {
  Fleet,
  FleetAgent,
  FleetCluster,
  FleetModel,
  FleetNode,
} from "../../../../node/src/manager/fleet.ts";
import { basisOf } from "../../../../node/src/manager/planning/basis.ts";
import { type Carrier, createCarrier } from "../../../../node/src/manager/planning/carryOut.ts";
import { createPlanBook, type PlanRecords } from "../../../../node/src/manager/planning/planBook.ts";
import { NEW_PROGRESS } from "../../../../node/src/manager/planning/records.ts";
import { createSpending, type Spending } from "../../../../node/src/manager/planning/spending.ts";
import type { Plan, Step, StepCost } from "../../../../node/src/manager/plans.ts";
import type { Hands, ManagerTable } from "../../../../node/src/manager/ports.ts";
import type { ManagerPolicy, ManagerSettings } from "../../../../node/src/manager/settings.ts";

export const OWNER = "0x00000000000000000000000000000000000000a1";
export const OTHER = "0x00000000000000000000000000000000000000b2";
export const GWEI = 10n ** 9n;
const HOUR_MS = 3_600_000;

/** A process that ended between two instructions: no expected failure, so nobody catches it. */
export class Crash extends Error {}

/** Points at which a process may end, counted; it ends at the one that is named. */
export interface CrashPoints {
  /** Set to undefined for never. */
  at: number | undefined;
  passed: number;
  pass(): void;
}

export function crashPoints(): CrashPoints {
  return {
    at: undefined,
    passed: 0,
    pass() {
      const point = this.passed++;
      if (point === this.at) throw new Crash(`at ${point}`);
    },
  };
}

/** A table in memory that keeps JSON, as a disk does, and may crash around each write. */
export function memoryTable(
  points = crashPoints(),
): ManagerTable & { readonly entries: Map<string, string> } {
  const entries = new Map<string, string>();
  return {
    entries,
    async get(key) {
      const text = entries.get(key);
      return text === undefined ? undefined : JSON.parse(text);
    },
    async put(list) {
      points.pass();
      const texts = list.map(([key, value]) => [key, JSON.stringify(value)] as const);
      for (const [key, text] of texts) entries.set(key, text);
      points.pass();
    },
    async delete(keys) {
      points.pass();
      for (const key of keys) entries.delete(key);
    },
    async *list(prefix, { limit = Number.POSITIVE_INFINITY, newestFirst = false } = {}) {
      const keys = [...entries.keys()].filter((key) => key.startsWith(prefix)).sort();
      if (newestFirst) keys.reverse();
      for (const key of keys.slice(0, limit)) {
        const text = entries.get(key);
        if (text !== undefined) yield [key, JSON.parse(text)] as const;
      }
    },
  };
}

/** Hands that write down what they do, once for each key, as the real ones have to. */
export interface FakeHands extends Hands {
  /** Acts in their order, each with its key. */
  readonly done: { readonly key: string; readonly step: Step }[];
  /** Asked before each act; throws what it shall fail with. */
  onAct: (step: Step, key: string) => void | Promise<void>;
  cost: (step: Step) => StepCost;
  lacking: (step: Step) => string | undefined;
  irreversible: (step: Step) => boolean;
}

export function fakeHands(points = crashPoints()): FakeHands {
  const outcomes = new Map<string, string>();
  const hands: FakeHands = {
    done: [],
    onAct: () => undefined,
    cost: () => costOf(0n),
    lacking: () => undefined,
    irreversible: (step) => step.act === "publish",
    async estimate(step) {
      return hands.cost(step);
    },
    lacks: (step) => hands.lacking(step),
    async carryOut(step, key) {
      points.pass();
      const earlier = outcomes.get(key);
      if (earlier !== undefined) return earlier;
      await hands.onAct(step, key);
      hands.done.push({ key, step });
      const outcome = step.act === "publish" ? "77" : `did ${key}`;
      outcomes.set(key, outcome);
      points.pass();
      return outcome;
    },
    inverse: (step) => (hands.irreversible(step) ? undefined : inverseOf(step)),
  };
  return hands;
}

function inverseOf(step: Step): Step | undefined {
  switch (step.act) {
    case "set-places":
      return { ...step, from: step.to, to: step.from };
    case "serve-model":
      return { ...step, act: "leave-model" };
    case "start-helper":
      return { ...step, act: "stop-helper" };
    case "drain-node":
      return { ...step, act: "resume-node" };
    default:
      return undefined;
  }
}

export function costOf(gasWei: bigint, feesWei = 0n): StepCost {
  return { gas: gasWei / GWEI, gasWei, feesWei, currency: zeroAddress };
}

export const POLICY: ManagerPolicy = {
  unasked: ["set-places", "set-share", "restart-member", "set-route"],
  forbidden: [],
  planWeiMax: 10n ** 16n,
  dayWeiMax: 10n ** 17n,
  restartsMax: 3,
  restartWindowMs: HOUR_MS,
  cooldownMs: 60_000,
  verifyMs: 60_000,
  placesFloor: 1,
  ownerShareMax: 0.5,
  placesMax: 16,
  helpersMax: 4,
};

export const SETTINGS: ManagerSettings = {
  id: "test-manager",
  name: "Test manager",
  capabilities: ["formation", "communication", "scaling", "stability"],
  relationships: { clusters: [], owners: [OWNER], orchestrator: undefined, gateways: [], weights: new Map() },
  databases: { clusters: "clusters", communication: "communication", performance: "performance" },
  formationIntervalMs: 60_000,
  scalingIntervalMs: 15_000,
  alertThresholds: {
    clusterSize: { min: 3, max: 10 },
    communicationLatencyMs: 1_000,
    resourceUsage: 0.8,
    stabilityScore: 0.9,
  },
  policy: POLICY,
};

export const NODE: FleetNode = {
  node: 1n,
  owner: OWNER,
  status: "Active",
  isOwn: true,
  isUp: true,
  silentMs: 0,
  roundTripMs: undefined,
  lossShare: undefined,
  places: { total: 4, taken: 1 },
  resourceShare: 0.2,
  isDraining: false,
};

export const MODEL: FleetModel = {
  model: 1n,
  name: "model",
  owner: OWNER,
  currency: zeroAddress,
  priceWei: 100n,
  isOpen: true,
  nodes: [1n],
};

export const AGENT: FleetAgent = {
  agent: 1n,
  owner: OWNER,
  name: "agent",
  model: 1n,
  cluster: 0n,
  capabilities: ["write"],
  rating: undefined,
};

export const CLUSTER: FleetCluster = {
  cluster: 7n,
  owner: OWNER,
  slug: "seven",
  version: 1,
  members: [
    { name: "writer", agent: 1n, model: 1n, nodes: [1n], state: "running", sinceMs: 1_000, restarts: 0 },
  ],
  weight: 1,
  queue: { waiting: 0, running: 0, oldestMs: 0 },
  window: {
    ended: 0,
    succeeded: 0,
    windowsMissed: 0,
    windows: 0,
    restarts: 0,
    latencyMs: undefined,
    messageLatencyMs: undefined,
    costWei: 0n,
  },
};

export interface FleetParts {
  readonly nodes?: readonly FleetNode[];
  readonly models?: readonly FleetModel[];
  readonly agents?: readonly FleetAgent[];
  readonly clusters?: readonly FleetCluster[];
  readonly slugs?: ReadonlyMap<string, bigint>;
  readonly block?: bigint;
  readonly atMs?: number;
}

export function fleetOf({ nodes = [], models = [], agents = [], clusters = [], ...rest }: FleetParts): Fleet {
  const number = rest.block ?? 100n;
  return {
    block: { number, hash: `0x${number.toString(16).padStart(64, "0")}` as Hex },
    atMs: rest.atMs ?? 1_700_000_000_000,
    nodes: new Map(nodes.map((node) => [node.node, node])),
    models: new Map(models.map((model) => [model.model, model])),
    agents: new Map(agents.map((agent) => [agent.agent, agent])),
    clusters: new Map(clusters.map((cluster) => [cluster.cluster, cluster])),
    ...(rest.slugs === undefined ? {} : { slugs: rest.slugs }),
  };
}

/** Everything that carrying out plans needs; `restart` is what a new process finds. */
export interface PlanWorld {
  readonly points: CrashPoints;
  readonly table: ReturnType<typeof memoryTable>;
  readonly hands: FakeHands;
  records: PlanRecords;
  spending: Spending;
  carrier: Carrier;
  fleet: Fleet;
  policy: ManagerPolicy;
  nowMs: number;
  restart(): void;
  /** A proposed plan of these steps. */
  plan(steps: readonly Step[], changes?: Partial<Plan>): Promise<Plan>;
}

export function planWorld(): PlanWorld {
  const points = crashPoints();
  const table = memoryTable(points);
  const hands = fakeHands(points);
  const world = {
    points,
    table,
    hands,
    fleet: fleetOf({ nodes: [NODE, { ...NODE, node: 2n }], models: [MODEL], clusters: [CLUSTER] }),
    policy: POLICY,
    nowMs: 1_700_000_000_000,
    restart() {
      world.records = createPlanBook({}, { table });
      world.spending = createSpending({ table });
      world.carrier = createCarrier({
        records: world.records,
        spending: world.spending,
        hands,
        view: { observe: async () => world.fleet },
        policy: () => world.policy,
        now: () => world.nowMs,
        random: () => 0.5,
        onChange: () => undefined,
      });
    },
    async plan(steps: readonly Step[], changes: Partial<Plan> = {}) {
      const plan: Plan = {
        id: await world.records.newId(world.nowMs),
        kind: "SCALING",
        cluster: 7n,
        title: "Does what a test wants.",
        steps: steps.map((step) => ({ step, why: "A test wants it.", cost: hands.cost(step) })),
        basis: basisOf(world.fleet, steps),
        madeAtMs: world.nowMs,
        expiresAtMs: world.nowMs + HOUR_MS,
        state: "proposed",
        consent: "A test asks.",
        done: 0,
        outcomes: steps.map(() => undefined),
        problem: undefined,
        ...changes,
      };
      await world.records.write({ plan, progress: NEW_PROGRESS });
      return plan;
    },
  } as PlanWorld;
  world.restart();
  return world;
}

export function failing(code: string, retryable: boolean): PleiadError {
  return new PleiadError(`${code} was asked for by a test`, { code, retryable });
}
