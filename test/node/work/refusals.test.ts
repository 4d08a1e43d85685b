import { expect } from "chai";
import { describe, it } from "mocha";
import { type Address, keccak256, zeroAddress } from "viem";
import { REFUSE_NOTHING, type RefusalPolicy, refusalOf } from "../../../node/src/work/refusals.ts";
import { manualClock } from "../chain/helpers.ts";
import { CLUSTER, createFakeChain, type ExecuteOptions } from "./fakeChain.ts";
import { createWorld, type World } from "./world.ts";

const TOKEN: Address = "0x00000000000000000000000000000000000000AB";
const OWN = new Set([zeroAddress as string]);

const policy = (change: Partial<RefusalPolicy>): RefusalPolicy => ({ ...REFUSE_NOTHING, ...change });

async function reasonFor(
  change: Partial<RefusalPolicy>,
  options: ExecuteOptions = {},
  inputBytes: number | undefined = 7,
): Promise<string | undefined> {
  const chain = createFakeChain({ nodes: [1n] }, { clock: manualClock() });
  const execution = chain.execute({ pricesWei: [1_000n], ...options });
  const version = await chain.view.version(CLUSTER, execution);
  return refusalOf(policy(change), { cluster: CLUSTER }, version, 0, inputBytes)?.code;
}

describe("refusalOf", () => {
  it("aPolicyThatRefusesNothing_takesEveryTask", async () => {
    expect(await reasonFor({}, { currency: TOKEN, pricesWei: [0n] }, 1_048_576)).to.equal(undefined);
  });

  it("aCurrencyThatIsNotListed_isRefused_inWhateverCaseItIsWritten", async () => {
    expect(await reasonFor({ currencies: OWN }, { currency: TOKEN })).to.equal("TASK_REFUSED_CURRENCY");
    expect(await reasonFor({ currencies: OWN })).to.equal(undefined);
    const both = new Set([zeroAddress, TOKEN.toLowerCase()]);
    expect(await reasonFor({ currencies: both }, { currency: TOKEN })).to.equal(undefined);
  });

  it("aPrice_isJudgedByTheNodesOwnPart_inItsCurrency", async () => {
    // Of 1,000 the nodes have 800.
    const least = (wei: bigint, currency: string = zeroAddress) => ({
      priceWeiMin: new Map([[currency, wei]]),
    });
    expect(await reasonFor(least(800n))).to.equal(undefined);
    expect(await reasonFor(least(801n))).to.equal("TASK_REFUSED_PRICE");
    expect(await reasonFor(least(801n), { pricesWei: [1_001n] }), "800.8, rounded down").to.equal(
      "TASK_REFUSED_PRICE",
    );
    expect(await reasonFor(least(801n), { pricesWei: [1_002n] })).to.equal(undefined);
    expect(await reasonFor(least(267n), { quorums: [3] }), "a third of it").to.equal("TASK_REFUSED_PRICE");
    expect(await reasonFor(least(266n), { quorums: [3] })).to.equal(undefined);
    expect(await reasonFor(least(801n), { currency: TOKEN }), "another currency").to.equal(undefined);
    expect(await reasonFor(least(801n, TOKEN.toLowerCase()), { currency: TOKEN })).to.equal(
      "TASK_REFUSED_PRICE",
    );
  });

  it("anInput_isRefusedOnceItIsKnownToBeTooLarge", async () => {
    expect(await reasonFor({ inputBytesMax: 7 })).to.equal(undefined);
    expect(await reasonFor({ inputBytesMax: 6 })).to.equal("TASK_REFUSED_INPUT");
    const chain = createFakeChain({ nodes: [1n] }, { clock: manualClock() });
    const version = await chain.view.version(CLUSTER, chain.execute());
    expect(refusalOf(policy({ inputBytesMax: 0 }), { cluster: CLUSTER }, version, 0, undefined)).to.equal(
      undefined,
    );
  });

  it("aClusterThatIsNotListed_isRefused", async () => {
    expect(await reasonFor({ clusters: new Set([CLUSTER]) })).to.equal(undefined);
    expect(await reasonFor({ clusters: new Set([CLUSTER + 1n]) })).to.equal("TASK_REFUSED_CLUSTER");
    expect(await reasonFor({ clusters: new Set() })).to.equal("TASK_REFUSED_CLUSTER");
  });
});

