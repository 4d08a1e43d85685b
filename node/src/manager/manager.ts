import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Clock } from "../chain/clock.ts";
import { createMutex } from "../chain/mutex.ts";
import { managerError, problemOf } from "./errors.ts";
import { explainPlan } from "./explain.ts";
import type {
  Alert,
  ClusterReport,
  Manager,
  ManagerRequest,
  ManagerStatus,
  Route,
  Speaker,
  StabilityScore,
} from "./face.ts";
import type { Fleet } from "./fleet.ts";
import { createFormationDesk } from "./formation/desk.ts";
import { createFormationPlanner } from "./formation/formation.ts";
import { createStandingRequests } from "./formation/standing.ts";
import { FLEET_FRESH_MS, PLANS_AT_ONCE_MAX, STATUS_PLANS_MAX } from "./limits.ts";
import { createLoop } from "./loop.ts";
import { createCarrier } from "./planning/carryOut.ts";
import { createPast } from "./planning/past.ts";
import { createPlanBook } from "./planning/planBook.ts";
import type { PlanDraft, Planner, Verdict } from "./planning/planner.ts";
import { propose } from "./planning/proposals.ts";
import { isOver, type PlanRecord } from "./planning/records.ts";
import { createSpending } from "./planning/spending.ts";
import { type Blocks, createBlocks } from "./planning/subjects.ts";
import type { Plan } from "./plans.ts";
import type { FleetNews, FleetView, Hands, ManagerStore, Ratings } from "./ports.ts";
import type { Score } from "./reports/cluster.ts";
import { managerStatus, reportsOf, scoresOf } from "./reports/status.ts";
import type { ManagerCapability, ManagerSettings } from "./settings.ts";

export interface ManagerModules {
  readonly view: FleetView;
  readonly hands: Hands;
  readonly store: Pick<ManagerStore, "clusters">;
  /** For all that waits. */
  readonly clock: Clock;
  /** Unix milliseconds, for all that is written down. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly logger: Logger;
  /** Besides formation, which the manager brings itself. Of several drafts for one cluster those of the first planner count. */
  readonly planners: readonly Planner[];
  readonly score: Score;
  /** For candidates of a formation alone. @default agents count as the fleet has them */
  readonly ratings?: Ratings | undefined;
  readonly routes: (cluster: bigint) => readonly Route[];
  readonly alerting: {
    observe(
      fleet: Fleet,
      scores: ReadonlyMap<bigint, StabilityScore>,
      thresholds: ManagerSettings["alertThresholds"],
    ): Promise<void>;
    alerts(): readonly Alert[];
    acknowledge(id: string, by: Speaker): Promise<Alert>;
    onChange(handler: () => void): () => void;
  };
  /** Told of news before the look that they lead to. */
  readonly onNews?: (news: FleetNews) => void;
}

/** A manager, and what whoever runs it asks of it besides. */
export interface RunningManager extends Manager {
  /** Takes other settings from now on: plans that are open go on, and are looked at by the new policy. */
  replaceSettings(settings: ManagerSettings): void;
  /** The last look, as `status` tells it, without all that a status takes to make. */
  lastLook(): ManagerStatus["reconciled"];
  /** What is wrong with the file; undefined where it counts. */
  setFileProblem(problem: ManagerStatus["problem"]): void;
  /** One look: what is seen is compared with what is wanted. Comes to its end when all that it begins has been written down. */
  reconcile(): Promise<void>;
  /** Tries standing requests again. */
  form(): Promise<void>;
  /** Resolves when no plan is being carried out. */
  settled(): Promise<void>;
}

