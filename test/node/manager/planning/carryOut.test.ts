import { expect } from "chai";
import { describe, it } from "mocha";
import type { Plan, Step } from "../../../../node/src/manager/plans.ts";
import { failure } from "../../chain/helpers.ts";
import { costOf, failing, GWEI, NODE, type PlanWorld, POLICY, planWorld } from "./world.ts";

const PLACES: Step = { act: "set-places", node: 1n, from: 4, to: 6 };
const SERVE: Step = { act: "serve-model", node: 2n, model: 1n };
const DRAIN: Step = { act: "drain-node", node: 2n };
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
