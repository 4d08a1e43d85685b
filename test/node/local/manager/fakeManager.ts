import { PleiadError } from "@pleiad/sdk/errors";
import { zeroAddress } from "viem";
import type { Alert, Manager, StandingRequest } from "../../../../node/src/manager/face.ts";
import type { Plan, Step } from "../../../../node/src/manager/plans.ts";
import { OWNER, settingsFor } from "./fleetWorld.ts";

export function planOf(change: Partial<Plan> = {}): Plan {
  return {
    id: "p1",
    kind: "SCALING",
    cluster: 7n,
    title: "Give brief more places",
    steps: [
      {
        step: { act: "set-places", node: 1n, from: 4, to: 8 },
        why: "twelve tasks wait",
        cost: { gas: 0n, gasWei: 0n, feesWei: 0n, currency: zeroAddress },
      },
    ],
    basis: `0x${"00".repeat(32)}`,
    madeAtMs: 1_700_000_000_000,
    expiresAtMs: 1_700_003_600_000,
    state: "proposed",
    consent: "set-places is not among the acts that need no yes",
    done: 0,
    outcomes: [],
    problem: undefined,
    ...change,
  };
}

export const ALERT: Alert = {
  id: "stability_score/cluster/7",
  name: "stability_score",
  subject: "cluster/7",
  state: "firing",
  value: 0.41,
  threshold: 0.9,
  summary: "brief is at 0.41: two of three members are silent",
  sinceMs: 1_700_000_000_000,
  firedAtMs: 1_700_000_005_000,
  resolvedAtMs: undefined,
  acknowledgedBy: undefined,
};

export const STANDING: StandingRequest = {
  request: {
    kind: "FORMATION",
    goal: "Sum up",
    slug: "weekly",
    needs: [{ capability: "writing", count: 2 }],
    size: { min: 2, max: 3 },
    budgetWei: 10n,
    limits: { priceWeiMax: 3n, ratingMin: 0, ratingsMin: 0, roundTripMsMax: undefined },
    owner: OWNER,
  },
  by: "operator",
  sinceMs: 1_700_000_000_000,
  plan: null,
};

/** A manager that answers what a test says, and what it was asked. */
export function fakeManager(steps?: readonly Step[]) {
  const asked: unknown[][] = [];
  const handlers = new Set<() => void>();
  const cost = { gas: 100n, gasWei: 5_000_000_000_000n, feesWei: 0n, currency: zeroAddress };
  let plan = planOf(
    steps === undefined ? {} : { steps: steps.map((step) => ({ step, why: "because", cost })) },
  );
  /** What one gas may cost whoever takes up a step. */
  let weiPerGasMax = 10n ** 12n;
  /** What taking up a step, and telling of one, is answered with. */
  let refusal: PleiadError | undefined;
  let deafness: PleiadError | undefined;
  const find = (id: string): Plan => {
    if (id === plan.id) return plan;
    throw new PleiadError(`there is no plan ${id}`, {
      code: "PLAN_UNKNOWN",
      hint: "see pleiad manager plan",
    });
  };
  const manager: Manager = {
    async start() {},
    async stop() {},
    async request(request, by) {
      asked.push(["request", request, by]);
      return plan;
    },
    plans: async () => [
      plan,
      planOf({ id: "p0", cluster: 8n, state: "verified", done: 1, consent: undefined }),
    ],
    plan: async (id) => find(id),
    async apply(id, by) {
      asked.push(["apply", id, by]);
      plan = { ...find(id), state: "applying", consent: undefined };
      return plan;
    },
    async refuse(id, by) {
      asked.push(["refuse", id, by]);
      plan = { ...find(id), state: "refused" };
      return plan;
    },
    async takeStep(id, step, by) {
      asked.push(["takeStep", id, step, by]);
      if (refusal !== undefined) throw refusal;
      return { plan: find(id), weiPerGasMax };
    },
    async carriedOut(id, step, outcome, by) {
      asked.push(["carriedOut", id, step, outcome, by]);
      if (deafness !== undefined) throw deafness;
      const done = step + 1;
      const state = done === find(id).steps.length ? "applied" : "applying";
      plan = { ...find(id), done, state, outcomes: [...plan.outcomes, outcome] };
      return plan;
    },
    standing: async () => [STANDING],
    async drop(slug, by) {
      asked.push(["drop", slug, by]);
      return STANDING;
    },
    async status() {
      const stability = {
        score: 0.41,
        parts: { availability: 0.41, success: 1, punctuality: 1, steadiness: 1, latency: 1 },
      };
      const cluster = { version: 1, members: 3, ready: 1, waiting: 12, running: 4, places: 4, stability };
      return {
        id: "m",
        name: "Night watch",
        settings: settingsFor(),
        reconciled: { atMs: 1_700_000_000_000, tookMs: 3, block: 42n },
        clusters: [
          { cluster: 7n, slug: "brief", wanted: ["4 places"], ...cluster },
          { cluster: 8n, slug: "other", wanted: [], ...cluster },
        ],
        alerts: [ALERT],
        plans: [plan],
        problem: undefined,
      };
    },
    alerts: async () => [ALERT, { ...ALERT, id: "cluster_size/cluster/8", subject: "cluster/8" }],
    async acknowledge(id, by) {
      asked.push(["acknowledge", id, by]);
      return { ...ALERT, state: "acknowledged", acknowledgedBy: by };
    },
    routes: (cluster) => [
      { cluster, member: "reader", nodes: [2n, 1n], changedAtMs: 0, roundTripMs: 1.5, lossShare: 0 },
      { cluster, member: "writer", nodes: [], changedAtMs: 0, roundTripMs: undefined, lossShare: undefined },
    ],
    explain: async (subject) => [`${subject} is as it is`, "because"],
    fleet: () => undefined,
    onChange(handler) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
  };
  const will = {
    allowPerGas: (wei: bigint) => {
      weiPerGasMax = wei;
    },
    refuseToTake: (error: PleiadError | undefined) => {
      refusal = error;
    },
    refuseToHear: (error: PleiadError | undefined) => {
      deafness = error;
    },
  };
  return { manager, asked, handlers, will, change: () => handlers.forEach((handler) => void handler()) };
}
