import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import {
  type Address,
  encodeAbiParameters,
  encodeFunctionData,
  getAddress,
  type Hex,
  keccak256,
  zeroAddress,
} from "viem";
import { credits, events, KIND, restoring, reverts, STATE, tipEvent } from "../fixtures/executions.ts";
import { completionOf, execute, firstNode, paramsOf, signedItem, signedRun } from "../fixtures/line.ts";
import { createPinnedLine, publishPinned, type VersionChoice } from "../fixtures/pinned.ts";
import { FEE_WEI, TERMS, WINDOW_SECONDS } from "../fixtures/world.ts";

const MOOD = {
  Honest: 0,
  AnswerNothing: 1,
  AnswerFalse: 2,
  MoveNothing: 3,
  TakeFee: 4,
  Revert: 5,
  CallBack: 6,
  AnswerMuch: 7,
  LieAboutBalance: 8,
} as const;
const TASKS = [{ model: 1n }, { model: 2n }, { model: 3n }];
const native = await createPinnedLine({ tasks: TASKS });
const { executions, requester } = native;
const token = await native.viem.deployContract("Token__MockForExecutions");
const currency = getAddress(token.address);
const line = await publishPinned(native, { tasks: TASKS, currency });
const PURSE = line.quoteWei * 10n;
await token.write.setBalance([requester, PURSE]);
await token.write.approve([executions.address, PURSE], { account: requester });
const restore = restoring(line);

/** Requests a run in the token: no ether comes with it. */
function executeIn(on = line, choice: Parameters<typeof execute>[1] = {}) {
  return execute(on, { valueWei: 0n, ...choice });
}

function held(of: Address = executions.address): Promise<bigint> {
  return token.read.balanceOf([of]);
}

async function sumOfCredits(): Promise<bigint> {
  return Object.values(await credits(line, currency)).reduce((sum, amount) => sum + amount, 0n);
}

/** C01 and C02 of the token's books. */
async function expectBalanced(escrow: bigint): Promise<void> {
  const owed = await executions.read.owedOf([currency]);
  expect(owed, "escrow and credits").to.equal(escrow + (await sumOfCredits()));
  expect(await held(), "what is there").to.equal(owed);
}

/** Makes the token behave badly. */
function setMood(mood: number, data: Hex = "0x"): Promise<Hex> {
  return token.write.setMood([mood, executions.address, data]);
}

async function cluster(choice: Partial<VersionChoice>) {
  return publishPinned(line, { tasks: [{ model: 1n }], currency, ...choice });
}

/** For calls that a token makes revert with something that is not this contract's. */
async function refused(call: Promise<unknown>): Promise<void> {
  expect(
    await call.then(
      () => "accepted",
      () => "refused",
    ),
  ).to.equal("refused");
}

