import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import {
  type Address,
  encodeFunctionData,
  getAddress,
  type Hex,
  keccak256,
  parseEventLogs,
  toHex,
  zeroAddress,
  zeroHash,
} from "viem";
import type {} from "../../../artifacts/contracts/test/Consumer__MockForExecutions.sol/artifacts.d.ts";
import type {} from "../../../artifacts/examples/Consumer.sol/artifacts.d.ts";
import {
  credits,
  enableAccount,
  events,
  KIND,
  restoring,
  reverts,
  runDigestOf,
  STATE,
  twinOf,
} from "../fixtures/executions.ts";
import { createLine, execute, firstNode, outputOf, signedItem, signedRun } from "../fixtures/line.ts";
import { createPinnedLine } from "../fixtures/pinned.ts";

const MOOD = { Note: 0, Revert: 1, AnswerMuch: 2, RevertMuch: 3, EatGas: 4, CallBack: 5 } as const;
const BUDGET_WEI = 5_000n;
const GAS = 300_000;
const INPUT_DIGEST = keccak256(toHex("input"));
const line = await createLine(2);
const { executions } = line;
const consumer = await line.viem.deployContract("Consumer__MockForExecutions");
const consumerAddress = getAddress(consumer.address);
const restore = restoring(line);
const OUTPUTS = [outputOf(0), outputOf(1)] as const;
const DIGESTS = OUTPUTS.map((output) => keccak256(output));
const NONE = [zeroHash, zeroHash];

/** Requests a run whose end the consumer is told of. */
async function begin(choice: Parameters<typeof execute>[1] = {}): Promise<bigint> {
  const callback = { consumer: consumerAddress, callbackGas: GAS, callbackBudgetWei: BUDGET_WEI };
  return (await execute(line, { ...callback, ...choice })).execution;
}

async function succeeded(choice: Parameters<typeof execute>[1] = {}): Promise<bigint> {
  const execution = await begin(choice);
  await executions.write.submitCompletions([await signedRun(line, execution)], {
    account: line.operators[0] as Address,
  });
  return execution;
}

async function expired(choice: Parameters<typeof execute>[1] = {}): Promise<bigint> {
  const execution = await begin(choice);
  await line.networkHelpers.time.increase(4_000);
  await executions.write.expire([execution]);
  return execution;
}

function deliver(
  execution: bigint,
  response: Hex = OUTPUTS[1],
  digests: readonly Hex[] = DIGESTS,
  options: { account?: Address; gas?: bigint; inputDigest?: Hex } = {},
): Promise<Hex> {
  const { inputDigest = INPUT_DIGEST, account = line.relayer, gas = 3_500_000n } = options;
  return executions.write.deliver([execution, inputDigest, digests, response], { account, gas });
}

function deliveredEvent(execution: bigint, success: boolean, deliverer: Address = line.relayer) {
  return { event: "CallbackDelivered", args: { execution, deliverer, success } };
}

/** What the consumer was told in a transaction. */
async function told(hash: Hex): Promise<unknown[]> {
  const { logs } = await line.client.waitForTransactionReceipt({ hash });
  return parseEventLogs({ abi: consumer.abi, logs, eventName: "Told" }).map(({ args }) => args);
}

