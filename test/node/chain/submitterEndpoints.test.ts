import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { type Hex, keccak256, toHex } from "viem";
import type { SubmissionResult } from "../../../node/src/chain/submitterTypes.ts";
import { always, type FaultProxy, type FaultRule, startFaultProxy } from "../../fixtures/faultProxy.ts";
import { failure, until } from "./helpers.ts";
import { createSubmitterWorld, type Life, type SubmitterWorld } from "./submitterWorld.ts";

/** The first of several endpoints, the one that is asked, lies. */
describe("submitter, where one of several endpoints lies", () => {
  let world: SubmitterWorld;
  let second: FaultProxy;

  before(async () => {
    world = await createSubmitterWorld();
    second = await startFaultProxy(world.chain.rpcUrl);
  });
  after(async () => {
    await second.stop();
    await world.stop();
  });
  beforeEach(() => world.beforeEach());
  afterEach(() => world.afterEach());

  const two = () => world.live({ rpcUrls: [world.proxy.url, second.url] });
  const three = () => world.live({ rpcUrls: [world.proxy.url, second.url, world.chain.rpcUrl] });
  const endpoints = [
    ["two", two],
    ["three", three],
  ] as const;

  /** Lets blocks come until a promise is settled. */
  async function withBlocks<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = promise.finally(() => (isSettled = true));
    settled.catch(() => undefined);
    while (!isSettled) {
      await world.mine(1);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return settled;
  }

  /** Takes all transactions, tells nobody of them, and says that it has them. */
  const swallow: FaultRule = ({ method, params }) => {
    if (method === "eth_sendRawTransaction") return { kind: "answer", result: keccak256(params[0] as Hex) };
    if (method === "eth_getTransactionByHash") return { kind: "answer", result: { hash: params[0] } };
    return undefined;
  };

  /** A receipt in the newest block for whatever is asked for. */
  async function madeUpReceipts(): Promise<FaultRule> {
    const block = (await world.request("eth_getBlockByNumber", ["latest", false])) as {
      readonly number: Hex;
      readonly hash: Hex;
    };
    return ({ method, params }) => {
      if (method === "eth_getTransactionCount")
        return { kind: "lie", lie: (count) => toHex(Number(count) + 1) };
      if (method !== "eth_getTransactionReceipt") return undefined;
      const result = {
        transactionHash: params[0],
        blockNumber: block.number,
        blockHash: block.hash,
        status: "0x1",
        gasUsed: "0x5208",
        effectiveGasPrice: "0x3b9aca00",
      };
      return { kind: "answer", result };
    };
  }

  async function attemptsOf(nonce: number) {
    return (await world.record(nonce))?.attempts ?? [];
  }

  const isAccepted = (result: SubmissionResult) =>
    expect(result).to.deep.include({ outcome: "accepted", nonce: 0 });

  for (const [count, live] of endpoints) {
    it(`of ${count}: hands to the others what it swallowed, and raises nothing`, async () => {
      const { submitter } = await live();
      world.inject(swallow);
      isAccepted(await withBlocks(submitter.submit(world.registerModel("one"))));
      expect(await attemptsOf(0)).to.have.length(1);
      expect(await world.modelCount()).to.equal(1n);
    });

    it(`of ${count}: takes nothing for mined by a receipt that it made up`, async () => {
      const { submitter, story } = await live();
      await world.setAutomine(false);
      world.inject(swallow);
      world.inject(await madeUpReceipts());
      const submitted = submitter.submit({ ...world.registerModel("one"), until: "mined" });
      submitted.catch(() => undefined);
      const asked = world.proxy.countOf("eth_getTransactionReceipt");
      await until(() => world.proxy.countOf("eth_getTransactionReceipt") > asked + 4, "it was looked for");
      expect(story).to.deep.equal(["0:intended", "0:sent"]);
      await world.setAutomine(true);
      isAccepted(await withBlocks(submitted));
      expect(await world.modelCount()).to.equal(1n);
    });

    it(`of ${count}: raises nothing that it alone calls too cheap`, async () => {
      const { submitter } = await live();
      world.inject(
        always(
          { kind: "error", code: -32000, message: "max fee per gas less than block base fee" },
          "eth_sendRawTransaction",
        ),
      );
      isAccepted(await withBlocks(submitter.submit(world.registerModel("one"))));
      expect(await attemptsOf(0)).to.have.length(1);
    });

    it(`of ${count}: offers no more for a base fee that it made up`, async () => {
      const { submitter, follower } = await live();
      const honest = await withBlocks(submitter.submit(world.registerModel("one")));
      isAccepted(honest);
      const lie = (block: unknown) => ({ ...(block as object), baseFeePerGas: toHex(150n * 10n ** 9n) });
      world.inject(({ method, params }) =>
        method === "eth_getBlockByNumber" && params[0] === "latest" ? { kind: "lie", lie } : undefined,
      );
      await world.mine(1);
      const isLiedTo = () => follower.newest()?.baseFeePerGasWei === 150n * 10n ** 9n;
      await until(isLiedTo, "the follower was told so");
      await withBlocks(submitter.submit(world.registerModel("two")));
      const [before] = await attemptsOf(0);
      const [attempt] = await attemptsOf(1);
      expect(Number(attempt?.maxFeePerGasWei)).to.be.at.most(2 * Number(before?.maxFeePerGasWei));
    });

    it(`of ${count}: offers as much as the base fee demands that most tell`, async () => {
      const baseFeeWei = 40n * 10n ** 9n;
      const { submitter } = await live();
      await world.request("anvil_setNextBlockBaseFeePerGas", [toHex(baseFeeWei)]);
      await world.mine(1);
      isAccepted(await withBlocks(submitter.submit(world.registerModel("one"))));
      const [attempt] = await attemptsOf(0);
      expect(Number(attempt?.maxFeePerGasWei)).to.be.at.least(Number(baseFeeWei) / 2);
    });

    it(`of ${count}: does not stop over a receipt that it hides, and counts nothing as undone`, async () => {
      const { submitter, story } = await live();
      world.inject(always({ kind: "answer", result: null }, "eth_getTransactionReceipt"));
      isAccepted(await withBlocks(submitter.submit({ ...world.registerModel("one"), until: "mined" })));
      await world.mine(20);
      if (count === "two") {
        const asked = world.proxy.countOf("eth_getTransactionReceipt");
        await until(() => world.proxy.countOf("eth_getTransactionReceipt") > asked + 4, "it was asked again");
        expect(story, "withheld while they contradict each other").to.deep.equal([
          "0:intended",
          "0:sent",
          "0:mined",
        ]);
        return;
      }
      await withBlocks(until(async () => (await world.record(0))?.state === "final", "the others settle it"));
    });
  }

  describe("before sending", () => {
    const reverts = always({ kind: "error", code: 3, message: "execution reverted", data: "0x" });
    const lowGas = always({ kind: "answer", result: "0x5300" }, "eth_estimateGas");
    const revert: FaultRule = (call) =>
      ["eth_estimateGas", "eth_call"].includes(call.method) ? reverts(call) : undefined;

    for (const [name, rule] of [
      ["a revert", revert],
      ["an estimate that is too low", lowGas],
    ] as const) {
      it(`of three: ${name} of one is outvoted`, async () => {
        const { submitter } = await three();
        world.inject(rule);
        isAccepted(await withBlocks(submitter.submit(world.registerModel("one"))));
      });

      it(`of two: ${name} of one holds it up, and nothing more`, async () => {
        const { submitter } = await two();
        const lift = world.inject(rule);
        const error = await failure(submitter.submit(world.registerModel("one")), "RPC_DISAGREEMENT");
        expect(error.retryable).to.equal(true);
        lift();
        isAccepted(await withBlocks(submitter.submit(world.registerModel("one"))));
      });
    }
  });

  it("takes the word of the only one that answers for final, but not at once", async () => {
    const life: Life = await two();
    isAccepted(await life.submitter.submit({ ...world.registerModel("one"), until: "mined" }));
    const lift = second.inject(always({ kind: "drop" }));
    await world.mine(20);
    const asked = () => world.proxy.countOf("eth_getTransactionReceipt");
    const before = asked();
    await until(() => asked() > before + 2, "it was looked at again");
    expect(life.story.at(-1)).to.equal("0:mined");
    await until(() => life.story.at(-1) === "0:final", "nobody else answers for long");
    lift();
  });
});