describe("ClusterExecutions: ERC-20 currencies", () => {
  beforeEach(restore);

  it("execute_tokenAllowed_pullsExactlyTheQuote", async () => {
    expect(await executions.read.quote([line.cluster, 1n])).to.deep.equal([line.quoteWei, currency, true]);
    const { execution } = await executeIn();
    expect(await held()).to.equal(line.quoteWei);
    expect(await held(requester)).to.equal(PURSE - line.quoteWei);
    const view = await executions.read.executionOf([execution]);
    expect([view.currency, view.escrowWei]).to.deep.equal([currency, line.quoteWei]);
    await expectBalanced(line.quoteWei);
  });

  it("submitCompletions_wholeRun_paysInTheCurrencyAndNothingElse", async () => {
    const { execution } = await executeIn();
    const items = await signedRun(line, execution);
    await executions.write.submitCompletions([items], { account: line.relayer });
    const paid = await credits(line, currency);
    expect(paid[`cluster ${line.cluster}`]).to.equal(FEE_WEI);
    for (const model of ["model 1", "model 2", "model 3"])
      expect(paid[model], model).to.equal((TERMS.priceWei * 3n) / 10n);
    expect(await sumOfCredits()).to.equal(line.quoteWei);
    expect(await credits(line), "in the chain's own").to.deep.equal({});
    await expectBalanced(0n);
  });

  it("submitCompletions_tipInTheCurrency_isCreditedToTheSender", async () => {
    const { execution } = await executeIn();
    const node = await firstNode(line, execution, 0);
    const item = await signedItem(line, execution, 0, node, { tip: 7n });
    const hash = await executions.write.submitCompletions([[item]], { account: line.relayer });
    expect((await events(line, hash))[0]).to.deep.equal(tipEvent(execution, line.relayer, 7n));
    expect((await credits(line, currency)).relayer).to.equal(7n);
    expect((await credits(line)).relayer).to.equal(undefined);
    await expectBalanced(TERMS.priceWei * 2n + FEE_WEI);
  });

  it("submitCompletions_runsInTwoTokens_creditEachApart", async () => {
    const other = await native.viem.deployContract("Token__MockForExecutions");
    const otherCurrency = getAddress(other.address);
    const dear = { model: 1n, priceWei: TERMS.priceWei * 2n };
    const inOther = await publishPinned(line, { tasks: [dear], currency: otherCurrency });
    await other.write.setBalance([requester, inOther.quoteWei]);
    await other.write.approve([executions.address, inOther.quoteWei], { account: requester });
    for (const on of [line, inOther]) {
      const { execution } = await executeIn(on);
      const node = await firstNode(on, execution, 0);
      const item = await signedItem(on, execution, 0, node);
      await executions.write.submitCompletions([[item]], { account: on.relayer });
    }
    const modelWei = (TERMS.priceWei * 3n) / 10n;
    expect((await credits(line, currency))["model 1"]).to.equal(modelWei);
    expect((await credits(line, otherCurrency))["model 1"]).to.equal(modelWei * 2n);
  });

  it("submitCompletions_tipsOfTwoBatches_addUp", async () => {
    for (const tip of [7n, 5n]) {
      const { execution } = await executeIn();
      const node = await firstNode(line, execution, 0);
      const item = await signedItem(line, execution, 0, node, { tip });
      await executions.write.submitCompletions([[item]], { account: line.relayer });
    }
    expect((await credits(line, currency)).relayer).to.equal(12n);
  });

  it("expireCancelAndClustersAnswer_inTheCurrency_refundTheRequester", async () => {
    const expired = await executeIn();
    const cancelled = await executeIn();
    const answered = await executeIn(line, { ownerMayAnswer: true });
    await line.networkHelpers.time.increase(WINDOW_SECONDS * 4);
    await executions.write.cancel([cancelled.execution], { account: requester });
    const { completion, output } = await completionOf(line, answered.execution, 0, 0n);
    await executions.write.submitCompletionAsClusterOwner([completion, output], {
      account: line.clusterOwner,
    });
    await line.networkHelpers.time.increase(4_000);
    await executions.write.expire([expired.execution]);
    expect(await credits(line, currency)).to.deep.equal({ requester: line.quoteWei * 2n + TERMS.priceWei });
    await expectBalanced(line.quoteWei - TERMS.priceWei);
  });

  it("withdraw_eachKindInTheCurrency_movesTheTokenAndNotTheEther", async () => {
    await execute(native);
    const { execution } = await executeIn();
    await executions.write.submitCompletions([await signedRun(line, execution)], { account: line.relayer });
    const paid = await credits(line, currency);
    const ether = await line.client.getBalance({ address: executions.address });
    for (const [kind, id, owner] of [
      [KIND.Model, 1n, line.operators[0]],
      [KIND.Model, 2n, line.operators[1]],
      [KIND.Model, 3n, line.operators[2]],
      [KIND.Cluster, line.cluster, line.clusterOwner],
    ] as [number, bigint, Address][]) {
      const amount = paid[`${["", "model", "cluster"][kind]} ${id}`] as bigint;
      const owed = await executions.read.owedOf([currency]);
      const before = await held(line.stranger);
      const hash = await executions.write.withdraw([kind, id, currency, line.stranger], { account: owner });
      expect(await events(line, hash)).to.deep.equal([
        { event: "CreditWithdrawn", args: { kind, id, to: line.stranger, currency, amountWei: amount } },
      ]);
      expect((await held(line.stranger)) - before).to.equal(amount);
      expect(await executions.read.owedOf([currency])).to.equal(owed - amount);
      const again = executions.write.withdraw([kind, id, currency, owner], { account: owner });
      await reverts(line, again, "CreditEmpty", [kind, id, currency]);
    }
    expect(await line.client.getBalance({ address: executions.address })).to.equal(ether);
    await expectBalanced(0n);
  });

  it("withdraw_creditsOfOneTokenInTwoCurrencies_areTwo", async () => {
    const inEther = await execute(native);
    const inTokens = await executeIn();
    for (const [on, { execution }] of [
      [native, inEther],
      [line, inTokens],
    ] as const) {
      await executions.write.submitCompletions([await signedRun(on, execution)], { account: line.relayer });
    }
    const owner = line.operators[0] as Address;
    const inOther = await executions.read.creditOf([KIND.Model, 1n, zeroAddress]);
    await executions.write.withdraw([KIND.Model, 1n, currency, owner], { account: owner });
    expect(await executions.read.creditOf([KIND.Model, 1n, zeroAddress])).to.equal(inOther);
    expect(await executions.read.creditOf([KIND.Model, 1n, currency])).to.equal(0n);
    expect(await executions.read.creditOf([KIND.Model, 1n, line.stranger])).to.equal(0n);
  });

  it("withdraw_toThisContract_reverts", async () => {
    const { execution } = await executeIn();
    await executions.write.submitCompletions([await signedRun(line, execution)], { account: line.relayer });
    const owner = line.operators[0] as Address;
    for (const to of [getAddress(executions.address), zeroAddress]) {
      const call = executions.write.withdraw([KIND.Model, 1n, currency, to], { account: owner });
      await reverts(line, call, "CreditReceiverInvalid", [to]);
    }
  });

  it("execute_withEther_reverts", async () => {
    await reverts(line, executeIn(line, { valueWei: 1n }), "ExecutionValueMismatch", [1n, 0n]);
  });

  it("execute_withoutAllowanceOrBalance_reverts", async () => {
    const args = [currency, requester, line.quoteWei];
    await token.write.approve([executions.address, line.quoteWei - 1n], { account: requester });
    await reverts(line, executeIn(), "ExecutionPaymentFailed", args);
    await token.write.approve([executions.address, PURSE], { account: requester });
    await token.write.setBalance([requester, line.quoteWei - 1n]);
    await reverts(line, executeIn(), "ExecutionPaymentFailed", args);
    expect(await executions.read.executionCount()).to.equal(0n);
  });

  it("execute_currencyWithoutCode_reverts", async () => {
    const nothing = await cluster({ currency: line.stranger });
    const call = executeIn(nothing);
    await refused(call);
  });

  it("execute_freeVersionInTheCurrency_movesNothing", async () => {
    const free = await cluster({ tasks: [{ model: 1n, priceWei: 0n }], feeWei: 0n });
    const { execution } = await executeIn(free);
    await executions.write.submitCompletions([await signedRun(free, execution)], { account: line.relayer });
    expect((await executions.read.executionOf([execution])).state).to.equal(STATE.Succeeded);
    await expectBalanced(0n);
  });

  it("execute_largestPrice_isPaidAndRefundedToTheLastUnit", async () => {
    const priceWei = 2n ** 96n - 1n;
    const dear = await cluster({ tasks: [{ model: 1n, priceWei }], feeWei: 0n });
    await token.write.setBalance([requester, priceWei]);
    await token.write.approve([executions.address, priceWei], { account: requester });
    const { execution } = await executeIn(dear);
    await executions.write.submitCompletions([await signedRun(dear, execution)], { account: line.relayer });
    expect(await sumOfCredits()).to.equal(priceWei);
    await expectBalanced(0n);
  });

  describe("that are hostile", () => {
    it("execute_tokenThatTakesAFee_reverts", async () => {
      await setMood(MOOD.TakeFee);
      const received = line.quoteWei - line.quoteWei / 100n;
      await reverts(line, executeIn(), "ExecutionCurrencyTookFee", [currency, received, line.quoteWei]);
      expect(await held()).to.equal(0n);
    });

    it("execute_tokenThatMovesNothing_reverts", async () => {
      await setMood(MOOD.MoveNothing);
      await reverts(line, executeIn(), "ExecutionCurrencyTookFee", [currency, 0n, line.quoteWei]);
    });

    for (const mood of ["AnswerFalse", "Revert"] as const) {
      it(`execute_tokenThatDoes${mood}_reverts`, async () => {
        await setMood(MOOD[mood]);
        await reverts(line, executeIn(), "ExecutionPaymentFailed", [currency, requester, line.quoteWei]);
      });

      it(`withdraw_tokenThatDoes${mood}_revertsAndKeepsTheCredit`, async () => {
        const { execution } = await executeIn();
        await executions.write.submitCompletions([await signedRun(line, execution)], {
          account: line.relayer,
        });
        const owner = line.operators[0] as Address;
        const amount = await executions.read.creditOf([KIND.Model, 1n, currency]);
        await setMood(MOOD[mood]);
        const call = executions.write.withdraw([KIND.Model, 1n, currency, owner], { account: owner });
        await reverts(line, call, "CreditTransferFailed", [owner, amount]);
        await setMood(MOOD.Honest);
        expect(await executions.read.creditOf([KIND.Model, 1n, currency])).to.equal(amount);
        await expectBalanced(0n);
      });
    }

    for (const mood of ["AnswerNothing", "AnswerMuch"] as const) {
      it(`executeAndWithdraw_tokenThatDoes${mood}_succeed`, async () => {
        await setMood(MOOD[mood]);
        const { execution } = await executeIn();
        await executions.write.submitCompletions([await signedRun(line, execution)], {
          account: line.relayer,
        });
        const owner = line.operators[0] as Address;
        await executions.write.withdraw([KIND.Model, 1n, currency, owner], { account: owner });
        await expectBalanced(0n);
      });
    }

    it("execute_tokenThatShrank_reverts", async () => {
      await executeIn();
      await token.write.setBalance([executions.address, line.quoteWei - 1n]);
      const owed = line.quoteWei * 2n;
      await reverts(line, executeIn(), "ExecutionCurrencyShort", [currency, owed - 1n, owed]);
    });

    it("submitAndExpire_tokenThatShrank_succeed", async () => {
      // What is owed is owed; those who come last to withdraw wait for the token to recover.
      const { execution } = await executeIn();
      await token.write.setBalance([executions.address, 0n]);
      await line.networkHelpers.time.increase(4_000);
      await executions.write.expire([execution]);
      const id = BigInt(requester);
      const call = executions.write.withdraw([KIND.Account, id, currency, requester], { account: requester });
      await reverts(line, call, "CreditTransferFailed", [requester, line.quoteWei]);
      await token.write.setBalance([executions.address, line.quoteWei]);
      await executions.write.withdraw([KIND.Account, id, currency, requester], { account: requester });
      await expectBalanced(0n);
    });

    it("execute_tokenThatGrew_isNobodysGain", async () => {
      await executeIn();
      await token.write.setBalance([executions.address, line.quoteWei * 5n]);
      await executeIn();
      expect(await executions.read.owedOf([currency])).to.equal(line.quoteWei * 2n);
    });

    /** A request after which the contract would owe so much of the token. */
    async function executeUpTo(owed: bigint) {
      const most = 2n ** 96n - 1n;
      const dear = await cluster({ tasks: [{ model: 1n, priceWei: most }], feeWei: 0n });
      // 2^32 such runs would fill the books; the storage slot says as much at once.
      const slot = await owedSlot();
      await line.networkHelpers.setStorageAt(executions.address, slot, owed - most);
      await token.write.setBalance([requester, most]);
      await token.write.setBalance([executions.address, owed - most]);
      await token.write.approve([executions.address, most], { account: requester });
      return executeIn(dear);
    }

    it("execute_128BitsOwed_succeeds", async () => {
      await executeUpTo(2n ** 128n - 1n);
      expect(await executions.read.owedOf([currency])).to.equal(2n ** 128n - 1n);
    });

    it("execute_moreThan128BitsOwed_reverts", async () => {
      const max = 2n ** 128n - 1n;
      const call = executeUpTo(2n ** 128n);
      await reverts(line, call, "ExecutionCurrencyFull", [currency, 2n ** 128n, max]);
    });

    it("execute_tokenThatLiesAboutBalances_harmsItsOwnBooksAlone", async () => {
      const { execution } = await execute(native);
      await setMood(MOOD.LieAboutBalance);
      await refused(executeIn());
      await executions.write.submitCompletions([await signedRun(native, execution)], {
        account: line.relayer,
      });
      const sum = Object.values(await credits(native)).reduce((total, amount) => total + amount, 0n);
      expect(sum).to.equal(native.quoteWei);
      expect(await line.client.getBalance({ address: executions.address })).to.equal(sum);
    });

    it("execute_tokenThatExecutesAgain_reverts", async () => {
      const params = await paramsOf(line);
      await token.write.setBalance([currency, line.quoteWei]);
      const inner = encodeFunctionData({
        abi: executions.abi,
        functionName: "execute",
        args: [line.cluster, 1n, "0x", { ...params, deadline: params.deadline + 100 }],
      });
      await line.networkHelpers.impersonateAccount(currency);
      await line.networkHelpers.setBalance(currency, 10n ** 18n);
      await token.write.approve([executions.address, PURSE], { account: currency });
      await line.networkHelpers.stopImpersonatingAccount(currency);
      await setMood(MOOD.CallBack, inner);
      // What the inner payment brought is not the outer's.
      await reverts(line, executeIn(), "ExecutionCurrencyTookFee", [
        currency,
        line.quoteWei * 2n,
        line.quoteWei,
      ]);
      await setMood(MOOD.Honest);
      expect(await executions.read.executionCount()).to.equal(0n);
      await expectBalanced(0n);
    });

    it("withdraw_tokenThatWithdrawsAgain_getsNothingTwice", async () => {
      const { execution } = await executeIn();
      await line.networkHelpers.time.increase(4_000);
      await executions.write.expire([execution]);
      const again = encodeFunctionData({
        abi: executions.abi,
        functionName: "withdraw",
        args: [KIND.Account, BigInt(currency), currency, currency],
      });
      await setMood(MOOD.CallBack, again);
      await executions.write.withdraw([KIND.Account, BigInt(requester), currency, requester], {
        account: requester,
      });
      expect([await token.read.backCalls(), await token.read.backSuccesses()]).to.deep.equal([1n, 0n]);
      await setMood(MOOD.Honest);
      await expectBalanced(0n);
    });

    for (const functionName of ["expire", "cancel", "submitCompletions", "deliver"] as const) {
      it(`execute_tokenThatCalls${functionName}_changesNothingElse`, async () => {
        const other = await execute(native);
        const before = await executions.read.executionOf([other.execution]);
        const items = await signedRun(native, other.execution);
        const args = {
          expire: [other.execution],
          cancel: [other.execution],
          submitCompletions: [items],
          deliver: [other.execution, before.digest, [], "0x"],
        }[functionName];
        const data = encodeFunctionData({ abi: executions.abi, functionName, args: args as never });
        await setMood(MOOD.CallBack, data);
        const { execution } = await executeIn();
        // Anybody may settle another run: that it happens in a payment makes no difference to either.
        const settled = functionName === "submitCompletions";
        expect(await token.read.backSuccesses()).to.equal(settled ? 1n : 0n);
        const after = await executions.read.executionOf([other.execution]);
        expect(after.state).to.equal(settled ? STATE.Succeeded : STATE.Running);
        expect((await executions.read.executionOf([execution])).escrowWei).to.equal(line.quoteWei);
        await setMood(MOOD.Honest);
        await expectBalanced(line.quoteWei);
        const sum = Object.values(await credits(native)).reduce((total, amount) => total + amount, 0n);
        const ether = await line.client.getBalance({ address: executions.address });
        expect(ether).to.equal(sum + after.escrowWei);
      });
    }
  });
});

/** The slot of `_owedWei[currency]`, found by what it holds. */
async function owedSlot(): Promise<Hex> {
  const { execution } = await executeIn();
  const expected = await executions.read.owedOf([currency]);
  for (let slot = 0n; slot < 16n; slot++) {
    const key = keccak256(encodeAbiParameters([{ type: "address" }, { type: "uint256" }], [currency, slot]));
    const value = await line.client.getStorageAt({ address: executions.address, slot: key });
    if (BigInt(value ?? 0) === expected) {
      await line.networkHelpers.time.increase(4_000);
      await executions.write.expire([execution]);
      return key;
    }
  }
  throw new Error("no slot holds what is owed");
}