async function inWorld(test: (world: World) => Promise<void>): Promise<void> {
  const world = createWorld();
  try {
    await test(world);
  } finally {
    await world.close();
  }
}

describe("createEngine: tasks that a node does not want", () => {
  it("aRefusedTask_isNeverBegun_saysWhy_andIsCountedOnce", () =>
    inWorld(async (world) => {
      const node = await world.node(1n, { refusals: policy({ currencies: OWN }) });
      const execution = world.chain.execute({ currency: TOKEN });
      await world.pass(60_000);
      world.chain.block();
      await world.pass(60_000);
      expect(node.asked).to.deep.equal([]);
      expect(node.reported, "it is no failure").to.deep.equal([]);
      for (const task of [0, 1, 2])
        expect(await node.job(execution, task), `task ${task}`).to.equal(undefined);
      const waits = node.engine.waits(execution);
      expect(waits.map(({ task, code, refusal }) => [task, code, refusal])).to.deep.equal(
        [0, 1, 2].map((task) => [task, "TASK_REFUSED_CURRENCY", "currency"]),
      );
      expect(waits[0]?.message).to.include(TOKEN);
      expect([...node.engine.refusals()]).to.deep.equal([["currency", 3]]);
    }));

  it("aNodeThatRefusesOneTask_answersTheOthers_andTheNextRankStepsIn", () =>
    inWorld(async (world) => {
      const picky = await world.node(1n, {
        refusals: policy({ priceWeiMin: new Map([[zeroAddress, 800n]]) }),
      });
      const second = await world.node(2n);
      const execution = world.chain.execute({ pricesWei: [999n, 1_000n, 1_000n] });
      await world.pass(60_000);
      expect(picky.asked).to.not.include("task 0");
      expect(second.asked).to.include("task 0");
      expect(world.chain.execution(execution).running).to.equal(false);
      expect([...picky.engine.refusals()]).to.deep.equal([["price", 1]]);
    }));

  it("aRefusedExecution_holdsUpNoOther", () =>
    inWorld(async (world) => {
      const nodes = [];
      for (const id of [1n, 2n, 3n]) {
        nodes.push(await world.node(id, { parallelMax: 1, refusals: policy({ currencies: OWN }) }));
      }
      const unwanted = world.chain.execute({ currency: TOKEN });
      const wanted = world.chain.execute();
      await world.flush();
      expect(world.chain.execution(wanted).running).to.equal(false);
      expect(world.chain.execution(unwanted).completed.size).to.equal(0);
    }));

  it("aRunThatIsRefused_isStillSettled_whereOthersAnsweredIt", () =>
    inWorld(async (world) => {
      const [first, second] = [await world.node(1n), await world.node(2n)];
      const third = await world.node(3n, { refusals: policy({ currencies: OWN }) });
      first.holdSettlements = true;
      second.holdSettlements = true;
      const execution = world.chain.execute({ currency: TOKEN });
      await world.pass(20_000);
      expect(third.asked).to.deep.equal([]);
      expect(third.settled.length, "what it holds is sent in time, whoever signed it").to.be.greaterThan(0);
      expect(world.chain.execution(execution).completed.size).to.be.greaterThan(0);
    }));

  it("anInputThatIsNotInline_isFetchedToBeMeasured_beforeAnyTaskBegins", () =>
    inWorld(async (world) => {
      const bytes = new Uint8Array(101).fill(65);
      const node = await world.node(1n, { refusals: policy({ inputBytesMax: 100 }) });
      const holder = await world.node(3n, { canAnswer: false });
      const execution = world.chain.execute({ input: { digest: keccak256(bytes) } });
      await world.pass(20_000);
      for (const task of [0, 1, 2])
        expect(await node.job(execution, task), `task ${task}`).to.equal(undefined);
      expect(node.engine.waits(execution), "nobody knows yet").to.deep.equal([]);
      holder.blobs.set(keccak256(bytes), bytes);
      await world.pass(60_000);
      expect(node.engine.waits(execution).map(({ code }) => code)).to.deep.equal(
        [0, 1, 2].map(() => "TASK_REFUSED_INPUT"),
      );
      expect(node.asked).to.deep.equal([]);
      const small = new Uint8Array(100).fill(65);
      holder.blobs.set(keccak256(small), small);
      world.chain.execute({ input: { digest: keccak256(small) } });
      await world.pass(60_000);
      expect(node.asked.length).to.be.greaterThan(0);
    }));
});
