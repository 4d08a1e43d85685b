import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { toHex } from "viem";
import { until } from "./helpers.ts";
import { createSubmitterWorld, type KillPoint, killAt, type SubmitterWorld } from "./submitterWorld.ts";

/** Longer than any test by the clock of these tests. */
const LONG_MS = 86_400_000;

describe("submitter, killed", () => {
  let world: SubmitterWorld;

  before(async () => {
    world = await createSubmitterWorld();
  });
  after(() => world.stop());
  beforeEach(() => world.beforeEach());
  afterEach(() => world.afterEach());

  /** Lets blocks come until nonce 0 has ended. */
  async function ended(): Promise<string> {
    for (;;) {
      const state = (await world.record(0))?.state ?? "nothing";
      if (["final", "cancelled", "replaced"].includes(state)) return state;
      await world.mine(1);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Lets blocks come until a promise is settled. */
  async function withBlocks(promise: Promise<unknown>): Promise<void> {
    let isSettled = false;
    void promise.then(() => {
      isSettled = true;
    });
    while (!isSettled) {
      await world.mine(1);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** A life that is killed at a moment of its first transaction. */
  async function killedLife(point: KillPoint): Promise<void> {
    const { journal, killed } = killAt(world.journal(), point);
    const life = await world.live({ journal, raiseAfterMs: 1_000 });
    life.submitter.submit(world.registerModel("one")).catch(() => undefined);
    let isKilled = false;
    void killed.then(() => {
      isKilled = true;
    });
    while (!isKilled) {
      // Final and raised transactions need blocks; dear ones keep what was sent from being mined.
      if (point.method === "recordFinal") await world.mine(1);
      if (point.method === "recordAttempt" && (await world.record(0))?.state === "sent") {
        await world.request("anvil_setNextBlockBaseFeePerGas", [toHex(50n * 10n ** 9n)]);
        await world.mine(1);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await life.kill();
  }

  const POINTS: readonly (KillPoint & { readonly state: string | undefined; readonly attempts: number })[] = [
    { method: "recordIntended", when: "after", state: "intended", attempts: 1 },
    { method: "recordSent", when: "before", state: "intended", attempts: 1 },
    { method: "recordSent", when: "after", state: "sent", attempts: 1 },
    { method: "recordMined", when: "before", state: "sent", attempts: 1 },
    { method: "recordMined", when: "after", state: "mined", attempts: 1 },
    { method: "recordFinal", when: "before", state: "mined", attempts: 1 },
    { method: "recordAttempt", when: "before", state: "sent", attempts: 1 },
    { method: "recordAttempt", when: "after", state: "intended", attempts: 2 },
  ];

  for (const point of POINTS) {
    it(`${point.when} ${point.method}: the next life finds its transaction, and starts no second one`, async () => {
      if (point.method === "recordAttempt") await world.setAutomine(false);
      await killedLife(point);
      const left = await world.record(0);
      expect(left?.state).to.equal(point.state);
      expect(left?.attempts).to.have.length(point.attempts);
      await world.setAutomine(true);
      const { submitter, story } = await world.live();
      expect(await ended()).to.equal("final");
      const record = await world.record(0);
      expect(record?.attempts.slice(0, point.attempts)).to.deep.equal(left?.attempts);
      expect(
        world.rawsSent().every((raw) => record?.attempts.some((attempt) => attempt.raw === raw)),
      ).to.equal(true);
      expect(await world.modelCount(), "done once").to.equal(1n);
      expect(await world.transactionCount()).to.equal(1);
      expect(story.at(-1)).to.equal("0:final");
      const next = await submitter.submit({ ...world.registerModel("two"), until: "mined" });
      expect(next).to.deep.include({ outcome: "accepted", nonce: 1 });
    });
  }

  it("before recordIntended: nothing was sent, and nothing is", async () => {
    await killedLife({ method: "recordIntended", when: "before" });
    expect(await world.record(0)).to.equal(undefined);
    const { submitter } = await world.live();
    expect(world.rawsSent()).to.deep.equal([]);
    const next = await submitter.submit({ ...world.registerModel("one"), until: "mined" });
    expect(next).to.deep.include({ outcome: "accepted", nonce: 0 });
    expect(await world.modelCount()).to.equal(1n);
  });

  it("while mined: a reorg during its absence is noticed, and the same bytes go out again", async () => {
    // No fee is raised, which would be other bytes, however slow the machine is.
    const { submitter, story, kill } = await world.live({ raiseAfterMs: LONG_MS });
    submitter.submit(world.registerModel("one")).catch(() => undefined);
    await until(() => story.includes("0:mined"), "it is mined");
    await kill();
    await world.reorg(1);
    await world.mine(1);
    await world.live({ raiseAfterMs: LONG_MS });
    expect(await ended()).to.equal("final");
    expect(world.rawsSent()).to.have.length(1);
    expect(await world.modelCount()).to.equal(1n);
  });

  it("while its cancel is on the way: goes on cancelling", async () => {
    const { journal, killed } = killAt(world.journal(), { method: "recordMined", when: "before" });
    const life = await world.live({ journal, raiseAfterMs: 200 });
    world.forgetSettlements();
    life.submitter.submit(world.registerModel("one")).catch(() => undefined);
    await withBlocks(killed);
    await life.kill();
    expect((await world.record(0))?.attempts.at(-1)?.purpose).to.equal("cancel");
    await world.live();
    expect(await ended()).to.equal("cancelled");
    expect(await world.modelCount()).to.equal(0n);
    expect(await world.transactionCount()).to.equal(1);
  });
});
