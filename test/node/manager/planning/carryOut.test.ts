import { expect } from "chai";
import { describe, it } from "mocha";
import type { Plan, Step } from "../../../../node/src/manager/plans.ts";
import { failure } from "../../chain/helpers.ts";
import {
  AGENT,
  CLUSTER,
  costOf,
  failing,
  fleetOf,
  GWEI,
  MODEL,
  NODE,
  type PlanWorld,
  POLICY,
  planWorld,
} from "./world.ts";

const PLACES: Step = { act: "set-places", node: 1n, from: 4, to: 6 };
const SERVE: Step = { act: "serve-model", node: 2n, model: 1n };
const DRAIN: Step = { act: "drain-node", node: 2n };
const PUBLISH: Step = {
  act: "publish",
  slug: "new-one",
  from: 0,
  yaml: `slug: new-one
name: New one
description: A cluster that a test forms.
fee: 0.0001 ether
windowSeconds: 30
agents:
  - { id: 1, name: reader, role: Reader, goal: read, backstory: reads }
tasks:
  - { name: read, agent: reader, prompt: Read it. }
`,
};
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

async function applied(world: PlanWorld, plan: Plan): Promise<Plan> {
  await world.carrier.approve(plan.id, "a person");
  return world.carrier.advance(plan.id);
}

function keys({ hands }: PlanWorld): string[] {
  return hands.done.map(({ key }) => key.slice(key.indexOf("/") + 1));
}