describe("ClusterExecutions.deliver", () => {
  beforeEach(restore);

  it("execute_withACallback_escrowsTheBudgetAndSaysSo", async () => {
    const { hash, execution } = await execute(line, {
      consumer: consumerAddress,
      callbackGas: GAS,
      callbackBudgetWei: BUDGET_WEI,
    });
    expect((await events(line, hash))[1]).to.deep.equal({
      event: "CallbackRequested",
      args: { execution, consumer: consumerAddress, callbackGas: BigInt(GAS), callbackBudgetWei: BUDGET_WEI },
    });
    const view = await executions.read.executionOf([execution]);
    expect([view.consumer, view.callbackGas, view.callbackBudgetWei]).to.deep.equal([
      consumerAddress,
      GAS,
      BUDGET_WEI,
    ]);
    expect(view.escrowWei, "apart from the escrow").to.equal(line.quoteWei);
    expect(await line.client.getBalance({ address: executions.address })).to.equal(
      line.quoteWei + BUDGET_WEI,
    );
  });

  it("execute_budgetNotSent_reverts", async () => {
    const call = begin({ valueWei: line.quoteWei });
    await reverts(line, call, "ExecutionValueMismatch", [line.quoteWei, line.quoteWei + BUDGET_WEI]);
  });

  it("execute_callbackWithoutSense_reverts", async () => {
    const args = (consumer: Address, gas: bigint, budgetWei: bigint) => [consumer, gas, budgetWei];
    for (const [who, gas, budgetWei] of [
      [consumerAddress, 0, BUDGET_WEI],
      [consumerAddress, 2_000_001, BUDGET_WEI],
      [zeroAddress, 1, 0n],
      [zeroAddress, 0, 1n],
    ] as const) {
      const call = begin({ consumer: who, callbackGas: gas, callbackBudgetWei: budgetWei });
      await reverts(line, call, "ExecutionCallbackInvalid", args(who, BigInt(gas), budgetWei));
    }
    await begin({ callbackGas: 2_000_000, callbackBudgetWei: 0n });
  });

  it("deliver_succeededRun_tellsTheConsumerAndPaysTheDeliverer", async () => {
    const execution = await succeeded();
    const before = await credits(line);
    const hash = await deliver(execution);
    expect(await events(line, hash)).to.deep.equal([deliveredEvent(execution, true)]);
    expect(await told(hash)).to.deep.equal([
      {
        caller: getAddress(executions.address),
        execution,
        state: STATE.Succeeded,
        responseDigest: DIGESTS[1],
        response: OUTPUTS[1],
      },
    ]);
    expect(await credits(line)).to.deep.equal({ ...before, relayer: BUDGET_WEI });
    const view = await executions.read.executionOf([execution]);
    expect([view.consumer, view.callbackGas, view.callbackBudgetWei]).to.deep.equal([zeroAddress, 0, 0n]);
    expect(view.state).to.equal(STATE.Succeeded);
    const sum = Object.values(await credits(line)).reduce((total, wei) => total + wei, 0n);
    expect(await line.client.getBalance({ address: executions.address }), "C02").to.equal(sum);
  });

  it("deliver_expiredRun_tellsTheEndWithoutAResponse", async () => {
    const execution = await expired();
    const hash = await deliver(execution, "0x", NONE);
    expect(await told(hash)).to.deep.equal([
      {
        caller: getAddress(executions.address),
        execution,
        state: STATE.Expired,
        responseDigest: zeroHash,
        response: "0x",
      },
    ]);
    expect(await credits(line)).to.deep.equal({ requester: line.quoteWei, relayer: BUDGET_WEI });
  });

  it("deliver_cancelledAndFailedRuns_tellTheirEnds", async () => {
    const cancelled = await begin();
    await line.networkHelpers.time.increase(30);
    await executions.write.cancel([cancelled], { account: line.requester });
    expect((await told(await deliver(cancelled, "0x", NONE)))[0]).to.include({ state: STATE.Cancelled });
    const failed = await begin();
    await line.networkHelpers.time.increase(30);
    for (const { id, owner } of line.testNodes) {
      await executions.write.reportFailure([failed, 0n, id, zeroHash], { account: owner });
    }
    expect((await told(await deliver(failed, "0x", NONE)))[0]).to.include({ state: STATE.Failed });
  });

  it("deliver_secondTime_reverts", async () => {
    const execution = await succeeded();
    await deliver(execution);
    await reverts(line, deliver(execution), "CallbackUnknown", [execution]);
    expect(await consumer.read.calls()).to.equal(1n);
  });

  it("deliver_unknownRunningOrWithoutACallback_reverts", async () => {
    await reverts(line, deliver(1n), "ExecutionUnknown", [1n]);
    const execution = await begin();
    await reverts(line, deliver(execution), "ExecutionIsRunning", [execution]);
    const quiet = await succeeded({ consumer: zeroAddress, callbackGas: 0, callbackBudgetWei: 0n });
    await reverts(line, deliver(quiet), "CallbackUnknown", [quiet]);
  });

  it("deliver_otherDigests_reverts", async () => {
    const execution = await succeeded();
    const { versionDigest, digest } = await executions.read.executionOf([execution]);
    for (const [inputDigest, digests] of [
      [zeroHash, DIGESTS],
      [INPUT_DIGEST, [...DIGESTS].reverse()],
      [INPUT_DIGEST, DIGESTS.slice(1)],
      [INPUT_DIGEST, []],
      [INPUT_DIGEST, [...DIGESTS, zeroHash]],
    ] as [Hex, Hex[]][]) {
      const given = runDigestOf(versionDigest, inputDigest, digests);
      const call = deliver(execution, OUTPUTS[1], digests, { inputDigest });
      await reverts(line, call, "CallbackFoldMismatch", [execution, given, digest]);
    }
  });

  it("deliver_responseThatIsNotTheLastOutput_reverts", async () => {
    const execution = await succeeded();
    const wrong = deliver(execution, OUTPUTS[0]);
    await reverts(line, wrong, "CallbackResponseInvalid", [execution, DIGESTS[1], 32n]);
    // The bytes are in the log: whoever delivers may not keep them back.
    await reverts(line, deliver(execution, "0x"), "CallbackResponseInvalid", [execution, DIGESTS[1], 0n]);
    const ended = await expired();
    const made = deliver(ended, OUTPUTS[1], NONE);
    await reverts(line, made, "CallbackResponseInvalid", [ended, zeroHash, 32n]);
  });

  it("deliver_lastTaskAnsweredInARunThatExpired_takesItsBytesOrNone", async () => {
    const beside = await createPinnedLine({ tasks: [{ model: 1n }, { model: 2n, dependsOn: 0 }] });
    const listener = await beside.viem.deployContract("Consumer__MockForExecutions");
    const callback = { consumer: listener.address, callbackGas: GAS, callbackBudgetWei: BUDGET_WEI };
    for (const response of [OUTPUTS[1], "0x"] as const) {
      const { execution } = await execute(beside, callback);
      const item = await signedItem(beside, execution, 1, await firstNode(beside, execution, 1), {
        dependencies: [],
      });
      await beside.executions.write.submitCompletions([[item]], { account: beside.relayer });
      await beside.networkHelpers.time.increase(4_000);
      await beside.executions.write.expire([execution]);
      const digests = [zeroHash, DIGESTS[1] as Hex];
      const hash = await beside.executions.write.deliver([execution, INPUT_DIGEST, digests, response], {
        account: beside.relayer,
      });
      const { logs } = await beside.client.waitForTransactionReceipt({ hash });
      const [event] = parseEventLogs({ abi: listener.abi, logs, eventName: "Told" });
      expect(event?.args).to.include({ state: STATE.Expired, responseDigest: DIGESTS[1], response });
    }
  });

  it("deliver_outputsByReference_mayLeaveTheResponseOut", async () => {
    const execution = await succeeded({ outputsByReference: true });
    const hash = await deliver(execution, "0x");
    expect((await told(hash))[0]).to.include({ responseDigest: DIGESTS[1], response: "0x" });
  });

  it("deliver_responseLargerThanTheLogTakes_succeeds", async () => {
    const large = outputOf(1, 20_000);
    const execution = await begin({ outputsByReference: true, callbackGas: 1_000_000 });
    const first = await firstNode(line, execution, 0);
    const second = await firstNode(line, execution, 1);
    const last = await signedItem(line, execution, 1, second, { output: large });
    await executions.write.submitCompletions([
      [await signedItem(line, execution, 0, first), { ...last, output: toHex("pleiad:") }],
    ]);
    const hash = await deliver(execution, large, [DIGESTS[0] as Hex, keccak256(large)]);
    expect((await told(hash))[0]).to.include({ response: large });
  });

  it("deliver_consumerWithoutCode_saysSoAndPays", async () => {
    const execution = await succeeded({ consumer: line.stranger });
    expect(await events(line, deliver(execution))).to.deep.equal([deliveredEvent(execution, false)]);
    expect((await credits(line)).relayer).to.equal(BUDGET_WEI);
  });

  it("deliver_accountThatSharesItsLowBits_reverts", async () => {
    const execution = await succeeded();
    const twin = await enableAccount(line, twinOf(line.requester));
    const call = deliver(execution, OUTPUTS[1], DIGESTS, { account: twin });
    await reverts(line, call, "ExecutionAccountTaken", [line.requester]);
    await deliver(execution);
  });

  describe("to consumers that are hostile", () => {
    for (const mood of ["Revert", "AnswerMuch", "RevertMuch", "EatGas"] as const) {
      it(`deliver_consumerThatDoes${mood}_succeedsAtABoundedPrice`, async () => {
        const execution = await succeeded();
        await consumer.write.setMood([MOOD[mood], zeroAddress, "0x"]);
        const hash = await deliver(execution);
        expect(await events(line, hash)).to.deep.equal([deliveredEvent(execution, mood === "AnswerMuch")]);
        const { gasUsed } = await line.client.waitForTransactionReceipt({ hash });
        expect(Number(gasUsed), "gas").to.be.below(GAS + 120_000);
        expect((await credits(line)).relayer).to.equal(BUDGET_WEI);
        await reverts(line, deliver(execution), "CallbackUnknown", [execution]);
      });
    }

    for (const functionName of ["deliver", "withdraw", "expire", "execute", "cancel"] as const) {
      it(`deliver_consumerThatCalls${functionName}_breaksNothing`, async () => {
        const execution = await succeeded();
        const other = await begin();
        const before = await executions.read.executionOf([other]);
        const deadline = (await line.networkHelpers.time.latest()) + 1_000;
        const params = {
          deadline,
          thread: zeroHash,
          ownerMayAnswer: false,
          outputsByReference: false,
          inputDigest: INPUT_DIGEST,
          inputURI: "",
          consumer: zeroAddress,
          callbackGas: 0,
          callbackBudgetWei: 0n,
        };
        const args = {
          deliver: [execution, INPUT_DIGEST, DIGESTS, OUTPUTS[1]],
          withdraw: [KIND.Account, BigInt(line.relayer), zeroAddress, consumerAddress],
          expire: [other],
          cancel: [other],
          execute: [line.cluster, 1n, "0x", params],
        }[functionName];
        const data = encodeFunctionData({ abi: executions.abi, functionName, args: args as never });
        await consumer.write.setMood([MOOD.CallBack, executions.address, data]);
        const hash = await deliver(execution);
        expect(await events(line, hash)).to.deep.equal([deliveredEvent(execution, true)]);
        expect([await consumer.read.calls(), await consumer.read.backSucceeded()]).to.deep.equal([1n, false]);
        expect(await executions.read.executionOf([other])).to.deep.equal(before);
        expect((await credits(line)).relayer).to.equal(BUDGET_WEI);
        const sum = Object.values(await credits(line)).reduce((total, wei) => total + wei, 0n);
        const held = await line.client.getBalance({ address: executions.address });
        expect(held).to.equal(sum + line.quoteWei + BUDGET_WEI);
      });
    }

    it("deliver_consumerThatDeliversItself_isPaidOnceAndTakesItAtOnce", async () => {
      // It earns the budget as the deliverer of another run, inside the call for the first.
      const first = await succeeded();
      const second = await succeeded();
      const inner = encodeFunctionData({
        abi: executions.abi,
        functionName: "deliver",
        args: [second, INPUT_DIGEST, DIGESTS, OUTPUTS[1]],
      });
      await consumer.write.setMood([MOOD.CallBack, executions.address, inner]);
      await deliver(first);
      // The inner call had too little gas for the promise to the second, so it waits for somebody with more.
      expect(await consumer.read.backSucceeded()).to.equal(false);
      expect((await executions.read.executionOf([second])).consumer).to.equal(consumerAddress);
      await consumer.write.setMood([MOOD.Note, zeroAddress, "0x"]);
      await deliver(second);
      expect((await credits(line)).relayer).to.equal(2n * BUDGET_WEI);
    });
  });

  describe("gas", () => {
    it("deliver_anyGasOfTheTransaction_givesTheConsumerAllOrNothing", async () => {
      // C08: nobody makes a consumer fail by starving it. The consumer sees at least what it was promised, less what the
      // way to its first line costs; and with less gas the call is refused.
      const execution = await succeeded({ callbackGas: 500_000 });
      const snapshot = await line.networkHelpers.takeSnapshot();
      const outcomes = new Set<string>();
      for (let gas = 450_000n; gas <= 900_000n; gas += 7_919n) {
        await snapshot.restore();
        try {
          const hash = await deliver(execution, OUTPUTS[1], DIGESTS, { gas });
          expect(await events(line, hash), `gas ${gas}`).to.deep.equal([deliveredEvent(execution, true)]);
          expect(Number(await consumer.read.gasAtCall()), `gas ${gas}`).to.be.within(495_000, 500_000);
          outcomes.add("delivered");
        } catch (error) {
          if (error instanceof Error && error.name === "AssertionError") throw error;
          outcomes.add("refused");
        }
      }
      expect([...outcomes].sort()).to.deep.equal(["delivered", "refused"]);
    });

    it("deliver_tooLittleGas_saysHowMuchIsNeeded", async () => {
      const execution = await succeeded({ callbackGas: 500_000 });
      const call = executions.simulate.deliver([execution, INPUT_DIGEST, DIGESTS, OUTPUTS[1]], {
        gas: 450_000n,
      });
      // What the consumer gets and 10,000 for the rest: of it a call may have 63 of 64 parts.
      const gasMin = ((500_000n + 10_000n) * 64n) / 63n;
      const isLeft = (gas: bigint) => gas < gasMin;
      await reverts(line, call, "CallbackGasTooLow", [isLeft, gasMin]);
    });
  });
});

