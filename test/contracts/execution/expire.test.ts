import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import { type Address, encodeFunctionData, keccak256, toHex, zeroAddress, zeroHash } from "viem";
import { at, credits, events, KIND, restoring, reverts, runDigestOf, STATE } from "../fixtures/executions.ts";
import {
  completionOf,
  createLine,
  execute,
  firstNode,
  outputOf,
  publishCluster,
  signedRun,
} from "../fixtures/line.ts";
import { FEE_WEI, TERMS } from "../fixtures/world.ts";

const line = await createLine();
const { executions } = line;
const restore = restoring(line);

function expire(execution: bigint, sender: Address = line.stranger) {
  return executions.write.expire([execution], { account: sender });
}

async function submit(execution: bigint, task: number): Promise<void> {
  const node = await firstNode(line, execution, task);
  const { completion, output } = await completionOf(line, execution, task, node.id);
  await executions.write.submitCompletionAsNode([completion, output], { account: node.owner });
}

describe("ClusterExecutions.expire", () => {
  beforeEach(restore);

  for (const answered of [0, 1, 2]) {
    it(`expire_after${answered}Answers_refundsTheRestAndTheFee`, async () => {
      const { execution } = await execute(line);
      for (let task = 0; task < answered; task++) await submit(execution, task);
      const before = await executions.read.executionOf([execution]);
      const paid = await credits(line);
      await at(line, before.deadline + 1n);
      const refundWei = TERMS.priceWei * BigInt(3 - answered) + FEE_WEI;
      const digests = [0, 1, 2].map((task) => (task < answered ? keccak256(outputOf(task)) : zeroHash));
      const runDigest = runDigestOf(before.versionDigest, keccak256(toHex("input")), digests);
      expect(await events(line, expire(execution))).to.deep.equal([
        { event: "ClusterExecutionEnded", args: { execution, state: STATE.Expired, refundWei, runDigest } },
      ]);
      expect(await executions.read.executionOf([execution])).to.deep.equal({
        ...before,
        state: STATE.Expired,
        digest: runDigest,
        escrowWei: 0n,
      });
      expect(before.escrowWei).to.equal(refundWei);
      expect(await credits(line)).to.deep.equal({ ...paid, requester: refundWei });
    });
  }

  it("expire_runOfOneWei_refundsIt", async () => {
    const model = await line.registerModel("free", line.stranger, { priceWei: 0n });
    const tasks = [{ model }];
    const cheap = await publishCluster(line, { slug: "cheap", tasks, pricesWei: 0n, feeWei: 1n });
    const { execution, deadline } = await execute(cheap);
    await at(line, deadline + 1n);
    await expire(execution);
    expect(await credits(line)).to.deep.equal({ requester: 1n });
  });

  it("expire_atTheDeadline_reverts", async () => {
    const { execution } = await execute(line);
    const { deadline } = await executions.read.executionOf([execution]);
    await at(line, deadline);
    await reverts(line, expire(execution), "ExecutionNotExpired", [execution, deadline]);
    await at(line, deadline + 1n);
    await expire(execution);
  });

  it("expire_rightAfterTheCreation_reverts", async () => {
    const { execution } = await execute(line);
    const { deadline } = await executions.read.executionOf([execution]);
    await reverts(line, expire(execution, line.requester), "ExecutionNotExpired", [execution, deadline]);
  });

  it("expire_unknownExecution_reverts", async () => {
    for (const unknown of [0n, 1n, 2n ** 255n])
      await reverts(line, expire(unknown), "ExecutionUnknown", [unknown]);
  });

  it("expire_twice_reverts", async () => {
    const { execution } = await execute(line);
    await line.networkHelpers.time.increase(4_000);
    await expire(execution);
    await reverts(line, expire(execution), "ExecutionHasEnded", [execution, STATE.Expired]);
    expect(await credits(line)).to.deep.equal({ requester: line.quoteWei });
  });

  it("expire_executionThatSucceeded_reverts", async () => {
    const { execution } = await execute(line);
    await executions.write.submitCompletions([await signedRun(line, execution)]);
    await line.networkHelpers.time.increase(4_000);
    await reverts(line, expire(execution), "ExecutionHasEnded", [execution, STATE.Succeeded]);
  });

  it("expire_oneExecution_leavesTheOthers", async () => {
    const first = await execute(line);
    const second = await execute(line, { durationSeconds: 100_000 });
    const before = await executions.read.executionOf([second.execution]);
    await line.networkHelpers.time.increase(4_000);
    await expire(first.execution);
    expect(await executions.read.executionOf([second.execution])).to.deep.equal(before);
    expect(await line.client.getBalance({ address: executions.address })).to.equal(line.quoteWei * 2n);
  });

  it("expire_everyTokenSoldAndEveryNodeGone_succeeds", async () => {
    const { execution } = await execute(line);
    for (const [index, owner] of line.operators.entries()) {
      const id = BigInt(index + 1);
      for (const model of line.modelIds) await line.models.write.leave([model, id], { account: owner });
      await line.nodes.write.transferFrom([owner, line.stranger, id], { account: owner });
      await line.models.write.transferFrom([owner, line.stranger, id], { account: owner });
    }
    await line.networkHelpers.time.increase(4_000);
    await expire(execution);
    expect(await credits(line)).to.deep.equal({ requester: line.quoteWei });
  });

  it("expire_requesterThatRefusesEtherAndReverts_succeeds", async () => {
    const wallet = await line.viem.deployContract("Wallet__MockForExecutions");
    await wallet.write.setReceiving([1, wallet.address, "0x"]);
    const deadline = (await line.networkHelpers.time.latest()) + 1_000;
    const choice = {
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
    const data = encodeFunctionData({
      abi: executions.abi,
      functionName: "execute",
      args: [line.cluster, 1n, "0x01", choice],
    });
    await wallet.write.perform([executions.address, data], { value: line.quoteWei });
    await line.networkHelpers.time.increase(2_000);
    await expire(1n);
    const id = BigInt(wallet.address);
    expect(await executions.read.creditOf([KIND.Account, id, zeroAddress])).to.equal(line.quoteWei);
    await wallet.write.setReceiving([0, wallet.address, "0x"]);
    const take = encodeFunctionData({
      abi: executions.abi,
      functionName: "withdraw",
      args: [KIND.Account, id, zeroAddress, wallet.address],
    });
    await wallet.write.perform([executions.address, take]);
    expect(await line.client.getBalance({ address: wallet.address })).to.equal(line.quoteWei);
  });

  it("expire_afterAnAnswerByTheClustersOwner_returnsEverything", async () => {
    const { execution } = await execute(line, { ownerMayAnswer: true });
    await line.networkHelpers.time.increase(100);
    const { completion, output } = await completionOf(line, execution, 0, 0n);
    await executions.write.submitCompletionAsClusterOwner([completion, output], {
      account: line.clusterOwner,
    });
    await line.networkHelpers.time.increase(4_000);
    await expire(execution);
    expect(await credits(line)).to.deep.equal({ requester: line.quoteWei });
  });

  it("expire_clockPast32Bits_givesTheEscrowBack", async () => {
    // The execution's clock has 32 bits: from 2106 on it reads as long past, and nothing is lost.
    await line.networkHelpers.time.increaseTo(2n ** 32n + 1_000n);
    const { execution } = await execute(line);
    const { completion, output } = await completionOf(line, execution, 0, 1n);
    const { deadline } = await executions.read.executionOf([execution]);
    const late = executions.write.submitCompletionAsNode([completion, output]);
    await reverts(line, late, "ExecutionDeadlinePassed", [execution, deadline]);
    await expire(execution);
    expect(await credits(line)).to.deep.equal({ requester: line.quoteWei });
  });
});
