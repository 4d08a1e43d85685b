import {
  type Communication,
  createCommunication,
} from "../../../../node/src/manager/communication/communication.ts";
import type { Fleet } from "../../../../node/src/manager/fleet.ts";
import type { PlanDraft, PlanMeasure, Planner } from "../../../../node/src/manager/planning/planner.ts";
import type { Plan, PlanKind } from "../../../../node/src/manager/plans.ts";
import { createScaling, type Scaling } from "../../../../node/src/manager/scaling/scaling.ts";
import type { ManagerSettings } from "../../../../node/src/manager/settings.ts";
import { createStability, type Stability } from "../../../../node/src/manager/stability/stability.ts";
import { createEyes } from "./eyes.ts";
import { createHands, createVersionWriter, type Deed } from "./hands.ts";
import { isSound, tick, type World } from "./world.ts";

const PROBE_MS = 5_000;
const NEWS_GAP_MS = 1_000;

/** A plan that was carried out and is watched. */
interface Watched {
  readonly plan: Plan;
  readonly before: PlanMeasure;
  readonly planner: Planner;
  readonly doneAtMs: number;
}

export interface Driver {
  readonly scaling: Scaling;
  readonly stability: Stability;
  readonly communication: Communication;
  readonly deeds: readonly Deed[];
  /** Plans that were taken back. */
  readonly reverted: readonly { readonly atMs: number; readonly plan: Plan; readonly why: string }[];
  /** The last fleet that was seen. */
  fleet(): Fleet | undefined;
  /** One second of world and manager. */
  step(): Promise<void>;
}

/** The smallest manager that can be: looks, does at once all that the planners want, watches it, and takes it back where it was bad. */
export function createDriver(world: World, settings: ManagerSettings, placeShare: number): Driver {
  const eyes = createEyes(world, placeShare);
  const hands = createHands(world);
  const versions = createVersionWriter(world);
  const scaling = createScaling({ versions });
  const stability = createStability({ versions });
  const communication = createCommunication(
    { self: 0n },
    { nowMs: () => world.nowMs, sides: { topics: () => undefined } },
  );
  const watched: Watched[] = [];
  const reverted: { atMs: number; plan: Plan; why: string }[] = [];
  const lastChange = new Map<string, number>();
  let fleet: Fleet | undefined;
  let plans = 0;
  let hasNews = false;
  let lookedAtMs = Number.NEGATIVE_INFINITY;

  eyes.onNews((news) => {
    communication.news(news);
    hasNews = true;
  });
  const past = {
    lastChangeMs: (kind: PlanKind, cluster: bigint | undefined) => lastChange.get(`${kind}/${cluster}`),
  };

  async function look(planners: readonly Planner[]): Promise<void> {
    fleet = await eyes.observe();
    for (const planner of planners) {
      for (const draft of planner.plan(fleet, settings, world.nowMs, past)) await apply(planner, draft);
    }
  }

  async function apply(planner: Planner, draft: PlanDraft): Promise<void> {
    if (watched.some(({ plan }) => plan.kind === draft.kind && plan.cluster === draft.cluster)) return;
    plans += 1;
    const plan = planOf(draft, plans, world.nowMs);
    for (const [at, { step }] of plan.steps.entries()) await hands.carryOut(step, `${plan.id}/${at}`);
    lastChange.set(`${plan.kind}/${plan.cluster}`, world.nowMs);
    if (planner.judge !== undefined)
      watched.push({ plan, before: draft.before ?? {}, planner, doneAtMs: world.nowMs });
  }

  async function judge(): Promise<void> {
    for (const one of [...watched]) {
      if (world.nowMs - one.doneAtMs < settings.policy.verifyMs) continue;
      watched.splice(watched.indexOf(one), 1);
      fleet = await eyes.observe();
      const verdict = one.planner.judge?.(one.plan, one.before, fleet, settings);
      if (verdict?.isGood !== false) continue;
      for (const [at, { step }] of [...one.plan.steps.entries()].reverse()) {
        const back = hands.inverse(step);
        if (back !== undefined) await hands.carryOut(back, `${one.plan.id}/${at}/back`);
      }
      lastChange.set(`${one.plan.kind}/${one.plan.cluster}`, world.nowMs);
      reverted.push({ atMs: world.nowMs, plan: one.plan, why: verdict.why });
    }
  }

  /** Messages to where the routes lead, and to whom only an answer brings back. */
  function probe(): void {
    const heads = [...world.clusters.keys()].flatMap((cluster) =>
      communication.routes.of(cluster).flatMap(({ nodes }) => nodes.slice(0, 1)),
    );
    for (const id of new Set([...heads, ...communication.routes.unanswering()])) {
      const node = world.nodes.get(id);
      communication.heard(
        id,
        node !== undefined && isSound(node) ? node.roundTripMs * node.slowness : undefined,
      );
    }
  }

  return {
    scaling,
    stability,
    communication,
    deeds: hands.deeds,
    reverted,
    fleet: () => fleet,
    async step() {
      tick(world);
      const isDue = (everyMs: number) => world.nowMs % everyMs === 0;
      if (isDue(PROBE_MS)) probe();
      await judge();
      if (isDue(settings.scalingIntervalMs)) await look([scaling]);
      if (isDue(settings.formationIntervalMs) || (hasNews && world.nowMs - lookedAtMs >= NEWS_GAP_MS)) {
        hasNews = false;
        lookedAtMs = world.nowMs;
        await look([stability, communication]);
      }
    },
  };
}

function planOf({ kind, cluster, title, steps }: PlanDraft, id: number, atMs: number): Plan {
  return {
    id: String(id),
    kind,
    cluster,
    title,
    steps: steps.map((step) => ({ ...step, cost: { gas: 0n, gasWei: 0n, feesWei: 0n, currency: "0x" } })),
    basis: "0x",
    madeAtMs: atMs,
    expiresAtMs: atMs,
    state: "applied",
    consent: undefined,
    done: steps.length,
    outcomes: [],
    problem: undefined,
  };
}