describe("carrying out", () => {
  it("does nothing before somebody says yes", async () => {
    const world = planWorld();
    const { id } = await world.plan([PLACES]);
    expect((await world.carrier.advance(id)).state).to.equal("proposed");
    expect(world.hands.done).to.deep.equal([]);
  });

  it("is stale where what it rests on has changed, and then does nothing", async () => {
    const world = planWorld();
    const { id } = await world.plan([PLACES]);
    world.fleet = { ...world.fleet, nodes: new Map([[1n, { ...NODE, places: { total: 5, taken: 1 } }]]) };
    const error = await failure(world.carrier.approve(id, "a person"), "PLAN_STALE");
    expect(error.hint).to.be.a("string");
    expect((await world.records.get(id))?.state).to.equal("stale");
    await failure(world.carrier.approve(id, "a person"), "PLAN_OVER");
    expect(world.hands.done).to.deep.equal([]);
  });

  it("is stale where the fleet changed between the yes and the first step", async () => {
    const world = planWorld();
    const { id } = await world.plan([PLACES]);
    await world.carrier.approve(id, "a person");
    world.fleet = { ...world.fleet, nodes: new Map() };
    const plan = await world.carrier.advance(id);
    expect(plan.state).to.equal("stale");
    expect(plan.problem?.code).to.equal("PLAN_STALE");
  });

  it("goes on where the fleet changes after its first step, as its own steps change it", async () => {
    const world = planWorld();
    const { id } = await world.plan([PLACES, DRAIN]);
    world.hands.onAct = () => {
      world.fleet = { ...world.fleet, nodes: new Map() };
    };
    await world.carrier.approve(id, "a person");
    expect((await world.carrier.advance(id)).state).to.equal("applied");
  });

  it("waits where an error may pass, and goes on when it has", async () => {
    const world = planWorld();
    const plan = await world.plan([PLACES, SERVE]);
    let isDown = true;
    world.hands.onAct = ({ act }) => {
      if (act === "serve-model" && isDown) throw failing("RPC_UNREACHABLE", true);
    };
    const waiting = await applied(world, plan);
    expect(waiting).to.include({ state: "applying", done: 1 });
    expect(waiting.problem?.code).to.equal("RPC_UNREACHABLE");
    isDown = false;
    expect((await world.carrier.advance(plan.id)).done, "before its time").to.equal(1);
    world.nowMs += 60_000;
    expect((await world.carrier.advance(plan.id)).state).to.equal("applied");
    expect(keys(world)).to.deep.equal(["0", "1"]);
  });

  it("takes back what was done before a step that fails, the last first, and says so", async () => {
    const world = planWorld();
    const plan = await world.plan([SERVE, PLACES, DRAIN]);
    world.hands.onAct = ({ act }) => {
      if (act === "drain-node") throw failing("NODE_UNKNOWN", false);
    };
    const ended = await applied(world, plan);
    expect(ended.state).to.equal("failed");
    expect(ended.problem?.code).to.equal("NODE_UNKNOWN");
    expect(keys(world)).to.deep.equal(["0", "1", "1/back", "0/back"]);
    expect(world.hands.done[2]?.step).to.deep.equal({ act: "set-places", node: 1n, from: 6, to: 4 });
  });

  it("names what it cannot take back: what has no inverse, is forbidden, or fails", async () => {
    const world = planWorld();
    const plan = await world.plan([SERVE, PLACES, DRAIN]);
    world.hands.onAct = ({ act }, key) => {
      if (act === "drain-node") {
        world.policy = { ...POLICY, forbidden: ["leave-model"] };
        throw failing("NODE_UNKNOWN", false);
      }
      if (key.endsWith("/back")) throw failing("NODE_BUSY", false);
    };
    const ended = await applied(world, plan);
    expect(ended.state).to.equal("failed");
    expect(ended.problem?.message)
      .to.include("step 1 stays")
      .and.include("step 0 stays")
      .and.include("leave-model");
  });

  it("gives a step up that is not known to be done when its time is over, and takes that back, too", async () => {
    const world = planWorld();
    const plan = await world.plan([PLACES, DRAIN]);
    world.hands.onAct = ({ act }) => {
      if (act === "drain-node") throw failing("RPC_UNREACHABLE", true);
    };
    expect((await applied(world, plan)).state).to.equal("applying");
    world.nowMs += HOUR_MS;
    expect((await world.carrier.advance(plan.id)).state).to.equal("failed");
    expect(keys(world)).to.deep.equal(["0", "1/back", "0/back"]);
  });

  it("waits for a person where the manager has no right, and goes on behind what they did", async () => {
    const world = planWorld();
    world.hands.lacking = ({ act }) => (act === "serve-model" ? "the key of node 2's owner" : undefined);
    const plan = await world.plan([PLACES, SERVE, DRAIN]);
    const waiting = await applied(world, plan);
    expect(waiting).to.include({ state: "applying", done: 1 });
    expect(waiting.problem?.code).to.equal("STEP_WAITS_FOR_PERSON");
    expect(waiting.problem?.message)
      .to.include("the key of node 2's owner")
      .and.include("pleiad manager apply");
    await failure(world.carrier.carriedOut(plan.id, 2, "0xabc", "a person"), "STEP_NOT_NEXT");
    await failure(world.carrier.carriedOut(plan.id, 0, "0xabc", "a person"), "STEP_NOT_NEXT");
    const ended = await world.carrier.carriedOut(plan.id, 1, "0xabc", "a person");
    expect(ended.state).to.equal("applied");
    expect(ended.outcomes[1]).to.equal("0xabc");
    expect(keys(world)).to.deep.equal(["0", "2"]);
    expect((await world.carrier.carriedOut(plan.id, 1, "0xabc", "a person")).state, "said again").to.equal(
      "applied",
    );
    await failure(world.carrier.carriedOut(plan.id, 1, "0xdef", "a person"), "STEP_NOT_NEXT");
  });

  it("takes no person's word for a plan that nobody said yes to, or that is stale", async () => {
    const world = planWorld();
    world.hands.lacking = () => "a key";
    const plan = await world.plan([SERVE]);
    await failure(world.carrier.carriedOut(plan.id, 0, "0xabc", "a person"), "PLAN_NOT_APPROVED");
    await world.carrier.approve(plan.id, "a person");
    world.fleet = { ...world.fleet, models: new Map() };
    await failure(world.carrier.carriedOut(plan.id, 0, "0xabc", "a person"), "PLAN_STALE");
  });

  it("is expired where nobody answers in time, and where a person's first step does not come", async () => {
    const world = planWorld();
    const asked = await world.plan([PLACES]);
    world.hands.lacking = () => "a key";
    const waiting = await world.plan([SERVE]);
    await applied(world, waiting);
    world.nowMs += HOUR_MS;
    expect((await world.carrier.advance(asked.id)).state).to.equal("expired");
    expect((await world.carrier.advance(waiting.id)).state).to.equal("expired");
    expect(world.hands.done).to.deep.equal([]);
  });

  it("is refused by a no, before its first step", async () => {
    const world = planWorld();
    const { id } = await world.plan([PLACES]);
    const plan = await world.carrier.cancel(id, "a person");
    expect(plan.state).to.equal("refused");
    expect(plan.problem?.message).to.include("a person");
    await failure(world.carrier.cancel(id, "a person"), "PLAN_OVER");
    await failure(world.carrier.advance("nothing"), "PLAN_UNKNOWN");
  });

  it("takes back what is done at a no that comes while a step is being done, and begins no other", async () => {
    const world = planWorld();
    const plan = await world.plan([SERVE, PLACES, DRAIN]);
    let cancelling: Promise<Plan> | undefined;
    world.hands.onAct = ({ act }, key) => {
      if (act === "set-places" && !key.endsWith("/back")) {
        cancelling = world.carrier.cancel(plan.id, "a person");
      }
      // The no is heard while this step is being done.
      return Promise.resolve();
    };
    const ended = await applied(world, plan);
    expect(ended.state).to.equal("failed");
    expect(ended.problem?.code).to.equal("PLAN_CANCELLED");
    await failure(cancelling as Promise<Plan>, "PLAN_OVER");
    expect(keys(world)).to.deep.equal(["0", "1", "1/back", "0/back"]);
  });

  it("names the cluster that it publishes in the steps after it", async () => {
    const world = planWorld();
    const publish: Step = { act: "publish", slug: "new-one", yaml: "", from: 0 };
    const plan = await world.plan([
      publish,
      { act: "write-rules", cluster: 0n, text: "Be kind." },
      { act: "broadcast", cluster: 0n, topic: "news", text: "Hello." },
    ]);
    expect((await applied(world, plan)).state).to.equal("applied");
    expect(
      world.hands.done.slice(1).map(({ step }) => ("cluster" in step ? step.cluster : 0n)),
    ).to.deep.equal([77n, 77n]);
  });

  it("takes a person's word for a publication only with the cluster's id", async () => {
    const world = planWorld();
    world.hands.lacking = ({ act }) => (act === "publish" ? "the owner's key" : undefined);
    const plan = await world.plan([
      { act: "publish", slug: "new-one", yaml: "", from: 0 },
      { act: "write-rules", cluster: 0n, text: "Be kind." },
    ]);
    await applied(world, plan);
    for (const wrong of ["0", "0xabc", "-1", "", "9".repeat(100)]) {
      await failure(world.carrier.carriedOut(plan.id, 0, wrong, "a person"), "OUTCOME_INVALID");
    }
    expect((await world.carrier.carriedOut(plan.id, 0, "12", "a person")).state).to.equal("applied");
  });

  it("does no act that is forbidden meanwhile, and takes back what was before it", async () => {
    const world = planWorld();
    const plan = await world.plan([PLACES, SERVE]);
    world.hands.onAct = () => {
      world.policy = { ...POLICY, forbidden: ["serve-model"] };
    };
    const ended = await applied(world, plan);
    expect(ended.problem?.code).to.equal("POLICY_FORBIDS");
    expect(keys(world)).to.deep.equal(["0", "0/back"]);
    await failure(world.carrier.approve((await world.plan([SERVE])).id, "a person"), "POLICY_FORBIDS");
  });

  it("says yes to no more than the day has, what is promised to others included", async () => {
    const world = planWorld();
    world.policy = { ...POLICY, dayWeiMax: 100n * GWEI };
    world.hands.cost = () => costOf(60n * GWEI);
    const [one, two] = [await world.plan([PLACES]), await world.plan([DRAIN])];
    await world.carrier.approve(one.id, "a person");
    const error = await failure(world.carrier.approve(two.id, "a person"), "BUDGET_EXCEEDED");
    expect(error.message).to.include("0.00000004 ether");
    await world.carrier.advance(one.id);
    await failure(world.carrier.approve(two.id, "a person"), "BUDGET_EXCEEDED");
    expect(await world.spending.ofDay(world.nowMs)).to.equal(60n * GWEI);
    world.nowMs += DAY_MS;
    const next = await world.plan([DRAIN], { expiresAtMs: world.nowMs + HOUR_MS });
    await world.carrier.approve(next.id, "a person");
    world.restart();
    expect((await world.carrier.advance(next.id)).state).to.equal("applied");
    expect(await world.spending.ofDay(world.nowMs)).to.equal(60n * GWEI);
  });

  it("waits where gas has risen above what was said yes to, until it falls", async () => {
    const world = planWorld();
    world.hands.cost = () => costOf(100n * GWEI);
    const plan = await world.plan([PLACES]);
    world.hands.cost = () => costOf(126n * GWEI);
    expect((await applied(world, plan)).problem?.code).to.equal("COST_RISEN");
    expect(world.hands.done).to.deep.equal([]);
    world.hands.cost = () => costOf(125n * GWEI);
    world.nowMs += 60_000;
    expect((await world.carrier.advance(plan.id)).state).to.equal("applied");
    expect(await world.spending.ofDay(world.nowMs)).to.equal(125n * GWEI);
  });

  it("is verified or taken back, as the judge finds", async () => {
    const world = planWorld();
    const good = await world.plan([PLACES]);
    await applied(world, good);
    expect((await world.carrier.judged(good.id, { isGood: true, why: "Faster." })).state).to.equal(
      "verified",
    );
    const bad = await world.plan([DRAIN]);
    await applied(world, bad);
    const ended = await world.carrier.judged(bad.id, { isGood: false, why: "It is slower than before." });
    expect(ended.state).to.equal("reverted");
    expect(ended.problem?.message).to.include("It is slower than before.");
    expect(keys(world)).to.deep.equal(["0", "0", "0/back"]);
  });

  it("lets a step end when it is stopped, and begins no other", async () => {
    const world = planWorld();
    const plan = await world.plan([PLACES, DRAIN]);
    let stopping: Promise<void> | undefined;
    world.hands.onAct = () => {
      stopping = world.carrier.stop();
    };
    expect(await applied(world, plan)).to.include({ state: "applying", done: 1 });
    await stopping;
    world.restart();
    world.hands.onAct = () => undefined;
    expect((await world.carrier.advance(plan.id)).state).to.equal("applied");
    expect(keys(world)).to.deep.equal(["0", "1"]);
  });
});

