import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import {
  type Address,
  encodeFunctionData,
  type Hex,
  keccak256,
  parseEther,
  toHex,
  zeroAddress,
  zeroHash,
} from "viem";
import {
  at,
  enableAccount,
  events,
  KIND,
  minedAt,
  restoring,
  reverts,
  STATE,
  twinOf,
} from "../fixtures/executions.ts";
import { createLine, execute, type Line, publishCluster, type RequestChoice } from "../fixtures/line.ts";
import { FEE_WEI, INDEPENDENT, TERMS, WINDOW_SECONDS } from "../fixtures/world.ts";

const INPUT = toHex("what the requester asks");
const THREAD = keccak256(toHex("a conversation"));
const DURATION_MAX = 30 * 86_400;

const line = await createLine();

/** Sends `execute` in a block at `now` with the deadline `now + seconds`. */
async function executeFor(on: Line, seconds: number, choice: RequestChoice = {}) {
  const now = (await on.networkHelpers.time.latest()) + 100;
  await at(on, BigInt(now));
  // `execute` counts from the second after the newest block.
  return { now: BigInt(now), sent: execute(on, { ...choice, durationSeconds: seconds + 99 }) };
}

describe("ClusterExecutions.execute", () => {
  beforeEach(restoring(line));

  it("execute_inlineInput_succeeds", async () => {
    const { hash, execution, deadline } = await execute(line, { input: INPUT, durationSeconds: 500 });
    const now = await minedAt(line, hash);
    const view = await line.executions.read.executionOf([execution]);
    expect(execution).to.equal(1n);
    expect(await events(line, hash)).to.deep.equal([
      {
        event: "ClusterExecutionCreated",
        args: {
          execution: 1n,
          cluster: line.cluster,
          requester: line.requester,
          version: 1n,
          deadline,
          thread: zeroHash,
          ownerMayAnswer: false,
          outputsByReference: false,
          inputDigest: keccak256(INPUT),
          input: INPUT,
          inputURI: "",
        },
      },
    ]);
    const code = await line.clusters.read.versionCode([line.cluster, 1n]);
    expect(view).to.deep.equal({
      state: STATE.Running,
      requester: line.requester,
      cluster: line.cluster,
      version: 1n,
      versionDigest: keccak256((await line.client.getCode({ address: code })) ?? "0x"),
      createdAt: now,
      deadline,
      readyAt: now,
      completedTasks: 0n,
      ownerMayAnswer: false,
      outputsByReference: false,
      digest: keccak256(INPUT),
      escrowWei: line.quoteWei,
      currency: zeroAddress,
      consumer: zeroAddress,
      callbackGas: 0,
      callbackBudgetWei: 0n,
    });
    expect(await line.client.getBalance({ address: line.executions.address })).to.equal(line.quoteWei);
  });

  it("execute_inputByDigestWithEveryChoice_succeeds", async () => {
    const inputURI = `https://example.org/${"a".repeat(236)}`;
    const inputDigest = keccak256(toHex("a large document"));
    const { hash, execution } = await execute(line, {
      inputDigest,
      inputURI,
      thread: THREAD,
      ownerMayAnswer: true,
      outputsByReference: true,
    });
    const view = await line.executions.read.executionOf([execution]);
    expect(inputURI.length).to.equal(256);
    expect(await events(line, hash)).to.deep.equal([
      {
        event: "ClusterExecutionCreated",
        args: {
          execution,
          cluster: line.cluster,
          requester: line.requester,
          version: 1n,
          deadline: view.deadline,
          thread: THREAD,
          ownerMayAnswer: true,
          outputsByReference: true,
          inputDigest,
          input: "0x",
          inputURI,
        },
      },
    ]);
    expect(view.ownerMayAnswer).to.equal(true);
    expect(view.outputsByReference).to.equal(true);
    expect(view.digest).to.equal(inputDigest);
  });

  for (const [ownerMayAnswer, outputsByReference] of [
    [true, false],
    [false, true],
  ] as const) {
    it(`execute_ownerMayAnswer${ownerMayAnswer}OutputsByReference${outputsByReference}_succeeds`, async () => {
      // Not the cluster's first: its id is another than the cluster's.
      await execute(line);
      const { hash, execution } = await execute(line, { ownerMayAnswer, outputsByReference });
      const [created] = await events(line, hash);
      expect(created?.args).to.include({
        execution,
        cluster: line.cluster,
        ownerMayAnswer,
        outputsByReference,
      });
      const view = await line.executions.read.executionOf([execution]);
      expect(view.ownerMayAnswer).to.equal(ownerMayAnswer);
      expect(view.outputsByReference).to.equal(outputsByReference);
      expect(view.state).to.equal(STATE.Running);
    });
  }

  it("execute_answersTheIdAndIdsCountFromOne_succeeds", async () => {
    for (const expected of [1n, 2n, 3n]) {
      const { execution } = await execute(line);
      expect(execution).to.equal(expected);
      expect(await line.executions.read.executionCount()).to.equal(expected);
    }
    const deadline = (await line.networkHelpers.time.latest()) + 1_000;
    const { result } = await line.executions.simulate.execute(
      [line.cluster, 1n, INPUT, params({ deadline })],
      { account: line.requester, value: line.quoteWei },
    );
    expect(result).to.equal(4n);
  });

  describe("value", () => {
    for (const [name, offByWei] of [
      ["oneWeiLess", -1n],
      ["oneWeiMore", 1n],
    ] as const) {
      it(`execute_${name}ThanTheQuote_reverts`, async () => {
        const valueWei = line.quoteWei + offByWei;
        await reverts(line, execute(line, { valueWei }), "ExecutionValueMismatch", [valueWei, line.quoteWei]);
      });
    }

    it("execute_withoutValue_reverts", async () => {
      await reverts(line, execute(line, { valueWei: 0n }), "ExecutionValueMismatch", [0n, line.quoteWei]);
    });

    it("execute_freeCluster_succeeds", async () => {
      const model = await line.registerModel("free", line.operators[0] as Address, { priceWei: 0n });
      const free = await publishCluster(line, {
        slug: "free",
        tasks: [{ model }],
        pricesWei: 0n,
        feeWei: 0n,
      });
      const { execution } = await execute(free);
      expect((await line.executions.read.executionOf([execution])).escrowWei).to.equal(0n);
      await reverts(free, execute(free, { valueWei: 1n }), "ExecutionValueMismatch", [1n, 0n]);
    });

    it("execute_priceThatFills96Bits_succeeds", async () => {
      const priceWei = 2n ** 96n - 1n;
      const model = await line.registerModel("dear", line.operators[0] as Address, { priceWei });
      const dear = await publishCluster(line, {
        slug: "dear",
        tasks: [{ model }],
        pricesWei: priceWei,
        feeWei: 0n,
      });
      await line.networkHelpers.setBalance(line.requester, priceWei + parseEther("1"));
      const { execution } = await execute(dear);
      expect((await line.executions.read.executionOf([execution])).escrowWei).to.equal(priceWei);
      expect(await line.executions.read.quote([dear.cluster, 1n])).to.deep.equal([
        priceWei,
        zeroAddress,
        true,
      ]);
    });

    it("execute_termsChangedSincePublished_costsWhatTheVersionPinned", async () => {
      for (const [index, model] of line.modelIds.entries()) {
        await line.models.write.setTerms(
          [model, { ...TERMS, priceWei: TERMS.priceWei * 2n, nodeShareBps: 100 }],
          {
            account: line.operators[index] as Address,
          },
        );
      }
      const terms = { feeWei: FEE_WEI * 3n, windowSeconds: 77, attempts: 0 };
      await line.clusters.write.publish([line.cluster, terms], { account: line.clusterOwner });
      await execute(line, { version: 1n });
      const dearerWei = TERMS.priceWei * 6n + FEE_WEI * 3n;
      await reverts(line, execute(line, { version: 2n }), "ExecutionValueMismatch", [
        line.quoteWei,
        dearerWei,
      ]);
      const { execution } = await execute(line, { version: 2n, valueWei: dearerWei });
      const view = await line.executions.read.executionOf([execution]);
      expect([view.version, view.escrowWei]).to.deep.equal([2n, dearerWei]);
    });

    it("transfer_withoutACall_reverts", async () => {
      const [wallet] = line.wallets;
      const sent = wallet?.sendTransaction({ to: line.executions.address, value: 1n }) as Promise<Hex>;
      await line.viem.assertions.revert(sent);
    });
  });

  describe("input", () => {
    it("execute_inputOf8192Bytes_succeeds", async () => {
      const input = toHex("x".repeat(8_192));
      const { execution } = await execute(line, { input });
      expect((await line.executions.read.executionOf([execution])).digest).to.equal(keccak256(input));
    });

    it("execute_inputOf8193Bytes_reverts", async () => {
      const input = toHex("x".repeat(8_193));
      await reverts(line, execute(line, { input }), "ExecutionInputTooLarge", [8_193n, 8_192n]);
    });

    it("execute_neitherInputNorDigest_reverts", async () => {
      await reverts(line, execute(line, { inputDigest: zeroHash }), "ExecutionInputInvalid", [0n, zeroHash]);
    });

    it("execute_inputAndDigest_reverts", async () => {
      const inputDigest = keccak256(INPUT);
      const length = BigInt((INPUT.length - 2) / 2);
      await reverts(line, execute(line, { input: INPUT, inputDigest }), "ExecutionInputInvalid", [
        length,
        inputDigest,
      ]);
    });

    it("execute_inputURIOf257Bytes_reverts", async () => {
      await reverts(line, execute(line, { inputURI: "u".repeat(257) }), "ExecutionURITooLong", [257n, 256n]);
    });
  });

  describe("deadline", () => {
    const shortest = 3 * WINDOW_SECONDS;

    it("execute_deadlineInThePast_reverts", async () => {
      const { now, sent } = await executeFor(line, -50);
      const bounds = [now + BigInt(shortest), now + BigInt(DURATION_MAX)];
      await reverts(line, sent, "ExecutionDeadlineOutOfRange", [now - 50n, ...bounds]);
    });

    it("execute_deadlineZero_reverts", async () => {
      const now = BigInt((await line.networkHelpers.time.latest()) + 100);
      await at(line, now);
      const sent = line.executions.write.execute([line.cluster, 1n, INPUT, params({ deadline: 0 })], {
        account: line.requester,
        value: line.quoteWei,
      });
      await reverts(line, sent, "ExecutionDeadlineOutOfRange", [
        0n,
        now + BigInt(shortest),
        now + BigInt(DURATION_MAX),
      ]);
    });

    it("execute_oneSecondLessThanTheWindowsOfTheLongestPath_reverts", async () => {
      const { now, sent } = await executeFor(line, shortest - 1);
      await reverts(line, sent, "ExecutionDeadlineOutOfRange", [
        now + BigInt(shortest - 1),
        now + BigInt(shortest),
        now + BigInt(DURATION_MAX),
      ]);
    });

    it("execute_theWindowsOfTheLongestPath_succeeds", async () => {
      const { now, sent } = await executeFor(line, shortest);
      const { execution } = await sent;
      const view = await line.executions.read.executionOf([execution]);
      expect([view.createdAt, view.deadline]).to.deep.equal([now, now + BigInt(shortest)]);
    });

    it("execute_diamondNeedsTheWindowsOfItsPathOnly_succeeds", async () => {
      const [a, b, c] = line.modelIds as [bigint, bigint, bigint];
      const tasks = [
        { model: a },
        { model: b, dependsOn: 1 },
        { model: c, dependsOn: 1 },
        { model: a, dependsOn: 6 },
        { model: b, dependsOn: INDEPENDENT },
      ];
      const diamond = await publishCluster(line, { slug: "diamond", tasks });
      const short = await executeFor(diamond, shortest - 1);
      await reverts(diamond, short.sent, "ExecutionDeadlineOutOfRange", [
        short.now + BigInt(shortest - 1),
        short.now + BigInt(shortest),
        short.now + BigInt(DURATION_MAX),
      ]);
      await (await executeFor(diamond, shortest)).sent;
    });

    it("execute_thirtyDays_succeeds", async () => {
      const { now, sent } = await executeFor(line, DURATION_MAX);
      const { execution } = await sent;
      const view = await line.executions.read.executionOf([execution]);
      expect(view.deadline).to.equal(now + BigInt(DURATION_MAX));
    });

    it("execute_thirtyDaysAndASecond_reverts", async () => {
      const { now, sent } = await executeFor(line, DURATION_MAX + 1);
      await reverts(line, sent, "ExecutionDeadlineOutOfRange", [
        now + BigInt(DURATION_MAX + 1),
        now + BigInt(shortest),
        now + BigInt(DURATION_MAX),
      ]);
    });

    it("execute_deadlineOf40Bits_reverts", async () => {
      const now = BigInt((await line.networkHelpers.time.latest()) + 100);
      await at(line, now);
      const deadline = 2 ** 40 - 1;
      const sent = line.executions.write.execute([line.cluster, 1n, INPUT, params({ deadline })], {
        account: line.requester,
        value: line.quoteWei,
      });
      await reverts(line, sent, "ExecutionDeadlineOutOfRange", [
        BigInt(deadline),
        now + BigInt(shortest),
        now + BigInt(DURATION_MAX),
      ]);
    });
  });

  describe("cluster and version", () => {
    for (const cluster of [0n, 2n, 2n ** 64n + 1n, 2n ** 256n - 1n]) {
      it(`execute_unknownCluster${cluster}_reverts`, async () => {
        const call = execute({ ...line, cluster });
        const { assertions } = line.viem;
        await assertions.revertWithCustomErrorWithArgs(call as never, line.clusters, "ClusterUnknown", [
          cluster,
        ]);
      });
    }

    for (const version of [0n, 2n, 2n ** 32n + 1n]) {
      it(`execute_unknownVersion${version}_reverts`, async () => {
        const call = execute(line, { version });
        await line.viem.assertions.revertWithCustomErrorWithArgs(
          call as never,
          line.clusters,
          "ClusterVersionUnknown",
          [line.cluster, version],
        );
      });
    }

    it("execute_clusterThatWasNeverPublished_reverts", async () => {
      await line.clusters.write.create(["draft", "Draft", "not yet"], { account: line.clusterOwner });
      const call = execute({ ...line, cluster: 2n });
      await line.viem.assertions.revertWithCustomErrorWithArgs(
        call as never,
        line.clusters,
        "ClusterVersionUnknown",
        [2n, 1n],
      );
    });
  });

  describe("requester", () => {
    it("execute_byAWalletContract_succeeds", async () => {
      const wallet = await line.viem.deployContract("Wallet__MockForExecutions");
      const deadline = (await line.networkHelpers.time.latest()) + 1_000;
      const data = encodeFunctionData({
        abi: line.executions.abi,
        functionName: "execute",
        args: [line.cluster, 1n, INPUT, params({ deadline })],
      });
      await wallet.write.perform([line.executions.address, data], { value: line.quoteWei });
      const { requester } = await line.executions.read.executionOf([1n]);
      expect(requester.toLowerCase()).to.equal(wallet.address);
    });

    it("execute_lowBitsOfAnotherAccount_reverts", async () => {
      await execute(line);
      const twin = await enableAccount(line, twinOf(line.requester));
      await reverts(line, execute(line, { requester: twin }), "ExecutionAccountTaken", [line.requester]);
      expect(await line.executions.read.creditOf([KIND.Account, BigInt(twin), zeroAddress])).to.equal(0n);
      expect(await line.executions.read.executionCount()).to.equal(1n);
    });
  });
});

/** Choices of a request with inline input. */
function params({ deadline }: { deadline: number }) {
  return {
    deadline,
    thread: zeroHash,
    ownerMayAnswer: false,
    outputsByReference: false,
    inputDigest: zeroHash,
    inputURI: "",
    consumer: zeroAddress,
    callbackGas: 0,
    callbackBudgetWei: 0n,
  };
}