/** A cluster manager: see the folder's README for its promises. */
export function createManager(
  options: { readonly settings: ManagerSettings },
  modules: ManagerModules,
): RunningManager {
  const { view, hands, store, clock, now, random, logger, alerting } = modules;
  const planners = [createFormationPlanner(), ...modules.planners];
  let settings = options.settings;
  const policy = () => settings.policy;
  const table = store.clusters;
  const records = createPlanBook({}, { table });
  const spending = createSpending({ table });
  const past = createPast();
  const handlers = new Set<() => void>();
  let fleet: Fleet | undefined;
  let seenAtMs = Number.NEGATIVE_INFINITY;
  let reconciled: ManagerStatus["reconciled"];
  let problem: ManagerStatus["problem"];
  let fileProblem: ManagerStatus["problem"];
  let loading: Promise<void> | undefined;
  const running = new Map<string, Promise<void>>();
  /** Plans that wait for one of the places. */
  const waiting = new Map<string, Verdict | undefined>();
  /** Plans are made one after the other, so that no two are made for one thing. */
  const alone = createMutex();
  const changed = () => {
    for (const handler of [...handlers]) handler();
  };
  const carrier = createCarrier({
    records,
    spending,
    hands,
    view: { observe: fresh },
    policy,
    now,
    random,
    onChange: changed,
  });
  const desk = createFormationDesk({
    requests: createStandingRequests({ table }),
    records,
    ratings: modules.ratings,
    now,
  });
  const loop = createLoop({
    clock,
    look: reconcile,
    form,
    intervals: () => settings,
    watch: (handler) =>
      view.onNews((news) => {
        modules.onNews?.(news);
        handler();
      }),
  });
  alerting.onChange(changed);

  async function observe(): Promise<Fleet> {
    const seen = await view.observe();
    fleet = seen;
    seenAtMs = clock.monotonicMs();
    return seen;
  }

  function fresh(): Promise<Fleet> {
    const isFresh = fleet !== undefined && clock.monotonicMs() - seenAtMs < FLEET_FRESH_MS;
    return isFresh ? Promise.resolve(fleet as Fleet) : observe();
  }

  function loaded(): Promise<void> {
    loading ??= (async () => {
      for (const record of (await records.recent(Number.MAX_SAFE_INTEGER)).toReversed()) {
        past.learn(record, now());
        if (record.plan.state === "verified") plannerOf(record)?.recall?.(record.plan);
      }
    })().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  }

  /** What an expected failure of a look or a plan leaves behind; anything else is a bug and goes on up. */
  function took(error: unknown, what: string): void {
    if (!(error instanceof PleiadError)) throw error;
    problem = problemOf(error);
    logger.warn({ code: error.code, reason: error.message, what }, "the manager could not do what it wanted");
  }

  /** Goes on with a plan beside the loop, so many at once; with what its judge found, where that is given. */
  function go(id: string, verdict?: Verdict): void {
    if (running.has(id) || loop.isStopped()) return;
    if (running.size >= PLANS_AT_ONCE_MAX) {
      waiting.set(id, verdict);
      return;
    }
    running.set(id, run(id, verdict));
  }

  async function run(id: string, verdict: Verdict | undefined): Promise<void> {
    try {
      await (verdict === undefined ? carrier.advance(id) : carrier.judged(id, verdict));
      await ended(id);
    } catch (error) {
      took(error, `plan ${id}`);
    } finally {
      running.delete(id);
      const [next] = waiting;
      if (next !== undefined) {
        waiting.delete(next[0]);
        go(...next);
      }
    }
  }

  /** One that nobody judges is good when it is done. */
  async function ended(id: string): Promise<Plan> {
    let record = await recordOf(id);
    if (isWatched(record) && plannerOf(record)?.judge === undefined) {
      await carrier.judged(id, { isGood: true, why: "It is done." });
      record = await recordOf(id);
    }
    past.learn(record, now());
    if (isOver(record.plan)) await desk.ended(record.plan);
    return record.plan;
  }

  async function recordOf(id: string): Promise<PlanRecord> {
    const record = await records.record(id);
    if (record !== undefined) return record;
    throw managerError("PLAN_UNKNOWN", `there is no plan ${JSON.stringify(id.slice(0, 40))}`, {
      hint: "See the ids of plans with: pleiad manager plan",
      details: { plan: id },
    });
  }

  function plannerOf({ progress }: PlanRecord): Planner | undefined {
    return planners.find(({ capability }) => capability === progress.planner);
  }

  function isWatched({ plan, progress }: PlanRecord): boolean {
    return plan.state === "applied" && progress.back === undefined;
  }

  /** Goes on with what waits, lets end what is over, judges what was watched long enough. */
  async function tend(seen: Fleet): Promise<void> {
    for (const record of await records.openRecords()) {
      const { id } = record.plan;
      if (running.has(id)) continue;
      if (!isWatched(record)) {
        if (record.plan.state !== "proposed" || now() >= record.plan.expiresAtMs) go(id);
        continue;
      }
      const { endedStepsAtMs = 0, before = {} } = record.progress;
      if (now() < endedStepsAtMs + policy().verifyMs) continue;
      const verdict = plannerOf(record)?.judge?.(record.plan, before, seen, settings);
      go(id, verdict ?? { isGood: true, why: "Nobody judges it." });
    }
  }

  /** Makes plans of what the planners want now. */
  async function plan(seen: Fleet): Promise<void> {
    const blocks = createBlocks(await records.openRecords());
    for (const planner of planners) {
      if (!settings.capabilities.includes(planner.capability)) continue;
      for (const draft of wantedBy(planner, seen)) await take(draft, seen, planner, blocks);
    }
  }

  /** One planner that cannot say what it wants does not silence the others. */
  function wantedBy(planner: Planner, seen: Fleet): readonly PlanDraft[] {
    try {
      return planner.plan(seen, settings, now(), past);
    } catch (error) {
      took(error, planner.capability);
      return [];
    }
  }

  async function take(draft: PlanDraft, seen: Fleet, planner: Planner, blocks: Blocks): Promise<void> {
    const isBlocked = blocks.blockedBy(draft.cluster, draft.steps) !== undefined;
    if (isBlocked || past.isPaused(draft, now())) return;
    try {
      const record = await propose(draft, seen, planner.capability, {
        records,
        spending,
        hands,
        policy,
        now,
      });
      blocks.add(record);
      logger.info({ plan: record.plan.id, kind: draft.kind, state: record.plan.state }, "a plan was made");
      if (record.plan.state === "approved") go(record.plan.id);
    } catch (error) {
      // What the policy forbids is wanted by nobody who could be told.
      if (!(error instanceof PleiadError) || error.code !== "POLICY_FORBIDS")
        took(error, `a ${draft.kind} plan for cluster ${draft.cluster}`);
    }
  }

  async function reconcile(): Promise<void> {
    const startedMs = clock.monotonicMs();
    try {
      await loaded();
      const seen = await observe();
      problem = undefined;
      await alone(async () => {
        await tend(seen);
        await plan(seen);
      });
      await alerting.observe(seen, scoresOf(seen, settings, modules.score), settings.alertThresholds);
      const tookMs = clock.monotonicMs() - startedMs;
      reconciled = { atMs: now(), tookMs, block: seen.block.number };
    } catch (error) {
      took(error, "looking");
    }
    changed();
  }

  async function form(): Promise<void> {
    if (!settings.capabilities.includes("formation")) return;
    try {
      await loaded();
      for (const standing of await desk.due()) {
        const made = await tryAgain(standing);
        if (made !== undefined) logger.info({ plan: made.plan.id }, "a plan was made for a standing request");
        if (made?.plan.state === "approved") go(made.plan.id);
      }
    } catch (error) {
      took(error, "forming");
    }
  }

  function tryAgain(standing: Parameters<typeof desk.tryAgain>[0]): Promise<PlanRecord | undefined> {
    return alone(async () => {
      const seen = await fresh();
      return desk.tryAgain(standing, seen, (draft) =>
        propose(draft, seen, "formation", { records, spending, hands, policy, now }),
      );
    });
  }

  function draftFor(request: Exclude<ManagerRequest, { kind: "FORMATION" }>, seen: Fleet, planner: Planner) {
    if (!seen.clusters.has(request.cluster)) {
      throw managerError("CLUSTER_UNKNOWN", `cluster ${request.cluster} is none that this manager manages`, {
        hint: "See its clusters with: pleiad manager status",
        details: { cluster: request.cluster },
      });
    }
    const draft = planner.answer?.(request, seen, settings, now(), past);
    if (draft !== undefined && draft.steps.length > 0) return draft;
    throw managerError("NOTHING_TO_DO", `cluster ${request.cluster} is as it should be: no plan is needed`, {
      hint: "See how it is with: pleiad manager status",
      details: { cluster: request.cluster },
    });
  }

  async function requestPlan(request: ManagerRequest, by: Speaker): Promise<PlanRecord> {
    const planner = plannerFor(request);
    const seen = await fresh();
    const modulesNow = { records, spending, hands, policy, now };
    if (request.kind === "FORMATION") {
      return desk.ask(request, by, seen, (draft) => propose(draft, seen, "formation", modulesNow));
    }
    const draft = draftFor(request, seen, planner);
    const blocking = createBlocks(await records.openRecords()).blockedBy(draft.cluster, draft.steps);
    if (blocking !== undefined) {
      throw managerError("CLUSTER_BUSY", `plan ${blocking} changes the same, and is not over`, {
        hint: `Wait for it, or refuse it: pleiad manager refuse ${blocking}`,
        retryable: true,
        details: { plan: blocking },
      });
    }
    return propose(draft, seen, planner.capability, modulesNow);
  }

  function plannerFor({ kind }: ManagerRequest): Planner {
    const capability = kind.toLowerCase() as ManagerCapability;
    const planner = planners.find((one) => one.capability === capability);
    if (planner !== undefined && settings.capabilities.includes(capability)) return planner;
    throw managerError("CAPABILITY_MISSING", `this manager takes no ${kind} requests`, {
      hint: `Ask one that does, or put "${capability}" into capabilities of its file, which is read anew within seconds`,
      details: { kind, capabilities: settings.capabilities },
    });
  }

  async function carried(id: string): Promise<Plan> {
    await carrier.advance(id);
    return ended(id);
  }

  return {
    async start() {
      await loaded();
      for (const record of await records.openRecords()) {
        if (record.plan.state !== "proposed" && !isWatched(record)) go(record.plan.id);
      }
      loop.start();
    },
    async stop() {
      await loop.stop();
      await carrier.stop();
      await Promise.all(running.values());
    },
    async request(request, by) {
      await loaded();
      const { plan: made } = await alone(() => requestPlan(request, by));
      changed();
      return made.state === "approved" ? carried(made.id) : made;
    },
    plans: (limit) => records.list(limit),
    async plan(id) {
      return (await recordOf(id)).plan;
    },
    async apply(id, by) {
      try {
        await carrier.approve(id, by);
      } finally {
        const record = await records.record(id);
        if (record !== undefined && isOver(record.plan)) await ended(id);
      }
      return carried(id);
    },
    async refuse(id, by) {
      await carrier.cancel(id, by);
      return ended(id);
    },
    async takeStep(id, step, by) {
      try {
        return await carrier.take(id, step, by);
      } finally {
        const record = await records.record(id);
        if (record !== undefined && isOver(record.plan)) await ended(id);
      }
    },
    async carriedOut(id, step, outcome, by) {
      await carrier.carriedOut(id, step, outcome, by);
      return ended(id);
    },
    async standing() {
      await loaded();
      return desk.standing();
    },
    async drop(slug, by) {
      await loaded();
      const dropped = await alone(() => desk.drop(slug));
      logger.info({ slug, by }, "a standing request was dropped");
      changed();
      return dropped;
    },
    async status() {
      const open = await records.open();
      const others = (await records.list(STATUS_PLANS_MAX)).filter(isOver);
      return managerStatus(
        {
          settings,
          reconciled,
          fleet,
          alerts: alerting.alerts(),
          plans: [...open.toReversed(), ...others],
          problems: [fileProblem, problem],
        },
        { score: modules.score },
      );
    },
    alerts: () => Promise.resolve(alerting.alerts()),
    acknowledge: (id, by) => alerting.acknowledge(id, by),
    routes: (cluster) => modules.routes(cluster),
    async explain(subject) {
      const record = await records.record(subject);
      if (record !== undefined) return explainPlan(record, now());
      const alert = alerting.alerts().find(({ id }) => id === subject);
      if (alert !== undefined) return [`${alert.summary}.`, `It is ${alert.state}.`];
      const report = reportsOf({ fleet, settings }, modules.score).find(
        ({ cluster }) => subject === `cluster/${cluster}`,
      );
      if (report !== undefined) return explainCluster(report, await records.open());
      throw managerError("SUBJECT_UNKNOWN", `nothing is known as ${JSON.stringify(subject.slice(0, 80))}`, {
        hint: "Name a plan's or an alert's id, or a cluster as cluster/7",
        details: { subject: subject.slice(0, 80) },
      });
    },
    fleet: () => fleet,
    onChange(handler) {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
    replaceSettings(next) {
      settings = next;
      fileProblem = undefined;
      loop.restart();
      changed();
    },
    lastLook: () => reconciled,
    setFileProblem(next) {
      fileProblem = next;
      changed();
    },
    reconcile,
    form,
    async settled() {
      while (running.size > 0) await Promise.all(running.values());
    },
  };
}

function explainCluster(report: ClusterReport, open: readonly Plan[]): readonly string[] {
  const { cluster, slug, stability, members, ready, waiting, running, places, wanted } = report;
  const parts = Object.entries(stability.parts).map(([name, value]) => `${name} ${value.toFixed(2)}`);
  return [
    `Cluster ${cluster} (${slug}) has ${members} members, ${ready} of them ready, and ${places} places; ${running} tasks run and ${waiting} wait.`,
    `Its stability is ${stability.score.toFixed(2)}: ${parts.join(", ")}.`,
    ...(wanted.length === 0 ? [] : [`It lacks ${wanted.join(", ")}.`]),
    ...open
      .filter((plan) => plan.cluster === cluster)
      .map(({ id, title, state }) => `Plan ${id} is ${state}: ${title}`),
  ];
}