describe("examples/Consumer.sol", () => {
  beforeEach(restore);

  it("ask_thenDeliver_keepsTheAnswer", async () => {
    const example = await line.viem.deployContract("Consumer", [executions.address, line.cluster]);
    const value = await example.read.costWei([1n]);
    await example.write.ask([1n, "input"], { account: line.stranger, value });
    expect(await example.read.askers([1n])).to.equal(line.stranger);
    await executions.write.submitCompletions([await signedRun(line, 1n)], {
      account: line.operators[0] as Address,
    });
    expect(await events(line, deliver(1n))).to.deep.equal([deliveredEvent(1n, true)]);
    const text = Buffer.from(OUTPUTS[1].slice(2), "hex").toString();
    expect(await example.read.answerOf([1n])).to.deep.equal({ state: STATE.Succeeded, text });
  });

  it("withdraw_runThatExpired_takesTheRefund", async () => {
    const example = await line.viem.deployContract("Consumer", [executions.address, line.cluster]);
    const value = await example.read.costWei([1n]);
    await example.write.ask([1n, "input"], { account: line.stranger, value });
    await line.networkHelpers.time.increase(4_000);
    await executions.write.expire([1n]);
    expect(await events(line, deliver(1n, "0x", NONE))).to.deep.equal([deliveredEvent(1n, true)]);
    expect((await example.read.answerOf([1n])).state).to.equal(STATE.Expired);
    const hash = example.write.withdraw([line.requester], { account: line.stranger });
    await line.viem.assertions.balancesHaveChanged(hash, [
      { address: line.requester, amount: line.quoteWei },
    ]);
  });

  it("onClusterExecutionEnded_byAnybodyElseOrOfAnotherRun_isRefused", async () => {
    const example = await line.viem.deployContract("Consumer", [executions.address, line.cluster]);
    const { assertions } = line.viem;
    await assertions.revertWithCustomErrorWithArgs(
      example.write.onClusterExecutionEnded([1n, STATE.Succeeded, zeroHash, "0x"], {
        account: line.stranger,
      }),
      example,
      "NotExecutions",
      [line.stranger],
    );
    const execution = await succeeded({ consumer: getAddress(example.address) });
    expect(await events(line, deliver(execution))).to.deep.equal([deliveredEvent(execution, false)]);
  });
});
