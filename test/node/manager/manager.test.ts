import { parseBlueprint } from "@pleiad/sdk/blueprint/parseBlueprint";
import { expect } from "chai";
import { describe, it } from "mocha";
import { managerError } from "../../../node/src/manager/errors.ts";
import type { FormationRequest } from "../../../node/src/manager/face.ts";
import type { PlanDraft } from "../../../node/src/manager/planning/planner.ts";
import type { PlanState, Step } from "../../../node/src/manager/plans.ts";
import { failure } from "../chain/helpers.ts";
import { type ManagerWorld, managerWorld } from "./managerWorld.ts";
import { AGENT, CLUSTER, costOf, failing, NODE, OWNER, POLICY, SETTINGS } from "./planning/world.ts";

const PLACES: Step = { act: "set-places", node: 1n, from: 4, to: 6 };
const SERVE: Step = { act: "serve-model", node: 2n, model: 1n };
const RESTART: Step = { act: "restart-member", cluster: 7n, name: "writer" };
const DAY_MS = 86_400_000;

const FORMATION: FormationRequest = {
  kind: "FORMATION",
  goal: "Write a brief of each document.",
  slug: "brief-writers",
  needs: [{ capability: "write", count: 2 }],
  size: { min: 1, max: 10 },
  budgetWei: 1_000_000n,
  limits: { priceWeiMax: 1_000n, ratingMin: 0, ratingsMin: 0, roundTripMsMax: undefined },
  owner: OWNER,
};

function draft(steps: readonly Step[], changes: Partial<PlanDraft> = {}): PlanDraft {
  return {
    kind: "SCALING",
    cluster: 7n,
    title: "Does what a test wants.",
    steps: steps.map((step) => ({ step, why: "A test wants it." })),
    ...changes,
  };
}

async function states({ manager }: ManagerWorld): Promise<PlanState[]> {
  return (await manager.plans(100)).map(({ state }) => state).reverse();
}

function acts({ hands }: ManagerWorld): string[] {
  return hands.done.map(({ step }) => step.act);
}

