import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import { type Address, encodeFunctionData, type Hex, zeroAddress, zeroHash } from "viem";
import {
  acceptedEvent,
  at,
  credits,
  events,
  ROLE,
  readyEvent,
  restoring,
  reverts,
  STATE,
} from "../fixtures/executions.ts";
import { completionOf, createLine, execute, firstNode, type Line, publishCluster } from "../fixtures/line.ts";
import { FEE_WEI, TERMS, WINDOW_SECONDS } from "../fixtures/world.ts";

const line = await createLine();
const { executions } = line;
const restore = restoring(line);
const WINDOW = BigInt(WINDOW_SECONDS);
const NODES = BigInt(line.testNodes.length);
const modelOwner = line.operators[0] as Address;
type Change = Parameters<typeof completionOf>[4];

async function submitAsModelOwner(execution: bigint, task: number, sender: Address, change: Change = {}) {
  const { completion, output } = await completionOf(line, execution, task, 0n, change);
  return executions.write.submitCompletionAsModelOwner([completion, output], { account: sender });
}

async function submitAsClusterOwner(execution: bigint, task: number, sender: Address, change: Change = {}) {
  const { completion, output } = await completionOf(line, execution, task, 0n, change);
  return executions.write.submitCompletionAsClusterOwner([completion, output], { account: sender });
}

/** A cluster of one task on a model that no node serves. */
async function lonelyCluster(): Promise<Line> {
  const model = await line.registerModel("lonely", modelOwner);
  return publishCluster(line, { slug: "lonely", tasks: [{ model }] });
}

/** Ends the serving of every node of model 1. */
async function emptyModel(): Promise<void> {
  for (const node of line.testNodes) await line.models.write.leave([1n, node.id], { account: node.owner });
}