/** A plan that begins with a publication that its owner brings, in a fleet that the publication changes. */
async function publication(world: PlanWorld, others: readonly Step[] = []): Promise<Plan> {
  world.fleet = fleetOf({ nodes: [NODE], models: [MODEL], agents: [AGENT] });
  world.hands.cost = ({ act }) => costOf(act === "publish" ? 100n * GWEI : 0n);
  world.hands.lacking = ({ act }) => (act === "publish" ? "the owner's key" : undefined);
  return world.plan([PUBLISH, ...others], { cluster: 0n, kind: "FORMATION" });
}

function published(world: PlanWorld): void {
  world.fleet = fleetOf({
    nodes: [NODE],
    models: [MODEL],
    agents: [{ ...AGENT, cluster: 12n }],
    clusters: [{ ...CLUSTER, cluster: 12n, slug: "new-one" }],
  });
}

describe("a step that a person takes up", () => {
  it("goes on behind what its own publication changed, over looks and a restart, and is counted once", async () => {
    const world = planWorld();
    const plan = await publication(world, [{ act: "write-rules", cluster: 0n, text: "Be kind." }]);
    expect((await applied(world, plan)).state).to.equal("approved");
    const taken = await world.carrier.take(plan.id, 0, "a person");
    expect(taken.plan.state).to.equal("applying");
    expect(taken.weiPerGasMax).to.equal((125n * GWEI) / 100n);
    published(world);
    expect((await world.carrier.advance(plan.id)).state, "a look meanwhile").to.equal("applying");
    world.restart();
    expect((await world.carrier.take(plan.id, 0, "a person")).weiPerGasMax, "asked again").to.equal(
      taken.weiPerGasMax,
    );
    const ended = await world.carrier.carriedOut(plan.id, 0, "12", "a person");
    expect(ended.state).to.equal("applied");
    expect(world.hands.done.map(({ step }) => ("cluster" in step ? step.cluster : 0n))).to.deep.equal([12n]);
    expect(await world.spending.ofDay(world.nowMs)).to.equal(125n * GWEI);
  });

  it("is not taken up where the plan is stale, expired, forbidden, not said yes to or another step is next", async () => {
    const world = planWorld();
    const plan = await publication(world);
    await failure(world.carrier.take(plan.id, 0, "a person"), "PLAN_NOT_APPROVED");
    await world.carrier.approve(plan.id, "a person");
    await failure(world.carrier.take(plan.id, 1, "a person"), "STEP_NOT_NEXT");
    published(world);
    await failure(world.carrier.take(plan.id, 0, "a person"), "PLAN_STALE");
    const late = await publication(world);
    await world.carrier.approve(late.id, "a person");
    world.nowMs += HOUR_MS;
    await failure(world.carrier.take(late.id, 0, "a person"), "PLAN_OVER");
    const forbidden = await world.plan([PUBLISH], { expiresAtMs: world.nowMs + HOUR_MS });
    await world.carrier.approve(forbidden.id, "a person");
    world.policy = { ...POLICY, forbidden: ["publish"] };
    await failure(world.carrier.take(forbidden.id, 0, "a person"), "POLICY_FORBIDS");
    expect(await world.spending.ofDay(world.nowMs)).to.equal(0n);
  });

  it("is not taken up later in a plan that has begun and whose time is over", async () => {
    const world = planWorld();
    world.hands.lacking = ({ act }) => (act === "serve-model" ? "a key" : undefined);
    const plan = await world.plan([PLACES, SERVE]);
    expect((await applied(world, plan)).done).to.equal(1);
    world.nowMs += HOUR_MS;
    await failure(world.carrier.take(plan.id, 1, "a person"), "PLAN_EXPIRED");
    expect((await world.records.get(plan.id))?.state).to.equal("failed");
    expect(keys(world)).to.deep.equal(["0", "0/back"]);
  });

  it("costs no more than was said yes to, and no more than the day has", async () => {
    const world = planWorld();
    const dear = await publication(world);
    await world.carrier.approve(dear.id, "a person");
    world.hands.cost = () => costOf(100_000n * GWEI);
    const risen = await failure(world.carrier.take(dear.id, 0, "a person"), "COST_RISEN");
    expect(risen.retryable).to.equal(true);
    world.hands.cost = () => costOf(110n * GWEI);
    world.policy = { ...POLICY, dayWeiMax: 120n * GWEI };
    await failure(world.carrier.take(dear.id, 0, "a person"), "BUDGET_EXCEEDED");
    expect(await world.spending.ofDay(world.nowMs)).to.equal(0n);
    world.policy = POLICY;
    await world.carrier.take(dear.id, 0, "a person");
    expect(await world.spending.ofDay(world.nowMs), "with room, up to what was said yes to").to.equal(
      125n * GWEI,
    );
  });

  it("keeps what it led to where the plan was refused meanwhile, or nothing was heard for long", async () => {
    for (const end of ["refused", "late"] as const) {
      const world = planWorld();
      const plan = await publication(world);
      await world.carrier.approve(plan.id, "a person");
      await world.carrier.take(plan.id, 0, "a person");
      if (end === "late") world.nowMs += 2 * HOUR_MS;
      const ended =
        end === "late"
          ? await world.carrier.advance(plan.id)
          : await world.carrier.cancel(plan.id, "another person");
      expect(ended.state, end).to.equal("failed");
      expect(ended.problem?.message, end).to.include("step 0 stays");
      const told = await world.carrier.carriedOut(plan.id, 0, "12", "a person");
      expect([told.state, told.outcomes[0]], end).to.deep.equal(["failed", "12"]);
      world.restart();
      expect((await world.records.get(plan.id))?.outcomes[0], end).to.equal("12");
    }
  });
});

describe("saying yes", () => {
  it("promises the day's money once, to plans that are said yes to at the same time", async () => {
    const world = planWorld();
    world.policy = { ...POLICY, dayWeiMax: 100n * GWEI };
    world.hands.cost = () => costOf(60n * GWEI);
    const plans = [await world.plan([PLACES]), await world.plan([DRAIN])];
    const said = await Promise.allSettled(plans.map(({ id }) => world.carrier.approve(id, "a person")));
    expect(said.map(({ status }) => status).sort()).to.deep.equal(["fulfilled", "rejected"]);
  });
});