describe("the manager", () => {
  it("carries out what a planner wants and the policy allows, watches it, and calls it good", async () => {
    const world = managerWorld();
    world.wants.set("scaling", [draft([PLACES], { before: { latencyMs: 12 } })]);
    let asked: unknown;
    world.judge = (_plan, before) => {
      asked = before;
      return { isGood: true, why: "Faster." };
    };
    await world.manager.start();
    await world.pass(0);
    expect(await states(world)).to.deep.equal(["applied"]);
    await world.pass(POLICY.verifyMs - 1);
    expect(await states(world)).to.deep.equal(["applied"]);
    world.wants.clear();
    await world.pass(SETTINGS.scalingIntervalMs);
    expect(await states(world)).to.deep.equal(["verified"]);
    expect(asked).to.deep.equal({ latencyMs: 12 });
    await world.manager.stop();
    expect(world.clock.waits()).to.deep.equal([]);
  });

  it("takes back what made things worse, also where it was restarted while it watched", async () => {
    const world = managerWorld();
    world.wants.set("scaling", [draft([PLACES], { before: { latencyMs: 12 } })]);
    await world.manager.start();
    await world.pass(0);
    await world.manager.stop();
    world.restart();
    world.judge = (_plan, before) => ({ isGood: before.latencyMs === 0, why: "It is slower." });
    await world.manager.start();
    await world.pass(POLICY.verifyMs + SETTINGS.scalingIntervalMs);
    expect((await states(world))[0]).to.equal("reverted");
    expect(acts(world)).to.deep.equal(["set-places", "set-places"]);
    const [plan] = await world.manager.plans(1);
    expect(plan?.problem?.message).to.include("It is slower.");
    await world.manager.stop();
  });

  it("tells after a restart whoever planned it of what was found good, and of nothing else", async () => {
    const world = managerWorld();
    await world.manager.start();
    const good = [true, false];
    world.judge = () => ({ isGood: good.shift() === true, why: "A test says so." });
    for (const to of [5, 6]) {
      world.wants.set("scaling", [draft([{ ...PLACES, to }])]);
      await world.pass(SETTINGS.scalingIntervalMs);
      world.wants.clear();
      await world.pass(POLICY.verifyMs + SETTINGS.scalingIntervalMs);
    }
    expect(await states(world)).to.deep.equal(["verified", "reverted"]);
    expect(world.recalled).to.deep.equal([]);
    await world.manager.stop();
    world.restart();
    await world.manager.start();
    await world.pass(0);
    expect(world.recalled.map(({ state, steps }) => [state, steps[0]?.step])).to.deep.equal([
      ["verified", { ...PLACES, to: 5 }],
    ]);
    await world.manager.stop();
  });

  it("makes one change of a cluster, and of a node, at a time", async () => {
    const world = managerWorld();
    world.wants.set("scaling", [
      draft([PLACES]),
      draft([SERVE]),
      draft([{ ...PLACES, to: 8 }], { cluster: 8n }),
      draft([{ act: "drain-node", node: 2n }], { cluster: 8n }),
    ]);
    await world.manager.reconcile();
    await world.manager.settled();
    await world.manager.reconcile();
    const plans = (await world.manager.plans(10)).toReversed();
    expect(plans.map(({ steps, state }) => [steps[0]?.step.act, state])).to.deep.equal([
      ["set-places", "applied"],
      ["drain-node", "proposed"],
    ]);
  });

  it("restarts a member also where a plan for its cluster waits for a person or is watched", async () => {
    const world = managerWorld();
    world.wants.set("scaling", [draft([PLACES])]);
    await world.manager.reconcile();
    await world.manager.settled();
    world.wants.set("stability", [draft([RESTART], { kind: "STABILITY" })]);
    await world.manager.reconcile();
    await world.manager.settled();
    expect(acts(world)).to.deep.equal(["set-places", "restart-member"]);
    expect(await states(world), "nobody judges a restart").to.deep.equal(["applied", "verified"]);
  });

  it("restarts a member also where a plan that was said yes to waits for a person, or for an error to pass", async () => {
    for (const waits of ["a person", "an error"] as const) {
      const world = managerWorld();
      if (waits === "a person")
        world.hands.lacking = ({ act }) => (act === "serve-model" ? "a key" : undefined);
      else
        world.hands.onAct = ({ act }) => {
          if (act === "serve-model") throw failing("MANAGER_NODES_ABSENT", true);
        };
      world.wants.set("scaling", [draft([PLACES, SERVE])]);
      await world.manager.reconcile();
      const [plan] = await world.manager.plans(1);
      expect((await world.manager.apply(plan?.id ?? "", "ann")).state, waits).to.equal("applying");
      world.wants.set("stability", [draft([RESTART], { kind: "STABILITY" })]);
      await world.manager.reconcile();
      await world.manager.settled();
      expect(acts(world), waits).to.deep.equal(["set-places", "restart-member"]);
    }
  });

  it("asks for what the policy does not let go, says why, and does it after a yes", async () => {
    const world = managerWorld();
    world.wants.set("scaling", [draft([SERVE])]);
    await world.manager.reconcile();
    const [plan] = await world.manager.plans(1);
    expect(plan).to.include({ state: "proposed" });
    expect(plan?.consent).to.include('"serve-model"');
    expect(acts(world)).to.deep.equal([]);
    expect((await world.manager.explain(plan?.id ?? "")).join("\n")).to.include(plan?.consent);
    expect((await world.manager.apply(plan?.id ?? "", "ann")).state).to.equal("applied");
    expect(acts(world)).to.deep.equal(["serve-model"]);
    expect((await world.manager.explain(plan?.id ?? "")).join("\n")).to.include("ann said yes");
    const mine = await world.manager.explain(plan?.id ?? "");
    expect(mine.join("\n"), "what costs nothing has no price").to.not.include("up to 0 ether");
  });

  it("does not ask again at each look for what was refused", async () => {
    const world = managerWorld();
    world.wants.set("scaling", [draft([SERVE])]);
    await world.manager.reconcile();
    const [plan] = await world.manager.plans(1);
    expect((await world.manager.refuse(plan?.id ?? "", "ann")).state).to.equal("refused");
    await world.manager.reconcile();
    world.restart();
    await world.manager.reconcile();
    expect(await states(world)).to.deep.equal(["refused"]);
    world.clock.advance(DAY_MS);
    await world.manager.reconcile();
    expect(await states(world)).to.deep.equal(["refused", "proposed"]);
  });

  it("does not ask again where the figures alone are others, and does where it goes the other way", async () => {
    const world = managerWorld();
    world.manager.replaceSettings({ ...SETTINGS, policy: { ...POLICY, unasked: [] } });
    world.wants.set("scaling", [draft([{ act: "set-places", node: 1n, from: 4, to: 7 }])]);
    await world.manager.reconcile();
    const [plan] = await world.manager.plans(1);
    await world.manager.refuse(plan?.id ?? "", "ann");
    world.wants.set("scaling", [draft([{ act: "set-places", node: 1n, from: 4, to: 8 }])]);
    await world.manager.reconcile();
    expect(await states(world)).to.deep.equal(["refused"]);
    world.wants.set("scaling", [draft([{ act: "set-places", node: 1n, from: 4, to: 3 }])]);
    await world.manager.reconcile();
    expect(await states(world)).to.deep.equal(["refused", "proposed"]);
  });

  it("tells a planner when it last changed a cluster, also after a restart", async () => {
    const world = managerWorld();
    world.wants.set("scaling", [draft([PLACES])]);
    await world.manager.reconcile();
    await world.manager.settled();
    const atMs = 1_700_000_000_000;
    world.clock.advance(POLICY.verifyMs - 1);
    world.restart();
    await world.manager.reconcile();
    expect(world.past?.lastChangeMs("SCALING", 7n)).to.equal(atMs);
    expect(world.past?.lastChangeMs("SCALING", undefined)).to.equal(atMs);
    expect(world.past?.lastChangeMs("SCALING", 8n)).to.equal(undefined);
    expect(world.past?.lastChangeMs("STABILITY", 7n)).to.equal(undefined);
  });

  it("plans only for what its settings name, and takes others at run time", async () => {
    const world = managerWorld();
    world.settings = { ...SETTINGS, capabilities: ["stability"] };
    world.restart();
    world.wants.set("scaling", [draft([PLACES])]);
    await world.manager.reconcile();
    expect(await states(world)).to.deep.equal([]);
    const error = await failure(
      world.manager.request({ kind: "SCALING", cluster: 7n, places: 3 }, "ann"),
      "CAPABILITY_MISSING",
    );
    expect(error.hint).to.include('"scaling"');
    await failure(world.manager.request(FORMATION, "ann"), "CAPABILITY_MISSING");
    world.manager.replaceSettings({ ...SETTINGS, policy: { ...POLICY, forbidden: ["set-places"] } });
    await failure(
      world.manager.request({ kind: "SCALING", cluster: 7n, places: 3 }, "ann"),
      "POLICY_FORBIDS",
    );
    await world.manager.reconcile();
    expect(await states(world)).to.deep.equal([]);
    world.manager.replaceSettings(SETTINGS);
    await world.manager.reconcile();
    await world.manager.settled();
    expect(await states(world)).to.deep.equal(["applied"]);
  });

  it("answers a request with a plan, and refuses one for what is not there, not needed, or being changed", async () => {
    const world = managerWorld();
    const ask = (cluster: bigint) => world.manager.request({ kind: "SCALING", cluster, places: 3 }, "ann");
    await failure(ask(99n), "CLUSTER_UNKNOWN");
    await failure(ask(7n), "NOTHING_TO_DO");
    world.wants.set("scaling", [draft([SERVE])]);
    const plan = await ask(7n);
    expect(plan.state).to.equal("proposed");
    const busy = await failure(ask(7n), "CLUSTER_BUSY");
    expect(busy.message).to.include(plan.id);
    await world.manager.refuse(plan.id, "ann");
    world.wants.set("scaling", [draft([PLACES])]);
    expect((await ask(7n)).state, "what may go unasked").to.equal("applied");
  });

  it("makes no plan that no day has the money for", async () => {
    const world = managerWorld();
    world.hands.cost = () => costOf(POLICY.dayWeiMax + 1n);
    world.wants.set("scaling", [draft([PLACES])]);
    await failure(
      world.manager.request({ kind: "SCALING", cluster: 7n, places: 3 }, "ann"),
      "BUDGET_EXCEEDED",
    );
    expect(await states(world)).to.deep.equal([]);
  });

  it("looks at its interval, and soon after news, however many come together", async () => {
    const world = managerWorld();
    await world.manager.start();
    await world.pass(0);
    expect(world.observed).to.equal(1);
    await world.pass(SETTINGS.scalingIntervalMs);
    expect(world.observed).to.equal(2);
    for (let index = 0; index < 100; index++) world.tell({ kind: "node", node: 1n, isUp: index % 2 === 0 });
    await world.pass(4_999);
    expect(world.observed, "not at once after a look").to.equal(2);
    await world.pass(1);
    expect(world.observed).to.equal(3);
    await world.pass(9_000);
    world.tell({ kind: "node", node: 1n, isUp: false });
    await world.pass(1_000);
    expect(world.observed).to.equal(4);
    await world.manager.stop();
    world.tell({ kind: "node", node: 1n, isUp: false });
    await world.pass(DAY_MS);
    expect(world.observed).to.equal(4);
  });

  it("says what keeps a look from counting, and goes on when it has passed", async () => {
    const world = managerWorld();
    world.blind = failing("RPC_UNREACHABLE", true);
    await world.manager.start();
    await world.pass(0);
    expect((await world.manager.status()).problem?.code).to.equal("RPC_UNREACHABLE");
    expect((await world.manager.status()).reconciled).to.equal(undefined);
    world.blind = undefined;
    await world.pass(SETTINGS.scalingIntervalMs);
    const status = await world.manager.status();
    expect(status.problem).to.equal(undefined);
    expect(status.reconciled?.block).to.equal(100n);
    expect(world.manager.lastLook()).to.deep.equal(status.reconciled);
    expect(status.clusters.map(({ cluster }) => cluster)).to.deep.equal([7n, 8n]);
    world.manager.setFileProblem({ code: "CONFIG_INVALID", message: "line 3" });
    expect((await world.manager.status()).problem?.code).to.equal("CONFIG_INVALID");
    await world.manager.stop();
  });

  it("hears the other planners where one cannot say what it wants, or wants what is forbidden", async () => {
    const world = managerWorld();
    world.settings = { ...SETTINGS, policy: { ...POLICY, forbidden: ["serve-model"] } };
    world.restart();
    world.wants.set("stability", [draft([SERVE], { kind: "STABILITY" })]);
    await world.manager.reconcile();
    expect((await world.manager.status()).problem, "what is forbidden").to.equal(undefined);
    world.wants.get = (capability) => {
      if (capability === "stability") throw failing("STABILITY_LOST", true);
      return capability === "scaling" ? [draft([PLACES])] : [];
    };
    await world.manager.reconcile();
    await world.manager.settled();
    expect((await world.manager.status()).problem?.code).to.equal("STABILITY_LOST");
    expect(await states(world)).to.deep.equal(["applied"]);
  });

  it("takes up at its start what a crash left under way", async () => {
    const world = managerWorld();
    world.wants.set("scaling", [draft([PLACES, { act: "set-places", node: 2n, from: 4, to: 5 }])]);
    let held: (() => void) | undefined;
    world.hands.onAct = () => new Promise<void>((resolve) => (held = resolve));
    await world.manager.reconcile();
    while (held === undefined) await new Promise((resolve) => setImmediate(resolve));
    // The process that waits here is gone: nothing answers it any more.
    world.hands.onAct = () => undefined;
    world.restart();
    await world.manager.start();
    await world.pass(0);
    expect(await states(world)).to.deep.equal(["applied"]);
    expect(acts(world)).to.deep.equal(["set-places", "set-places"]);
    await world.manager.stop();
  });

  it("carries out a hundred plans, some at once, and all of them", async () => {
    const world = managerWorld();
    const nodes = Array.from({ length: 100 }, (_, index) => ({ ...NODE, node: BigInt(index + 1) }));
    world.fleet = { ...world.fleet, nodes: new Map(nodes.map((node) => [node.node, node])) };
    world.wants.set(
      "scaling",
      nodes.map(({ node }) => draft([{ ...PLACES, node }], { cluster: 0n })),
    );
    let now = 0;
    let most = 0;
    world.hands.onAct = async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
    };
    await world.manager.reconcile();
    await world.manager.settled();
    expect(acts(world).length).to.equal(100);
    expect(most).to.equal(8);
  });

  it("does not say of a plan that is over that it waits", async () => {
    const world = managerWorld();
    world.wants.set("scaling", [draft([SERVE])]);
    await world.manager.reconcile();
    const [plan] = await world.manager.plans(1);
    const told = async () => (await world.manager.explain(plan?.id ?? "")).join("\n");
    expect(await told())
      .to.include("waits for a yes")
      .and.to.match(/\d+ (hours|minutes) are left/);
    await world.manager.refuse(plan?.id ?? "", "operator");
    expect(await told())
      .to.not.include("waits for a yes")
      .and.to.not.include("are left");
  });

  it("explains a cluster, and says what it does not know", async () => {
    const world = managerWorld();
    await world.manager.reconcile();
    expect((await world.manager.explain("cluster/7")).join("\n"))
      .to.include("Cluster 7 (seven) has 1 members")
      .and.include("It lacks");
    await failure(world.manager.explain("cluster/99"), "SUBJECT_UNKNOWN");
    await failure(world.manager.plan("nothing"), "PLAN_UNKNOWN");
    await failure(world.manager.apply("nothing", "ann"), "PLAN_UNKNOWN");
  });
});