describe("ClusterExecutions.submitCompletionAsModelOwner", () => {
  beforeEach(restore);

  it("submitCompletionAsModelOwner_afterTheWindowsOfAllNodes_succeeds", async () => {
    const { execution } = await execute(line);
    const { createdAt } = await executions.read.executionOf([execution]);
    const answer = await completionOf(line, execution, 0, 0n);
    await at(line, createdAt + NODES * WINDOW);
    const hash = await submitAsModelOwner(execution, 0, modelOwner);
    expect(await events(line, hash)).to.deep.equal([
      acceptedEvent(answer, { role: ROLE.ModelOwner }),
      readyEvent(execution, 1),
    ]);
    expect(await credits(line)).to.deep.equal({ "model 1": TERMS.priceWei });
  });

  it("submitCompletionAsModelOwner_aSecondBeforeTheWindowsAreOver_reverts", async () => {
    const { execution } = await execute(line);
    const { createdAt } = await executions.read.executionOf([execution]);
    const opensAt = createdAt + NODES * WINDOW;
    await at(line, opensAt - 1n);
    await reverts(line, submitAsModelOwner(execution, 0, modelOwner), "CompletionTooEarly", [
      execution,
      0n,
      opensAt,
    ]);
  });

  it("submitCompletionAsModelOwner_windowsCountFromTheLastCompletion_succeeds", async () => {
    const { execution } = await execute(line);
    const node = await firstNode(line, execution, 0);
    const { completion, output } = await completionOf(line, execution, 0, node.id);
    await executions.write.submitCompletionAsNode([completion, output], { account: node.owner });
    const { readyAt } = await executions.read.executionOf([execution]);
    const opensAt = readyAt + NODES * WINDOW;
    const owner = line.operators[1] as Address;
    await at(line, opensAt - 1n);
    await reverts(line, submitAsModelOwner(execution, 1, owner), "CompletionTooEarly", [
      execution,
      1n,
      opensAt,
    ]);
    await at(line, opensAt);
    await submitAsModelOwner(execution, 1, owner);
  });

  it("submitCompletionAsModelOwner_modelWithoutNodes_succeedsAtOnce", async () => {
    const lonely = await lonelyCluster();
    const { execution } = await execute(lonely);
    await submitAsModelOwner(execution, 0, modelOwner);
    expect(await credits(line)).to.deep.equal({ "model 4": TERMS.priceWei, "cluster 2": FEE_WEI });
    expect((await executions.read.executionOf([execution])).state).to.equal(STATE.Succeeded);
  });

  it("submitCompletionAsModelOwner_inTheBlockAfterTheCreation_succeeds", async () => {
    const lonely = await lonelyCluster();
    const { execution } = await execute(lonely);
    const { createdAt } = await executions.read.executionOf([execution]);
    await at(line, createdAt + 1n);
    await submitAsModelOwner(execution, 0, modelOwner);
  });

  it("submitCompletionAsModelOwner_nodesThatLeftBeforeTheCreation_succeedsAtOnce", async () => {
    await emptyModel();
    await line.networkHelpers.time.increase(5);
    const { execution } = await execute(line);
    await submitAsModelOwner(execution, 0, modelOwner);
  });

  it("submitCompletionAsModelOwner_nodesThatLeftAfterTheCreation_reverts", async () => {
    const { execution } = await execute(line);
    const { createdAt } = await executions.read.executionOf([execution]);
    await emptyModel();
    const opensAt = createdAt + NODES * WINDOW;
    await at(line, opensAt - 1n);
    await reverts(line, submitAsModelOwner(execution, 0, modelOwner), "CompletionTooEarly", [
      execution,
      0n,
      opensAt,
    ]);
    await at(line, opensAt);
    await submitAsModelOwner(execution, 0, modelOwner);
  });

  it("submitCompletionAsModelOwner_nodeThatJoinedAfterTheCreation_doesNotDelay", async () => {
    const { execution } = await execute(line);
    const { createdAt } = await executions.read.executionOf([execution]);
    await line.serve(1n, await line.registerNode(9, line.stranger));
    await at(line, createdAt + NODES * WINDOW);
    await submitAsModelOwner(execution, 0, modelOwner);
  });

  it("submitCompletionAsModelOwner_whereTheClustersOwnerMayNot_succeeds", async () => {
    const { execution } = await execute(line, { ownerMayAnswer: false });
    await line.networkHelpers.time.increase(100);
    await submitAsModelOwner(execution, 0, modelOwner);
  });

  describe("submitter", () => {
    async function refused(sender: Address, change: Change = {}): Promise<void> {
      const { execution } = await execute(line, { ownerMayAnswer: true });
      await line.networkHelpers.time.increase(1_000);
      const call = submitAsModelOwner(execution, 0, sender, change);
      await reverts(line, call, "CompletionNotEligible", [execution, 0n, sender]);
    }

    it("submitCompletionAsModelOwner_byAStranger_reverts", () => refused(line.stranger));
    it("submitCompletionAsModelOwner_byTheOwnerOfAnotherModel_reverts", () =>
      refused(line.operators[1] as Address));
    it("submitCompletionAsModelOwner_byTheClustersOwner_reverts", () => refused(line.clusterOwner));
    it("submitCompletionAsModelOwner_byTheRequester_reverts", () => refused(line.requester));
    it("submitCompletionAsModelOwner_namingANode_reverts", () => refused(modelOwner, { node: 1n }));

    it("submitCompletionAsModelOwner_byAnApprovedOperator_reverts", async () => {
      await line.models.write.setApprovalForAll([line.stranger, true], { account: modelOwner });
      await refused(line.stranger);
    });

    it("submitCompletionAsModelOwner_byTheOwnerBefore_reverts", async () => {
      await line.models.write.transferFrom([modelOwner, line.stranger, 1n], { account: modelOwner });
      await refused(modelOwner);
    });

    it("submitCompletionAsModelOwner_byTheNewOwner_succeeds", async () => {
      const { execution } = await execute(line);
      await line.models.write.transferFrom([modelOwner, line.stranger, 1n], { account: modelOwner });
      await line.networkHelpers.time.increase(1_000);
      await submitAsModelOwner(execution, 0, line.stranger);
      expect(await credits(line)).to.deep.equal({ "model 1": TERMS.priceWei });
    });

    it("submitCompletionAsModelOwner_withATip_reverts", async () => {
      const { execution } = await execute(line);
      await line.networkHelpers.time.increase(1_000);
      const call = submitAsModelOwner(execution, 0, modelOwner, { tip: 2n });
      await reverts(line, call, "CompletionTipTooHigh", [2n, 0n]);
    });
  });

  it("submitCompletionAsModelOwner_contentErrorsAreTheSame_reverts", async () => {
    const { execution } = await execute(line);
    await line.networkHelpers.time.increase(100);
    const owner = modelOwner;
    await reverts(line, submitAsModelOwner(execution, 1, owner), "TaskNotReady", [execution, 1n, 1n]);
    await reverts(line, submitAsModelOwner(execution, 3, owner), "TaskUnknown", [execution, 3n]);
    const empty = submitAsModelOwner(execution, 0, owner, { output: "0x" });
    await reverts(line, empty, "CompletionOutputInvalid", [execution, 0n, 0n]);
    const right = await completionOf(line, execution, 0, 0n);
    const stale = submitAsModelOwner(execution, 0, owner, { contextHash: zeroHash });
    await reverts(line, stale, "CompletionContextStale", [
      execution,
      0n,
      zeroHash,
      right.completion.contextHash,
    ]);
    await submitAsModelOwner(execution, 0, owner);
    await reverts(line, submitAsModelOwner(execution, 0, owner), "TaskAlreadyCompleted", [execution, 0n]);
    await line.networkHelpers.time.increase(4_000);
    const { deadline } = await executions.read.executionOf([execution]);
    const late = submitAsModelOwner(execution, 1, line.operators[1] as Address);
    await reverts(line, late, "ExecutionDeadlinePassed", [execution, deadline]);
    await executions.write.expire([execution]);
    const ended = submitAsModelOwner(execution, 1, line.operators[1] as Address);
    await reverts(line, ended, "ExecutionHasEnded", [execution, STATE.Expired]);
    const { completion, output } = right;
    const unknown = executions.write.submitCompletionAsModelOwner([{ ...completion, execution: 9n }, output]);
    await reverts(line, unknown, "ExecutionUnknown", [9n]);
  });
});

