import type { Alert } from "../../../node/src/manager/face.ts";
import type { Fleet } from "../../../node/src/manager/fleet.ts";
import { createManager, type RunningManager } from "../../../node/src/manager/manager.ts";
import type { PlanDraft, PlanHistory, Planner } from "../../../node/src/manager/planning/planner.ts";
import type { Plan } from "../../../node/src/manager/plans.ts";
import type { FleetNews, Ratings } from "../../../node/src/manager/ports.ts";
import type { ManagerSettings } from "../../../node/src/manager/settings.ts";
import { logger, type ManualClock, manualClock } from "../chain/helpers.ts";
import {
  AGENT,
  CLUSTER,
  crashPoints,
  type FakeHands,
  fakeHands,
  fleetOf,
  MODEL,
  memoryTable,
  NODE,
  SETTINGS,
} from "./planning/world.ts";

const STABLE = {
  score: 1,
  parts: { availability: 1, success: 1, punctuality: 1, steadiness: 1, latency: 1 },
} as const;

/** A manager over a fleet, hands and planners that a test moves. */
export interface ManagerWorld {
  manager: RunningManager;
  readonly clock: ManualClock;
  readonly hands: FakeHands;
  readonly table: ReturnType<typeof memoryTable>;
  fleet: Fleet;
  settings: ManagerSettings;
  /** What planners want at a look; a planner by its capability. */
  wants: Map<string, readonly PlanDraft[]>;
  judge: Planner["judge"];
  /** Plans that the planner of scale was told of after a start. */
  readonly recalled: Plan[];
  /** What planners were told last of what was done. */
  past: PlanHistory | undefined;
  /** How often the fleet was read. */
  observed: number;
  /** Thrown instead of a fleet. */
  blind: Error | undefined;
  alerts: Alert[];
  /** What requesters said of agents, where anybody can be asked. */
  ratings: Ratings | undefined;
  tell(news: FleetNews): void;
  /** A new process over the same table and hands. */
  restart(): void;
  /** Lets time pass, and everything that it begins end. */
  pass(ms: number): Promise<void>;
}

export function managerWorld(): ManagerWorld {
  const clock = manualClock();
  const points = crashPoints();
  const handlers = new Set<(news: FleetNews) => void>();
  const planner = (capability: Planner["capability"]): Planner => ({
    capability,
    plan: (_fleet, _settings, _nowMs, past) => {
      world.past = past;
      return world.wants.get(capability) ?? [];
    },
    answer: () => world.wants.get(capability)?.[0],
    ...(capability === "scaling"
      ? {
          judge: (...facts) => world.judge?.(...facts) ?? { isGood: true, why: "" },
          recall: (plan) => world.recalled.push(plan),
        }
      : {}),
  });
  const world: ManagerWorld = {
    manager: undefined as never,
    clock,
    hands: fakeHands(points),
    table: memoryTable(points),
    fleet: fleetOf({
      nodes: [NODE, { ...NODE, node: 2n }],
      models: [MODEL],
      agents: [AGENT, { ...AGENT, agent: 2n, name: "second" }],
      clusters: [CLUSTER, { ...CLUSTER, cluster: 8n, slug: "eight" }],
    }),
    settings: SETTINGS,
    wants: new Map(),
    judge: undefined,
    recalled: [],
    past: undefined,
    observed: 0,
    blind: undefined,
    alerts: [],
    ratings: undefined,
    tell: (news) => {
      for (const handler of handlers) handler(news);
    },
    restart() {
      handlers.clear();
      world.manager = createManager(
        { settings: world.settings },
        {
          view: {
            observe: async () => {
              world.observed += 1;
              if (world.blind !== undefined) throw world.blind;
              return { ...world.fleet, atMs: nowMs() };
            },
            onNews(handler) {
              handlers.add(handler);
              return () => void handlers.delete(handler);
            },
          },
          hands: world.hands,
          store: { clusters: world.table },
          clock,
          now: nowMs,
          random: () => 0.5,
          logger,
          planners: [planner("stability"), planner("communication"), planner("scaling")],
          score: () => STABLE,
          ratings: { of: async (agents) => (await world.ratings?.of(agents)) ?? new Map() },
          routes: () => [],
          alerting: {
            observe: () => Promise.resolve(),
            alerts: () => world.alerts,
            acknowledge: () => Promise.reject(new Error("no test asks")),
            onChange: () => () => undefined,
          },
        },
      );
    },
    async pass(ms) {
      clock.advance(ms);
      await quiet(world);
    },
  };
  const nowMs = () => 1_700_000_000_000 + clock.monotonicMs();
  world.restart();
  return world;
}

/** Comes to its end when what is due now was done: nothing of it waits for anything but other promises. */
async function quiet(world: ManagerWorld): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    await world.manager.settled();
  }
}