describe("forming on request", () => {
  it("proposes a plan whose cost is known, forms after a yes, and is judged by whether the members are there", async () => {
    const world = managerWorld();
    world.hands.cost = ({ act }) => (act === "publish" ? costOf(5_000n) : costOf(0n));
    const plan = await world.manager.request(FORMATION, "ann");
    expect(plan).to.include({ state: "proposed", kind: "FORMATION", cluster: 0n });
    expect(plan.consent).to.include('"publish"');
    expect(plan.steps[0]?.cost.gasWei).to.equal(5_000n);
    expect((await world.manager.apply(plan.id, "ann")).state).to.equal("applied");
    expect(world.hands.done[1]?.step).to.deep.equal({ act: "connect", cluster: 77n, nodes: [1n] });
    const agents = [AGENT, { ...AGENT, agent: 2n }].map((agent) => ({ ...agent, cluster: 77n }));
    world.fleet = { ...world.fleet, agents: new Map(agents.map((agent) => [agent.agent, agent])) };
    world.clock.advance(POLICY.verifyMs);
    await world.manager.reconcile();
    await world.manager.settled();
    expect((await world.manager.plan(plan.id)).state).to.equal("verified");
    await world.manager.form();
    expect(await states(world), "it is not formed again").to.deep.equal(["verified"]);
  });

  it("looks at ratings of those who could be had, and takes nobody whom payers found bad", async () => {
    const world = managerWorld();
    const means = new Map([
      [1n, { mean: 0.2, count: 4 }],
      [2n, { mean: 0.9, count: 4 }],
    ]);
    world.ratings = { of: async () => means };
    const needs = [{ capability: "write", count: 1 }];
    const limits = { ...FORMATION.limits, ratingMin: 0.5 };
    const { steps } = await world.manager.request({ ...FORMATION, needs, limits }, "ann");
    const [first] = steps;
    if (first?.step.act !== "publish") throw new Error("a cluster is published first");
    expect(parseBlueprint(first.step.yaml).agents.map(({ id }) => id)).to.deep.equal([2n]);
    world.ratings = {
      of: () => Promise.reject(managerError("RPC_UNAVAILABLE", "away", { hint: "wait", retryable: true })),
    };
    await failure(
      world.manager.request({ ...FORMATION, slug: "others", needs, limits }, "ann"),
      "RPC_UNAVAILABLE",
    );
  });

  it("goes on behind a publication that its owner took up and sent, whatever looks saw meanwhile", async () => {
    const world = managerWorld();
    world.hands.lacking = ({ act }) => (act === "publish" ? "the owner's key" : undefined);
    const { id } = await world.manager.request(
      { ...FORMATION, needs: [{ capability: "write", count: 1 }] },
      "ann",
    );
    await world.manager.apply(id, "ann");
    await world.manager.takeStep(id, 0, "ann");
    expect((await world.manager.explain(id)).join(" ")).to.include("ann took it up");
    world.fleet = {
      ...world.fleet,
      agents: new Map(world.fleet.agents).set(1n, { ...AGENT, cluster: 12n }),
      slugs: new Map([[FORMATION.slug, 12n]]),
    };
    world.clock.advance(60_000);
    await world.manager.reconcile();
    await world.manager.settled();
    world.restart();
    await world.manager.reconcile();
    await world.manager.settled();
    const done = await world.manager.carriedOut(id, 0, "12", "ann");
    expect([done.state, done.problem]).to.deep.equal(["applied", undefined]);
    expect(acts(world)).to.deep.equal(["connect", "write-rules", "write-context"]);
  });

  it("promises no agent to two clusters", async () => {
    const world = managerWorld();
    const request = { ...FORMATION, needs: [{ capability: "write", count: 1 }] };
    await world.manager.request(request, "ann");
    const other = await world.manager.request({ ...request, slug: "others" }, "ben");
    const [first, second] = [(await world.manager.plans(2))[1], other].map((plan) =>
      JSON.stringify(plan?.title),
    );
    expect(first).not.to.equal(second);
    const error = await failure(
      world.manager.request({ ...request, slug: "thirds" }, "cleo"),
      "FORMATION_IMPOSSIBLE",
    );
    expect(error.message).to.include("promised");
    await failure(world.manager.request(request, "ann"), "CLUSTER_BUSY");
  });

  it("tries what is impossible again at its interval, also after a restart, until it is possible", async () => {
    const world = managerWorld();
    const agents = world.fleet.agents;
    world.fleet = { ...world.fleet, agents: new Map([[1n, AGENT]]) };
    const error = await failure(world.manager.request(FORMATION, "ann"), "FORMATION_IMPOSSIBLE");
    expect(error.hint).to.include("tried again");
    world.restart();
    await world.manager.start();
    await world.pass(SETTINGS.formationIntervalMs);
    expect(await states(world)).to.deep.equal([]);
    world.fleet = { ...world.fleet, agents };
    await world.pass(SETTINGS.formationIntervalMs);
    expect(await states(world)).to.deep.equal(["proposed"]);
    await world.pass(SETTINGS.formationIntervalMs);
    expect(await states(world), "once").to.deep.equal(["proposed"]);
    await world.manager.stop();
  });

  it("tells which requests stand, and drops one that has no open plan", async () => {
    const world = managerWorld();
    const agents = world.fleet.agents;
    world.fleet = { ...world.fleet, agents: new Map([[1n, AGENT]]) };
    await failure(world.manager.request(FORMATION, "ann"), "FORMATION_IMPOSSIBLE");
    const [standing, ...others] = await world.manager.standing();
    expect([standing?.by, standing?.plan, standing?.request, others]).to.deep.equal([
      "ann",
      null,
      FORMATION,
      [],
    ]);
    await failure(world.manager.drop("others", "ann"), "REQUEST_UNKNOWN");
    expect((await world.manager.drop(FORMATION.slug, "ann")).request.slug).to.equal(FORMATION.slug);
    expect(await world.manager.standing()).to.deep.equal([]);
    world.fleet = { ...world.fleet, agents };
    await world.manager.form();
    expect(await states(world), "it is not tried again").to.deep.equal([]);
    world.clock.advance(2_000);
    const { id } = await world.manager.request(FORMATION, "ann");
    await failure(world.manager.drop(FORMATION.slug, "ann"), "CLUSTER_BUSY");
    await world.manager.refuse(id, "ann");
    expect(await world.manager.standing(), "a refused one stands no more").to.deep.equal([]);
  });

  it("makes a new plan where the first was stale, and none where it was refused", async () => {
    const world = managerWorld();
    const { id } = await world.manager.request(
      { ...FORMATION, needs: [{ capability: "write", count: 1 }] },
      "ann",
    );
    world.fleet = { ...world.fleet, agents: new Map(world.fleet.agents).set(1n, { ...AGENT, cluster: 9n }) };
    world.clock.advance(2_000);
    await failure(world.manager.apply(id, "ann"), "PLAN_STALE");
    await world.manager.form();
    expect(await states(world)).to.deep.equal(["stale", "proposed"]);
    const [second] = await world.manager.plans(1);
    await world.manager.refuse(second?.id ?? "", "ann");
    await world.manager.form();
    expect(await states(world)).to.deep.equal(["stale", "refused"]);
  });

  it("makes no second plan where a crash came between the plan and the request's knowing of it", async () => {
    const world = managerWorld();
    const { id } = await world.manager.request(FORMATION, "ann");
    const [key = "", text = ""] =
      [...world.table.entries].find(([name]) => name.startsWith("standing/")) ?? [];
    world.table.entries.set(key, JSON.stringify({ ...JSON.parse(text), plan: null }));
    world.restart();
    await world.manager.form();
    expect(await states(world)).to.deep.equal(["proposed"]);
    await world.manager.refuse(id, "ann");
    await world.manager.form();
    expect(await states(world)).to.deep.equal(["refused"]);
  });

  it("drops what could not be met for a week, and keeps nothing that no fleet can meet", async () => {
    const world = managerWorld();
    const many = { ...FORMATION, needs: [{ capability: "write", count: 5 }] };
    await failure(world.manager.request(many, "ann"), "FORMATION_IMPOSSIBLE");
    await failure(world.manager.request({ ...many, slug: CLUSTER.slug }, "ann"), "FORMATION_IMPOSSIBLE");
    await failure(world.manager.request({ ...many, slug: "No" }, "ann"), "FORMATION_REQUEST_INVALID");
    const kept = () => [...world.table.entries.keys()].filter((key) => key.startsWith("standing/"));
    expect(kept()).to.deep.equal(["standing/brief-writers"]);
    world.clock.advance(7 * DAY_MS);
    await world.manager.form();
    expect(kept()).to.deep.equal([]);
  });
});