describe("ClusterExecutions.submitCompletionAsClusterOwner", () => {
  beforeEach(restore);
  const owner = line.clusterOwner;

  it("submitCompletionAsClusterOwner_oneWindowAfterTheModelsOwner_succeeds", async () => {
    const { execution } = await execute(line, { ownerMayAnswer: true });
    const { createdAt } = await executions.read.executionOf([execution]);
    const answer = await completionOf(line, execution, 0, 0n);
    await at(line, createdAt + (NODES + 1n) * WINDOW);
    const hash = await submitAsClusterOwner(execution, 0, owner);
    expect(await events(line, hash)).to.deep.equal([
      acceptedEvent(answer, { role: ROLE.ClusterOwner }),
      readyEvent(execution, 1),
    ]);
    expect(await credits(line)).to.deep.equal({ requester: TERMS.priceWei });
    const { escrowWei } = await executions.read.executionOf([execution]);
    expect(escrowWei).to.equal(line.quoteWei - TERMS.priceWei);
  });

  it("submitCompletionAsClusterOwner_aSecondBeforeItsWindow_reverts", async () => {
    const { execution } = await execute(line, { ownerMayAnswer: true });
    const { createdAt } = await executions.read.executionOf([execution]);
    const opensAt = createdAt + (NODES + 1n) * WINDOW;
    await at(line, opensAt - 1n);
    await reverts(line, submitAsClusterOwner(execution, 0, owner), "CompletionTooEarly", [
      execution,
      0n,
      opensAt,
    ]);
  });

  it("submitCompletionAsClusterOwner_allTasks_returnsAllPricesAndEarnsTheFee", async () => {
    const { execution } = await execute(line, { ownerMayAnswer: true });
    for (let task = 0; task < 3; task++) {
      await line.networkHelpers.time.increase(100);
      await submitAsClusterOwner(execution, task, owner);
    }
    expect(await credits(line)).to.deep.equal({ requester: TERMS.priceWei * 3n, "cluster 1": FEE_WEI });
    expect((await executions.read.executionOf([execution])).state).to.equal(STATE.Succeeded);
  });

  it("submitCompletionAsClusterOwner_modelWithoutNodes_waitsOneWindow", async () => {
    const lonely = await lonelyCluster();
    const { execution } = await execute(lonely, { ownerMayAnswer: true });
    const { createdAt } = await executions.read.executionOf([execution]);
    const opensAt = createdAt + WINDOW;
    await at(line, opensAt - 1n);
    await reverts(line, submitAsClusterOwner(execution, 0, owner), "CompletionTooEarly", [
      execution,
      0n,
      opensAt,
    ]);
    await at(line, opensAt);
    await submitAsClusterOwner(execution, 0, owner);
    expect(await credits(line)).to.deep.equal({ requester: TERMS.priceWei, "cluster 2": FEE_WEI });
  });

  describe("submitter", () => {
    async function refused(sender: Address, change: Change = {}, ownerMayAnswer = true): Promise<void> {
      const { execution } = await execute(line, { ownerMayAnswer });
      await line.networkHelpers.time.increase(1_000);
      const call = submitAsClusterOwner(execution, 0, sender, change);
      await reverts(line, call, "CompletionNotEligible", [execution, 0n, sender]);
    }

    it("submitCompletionAsClusterOwner_whereTheRequesterDidNotAllowIt_reverts", () =>
      refused(owner, {}, false));
    it("submitCompletionAsClusterOwner_byAStranger_reverts", () => refused(line.stranger));
    it("submitCompletionAsClusterOwner_byTheModelsOwner_reverts", () => refused(modelOwner));
    it("submitCompletionAsClusterOwner_byTheRequester_reverts", () => refused(line.requester));
    it("submitCompletionAsClusterOwner_namingANode_reverts", () => refused(owner, { node: 1n }));

    it("submitCompletionAsClusterOwner_byTheOwnerBefore_reverts", async () => {
      await line.clusters.write.transferFrom([owner, line.stranger, line.cluster], { account: owner });
      await refused(owner);
    });

    it("submitCompletionAsClusterOwner_byTheOwnerOfAnotherCluster_reverts", async () => {
      await line.clusters.write.create(["other", "Other", ""], { account: line.stranger });
      await refused(line.stranger);
    });

    it("submitCompletionAsClusterOwner_withATip_reverts", async () => {
      const { execution } = await execute(line, { ownerMayAnswer: true });
      await line.networkHelpers.time.increase(1_000);
      const call = submitAsClusterOwner(execution, 0, owner, { tip: 1n });
      await reverts(line, call, "CompletionTipTooHigh", [1n, 0n]);
    });
  });

  it("submitCompletionAsClusterOwner_requesterIsAWallet_creditsTheWallet", async () => {
    const wallet = await line.viem.deployContract("Wallet__MockForExecutions");
    await wallet.write.setReceiving([1, wallet.address, "0x"]);
    const deadline = (await line.networkHelpers.time.latest()) + 2_000;
    const data: Hex = encodeFunctionData({
      abi: executions.abi,
      functionName: "execute",
      args: [
        line.cluster,
        1n,
        "0x01",
        {
          deadline,
          thread: zeroHash,
          ownerMayAnswer: true,
          outputsByReference: false,
          inputDigest: zeroHash,
          inputURI: "",
          consumer: zeroAddress,
          callbackGas: 0,
          callbackBudgetWei: 0n,
        },
      ],
    });
    await wallet.write.perform([executions.address, data], { value: line.quoteWei });
    await line.networkHelpers.time.increase(1_000);
    await submitAsClusterOwner(1n, 0, owner);
    expect(await executions.read.creditOf([3, BigInt(wallet.address), zeroAddress])).to.equal(TERMS.priceWei);
  });
});
