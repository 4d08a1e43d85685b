import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import { type Address, type Hex, keccak256, toHex, zeroHash } from "viem";
import {
  at,
  credits,
  enableKey,
  endedEvent,
  events,
  restoring,
  reverts,
  STATE,
} from "../fixtures/executions.ts";
import { execute, firstNode, outputOf, signedItem } from "../fixtures/line.ts";
import { createPinnedLine, nodesByRank, publishPinned, runDigestFor } from "../fixtures/pinned.ts";
import { FEE_WEI, TERMS, type TestNode, WINDOW_SECONDS } from "../fixtures/world.ts";

const REASON = keccak256(toHex("the model is gone"));
const line = await createPinnedLine({ tasks: [{ model: 1n }, { model: 2n }, { model: 3n }], attempts: 2 }, 4);
const { executions } = line;
const restore = restoring(line);

function report(execution: bigint, task: number, node: TestNode, sender: Address = node.owner): Promise<Hex> {
  return executions.write.reportFailure([execution, BigInt(task), node.id, REASON], { account: sender });
}

function reportEvent(execution: bigint, task: number, node: TestNode, reports: bigint, reportsMax: bigint) {
  const args = { execution, node: node.id, task: BigInt(task), reasonDigest: REASON, reports, reportsMax };
  return { event: "FailureReported", args };
}

/** A new execution of a line and the nodes in the order of their ranks for its first task, all admitted. */
async function begin(on = line) {
  const { execution } = await execute(on);
  const nodes = (await nodesByRank(on, execution, 0)) as [TestNode, TestNode, TestNode, TestNode];
  await on.networkHelpers.time.increase(WINDOW_SECONDS * nodes.length);
  return { execution, nodes };
}

describe("ClusterExecutions.reportFailure", () => {
  beforeEach(restore);

  it("reportFailure_asManyAsTheAttempts_failsAndRefunds", async () => {
    const { execution, nodes } = await begin();
    expect(await events(line, report(execution, 0, nodes[0]))).to.deep.equal([
      reportEvent(execution, 0, nodes[0], 1n, 2n),
    ]);
    const before = await executions.read.executionOf([execution]);
    expect(before.state).to.equal(STATE.Running);
    const runDigest = await runDigestFor(line, execution, [undefined, undefined, undefined]);
    expect(await events(line, report(execution, 0, nodes[1]))).to.deep.equal([
      reportEvent(execution, 0, nodes[1], 2n, 2n),
      endedEvent(execution, STATE.Failed, line.quoteWei, runDigest),
    ]);
    expect(await credits(line)).to.deep.equal({ requester: line.quoteWei });
    const after = await executions.read.executionOf([execution]);
    expect(after).to.deep.equal({ ...before, state: STATE.Failed, digest: runDigest, escrowWei: 0n });
  });

  it("reportFailure_afterAnAnswer_refundsWhatIsLeft", async () => {
    const { execution } = await execute(line);
    const first = await firstNode(line, execution, 0);
    await executions.write.submitCompletions([[await signedItem(line, execution, 0, first)]]);
    const nodes = await nodesByRank(line, execution, 1);
    await line.networkHelpers.time.increase(WINDOW_SECONDS * 4);
    await report(execution, 1, nodes[0] as TestNode);
    const runDigest = await runDigestFor(line, execution, [outputOf(0), undefined, undefined]);
    const hash = report(execution, 1, nodes[1] as TestNode);
    expect((await events(line, hash))[1]).to.deep.equal(
      endedEvent(execution, STATE.Failed, line.quoteWei - TERMS.priceWei, runDigest),
    );
    const paid = Object.values(await credits(line)).reduce((sum, wei) => sum + wei, 0n);
    expect(paid, "paid and refunded").to.equal(line.quoteWei);
    expect(await executions.read.outputDigestOf([execution, 0n]), "erased").to.equal(zeroHash);
  });

  it("reportFailure_byKeyOwnerAndSubmitDelegate_succeeds", async () => {
    const { nodes, permissions } = line;
    const { execution, nodes: ranked } = await begin();
    const [node] = ranked;
    for (const sender of [await enableKey(line, node), node.owner]) {
      const { result } = await executions.simulate.reportFailure([execution, 0n, node.id, REASON], {
        account: sender,
      });
      expect(result).to.equal(undefined);
    }
    const refused = report(execution, 0, node, line.stranger);
    await reverts(line, refused, "CompletionNotEligible", [execution, 0n, line.stranger]);
    await permissions.write.setDelegate([nodes.address, node.id, line.stranger, 13, 0], {
      account: node.owner,
    });
    const other = report(execution, 0, node, line.stranger);
    await reverts(line, other, "CompletionNotEligible", [execution, 0n, line.stranger]);
    await permissions.write.setDelegate([nodes.address, node.id, line.stranger, 2, 0], {
      account: node.owner,
    });
    expect(await events(line, report(execution, 0, node, line.stranger))).to.have.length(1);
  });

  it("reportFailure_twiceByOneNode_reverts", async () => {
    const { execution, nodes } = await begin();
    await report(execution, 0, nodes[0]);
    await reverts(line, report(execution, 0, nodes[0]), "FailureAlreadyReported", [
      execution,
      0n,
      nodes[0].id,
    ]);
    expect(await executions.read.failureReportsOf([execution, 0n])).to.equal(1n << (nodes[0].id - 1n));
  });

  it("reportFailure_beforeTheNodesWindow_reverts", async () => {
    const { execution } = await execute(line);
    const { readyAt } = await executions.read.executionOf([execution]);
    const [, second] = (await nodesByRank(line, execution, 0)) as [TestNode, TestNode];
    const opensAt = readyAt + BigInt(WINDOW_SECONDS);
    await at(line, opensAt - 1n);
    await reverts(line, report(execution, 0, second), "CompletionTooEarly", [execution, 0n, opensAt]);
    await at(line, opensAt);
    await report(execution, 0, second);
  });

  it("reportFailure_atAndAfterTheDeadline_succeedsAndReverts", async () => {
    const { execution, nodes } = await begin();
    const { deadline } = await executions.read.executionOf([execution]);
    await at(line, deadline);
    await report(execution, 0, nodes[0]);
    await at(line, deadline + 1n);
    await reverts(line, report(execution, 0, nodes[1]), "ExecutionDeadlinePassed", [execution, deadline]);
  });

  it("reportFailure_unknownWaitingOrAnsweredTask_reverts", async () => {
    const { execution, nodes } = await begin();
    await reverts(line, report(9n, 0, nodes[0]), "ExecutionUnknown", [9n]);
    await reverts(line, report(execution, 3, nodes[0]), "TaskUnknown", [execution, 3n]);
    await reverts(line, report(execution, 1, nodes[0]), "TaskNotReady", [execution, 1n, 1n]);
    await executions.write.submitCompletions([[await signedItem(line, execution, 0, nodes[0])]]);
    await reverts(line, report(execution, 0, nodes[1]), "TaskAlreadyCompleted", [execution, 0n]);
  });

  it("reportFailure_answeredTaskThatIsNotTheFirst_reverts", async () => {
    const { execution } = await execute(line);
    for (const task of [0, 1]) {
      const node = await firstNode(line, execution, task);
      await executions.write.submitCompletions([[await signedItem(line, execution, task, node)]]);
    }
    await line.networkHelpers.time.increase(WINDOW_SECONDS * 4);
    const late = report(execution, 1, line.testNodes[0] as TestNode);
    await reverts(line, late, "TaskAlreadyCompleted", [execution, 1n]);
  });

  it("reportFailure_taskThatWaitsForTwo_namesThem", async () => {
    const tasks = [0, 0, 3].map((dependsOn) => ({ model: 1n, dependsOn }));
    const { execution, nodes } = await begin(await publishPinned(line, { tasks }));
    await reverts(line, report(execution, 2, nodes[0]), "TaskNotReady", [execution, 2n, 3n]);
  });

  it("reportFailure_endedExecution_reverts", async () => {
    const { execution, nodes } = await begin();
    await report(execution, 0, nodes[0]);
    await report(execution, 0, nodes[1]);
    await reverts(line, report(execution, 0, nodes[2]), "ExecutionHasEnded", [execution, STATE.Failed]);
  });

  it("reportFailure_nodeThatJoinedLaterOrIsSuspended_reverts", async () => {
    const { execution, nodes } = await begin();
    const late = await line.registerNode(7, line.stranger);
    await line.serve(1n, late);
    await reverts(line, report(execution, 0, late), "CompletionNotEligible", [execution, 0n, line.stranger]);
    const [node] = nodes;
    await line.nodes.write.transferFrom([node.owner, line.stranger, node.id], { account: node.owner });
    const suspended = report(execution, 0, node, line.stranger);
    await reverts(line, suspended, "CompletionNotEligible", [execution, 0n, line.stranger]);
  });

  it("reportFailure_fewerNodesThanAttempts_failsWhenAllHaveReported", async () => {
    const patient = await publishPinned(line, { tasks: [{ model: 1n }], attempts: 200 });
    const { execution, nodes } = await begin(patient);
    for (const node of nodes.slice(0, 3)) await report(execution, 0, node);
    expect((await executions.read.executionOf([execution])).state).to.equal(STATE.Running);
    expect((await events(line, report(execution, 0, nodes[3])))[0]).to.deep.equal(
      reportEvent(execution, 0, nodes[3], 4n, 4n),
    );
    expect((await executions.read.executionOf([execution])).state).to.equal(STATE.Failed);
  });

  it("reportFailure_quorumOf2WithOneAttempt_failsAtTheSecond", async () => {
    const agreed = await publishPinned(line, { tasks: [{ model: 1n, quorum: 2 }], attempts: 1 });
    const { execution } = await execute(agreed);
    const nodes = await nodesByRank(agreed, execution, 0);
    // Two are admitted from the first window on.
    expect(await events(line, report(execution, 0, nodes[0] as TestNode))).to.deep.equal([
      reportEvent(execution, 0, nodes[0] as TestNode, 1n, 2n),
    ]);
    expect(await events(line, report(execution, 0, nodes[1] as TestNode))).to.have.length(2);
    expect((await executions.read.executionOf([execution])).state).to.equal(STATE.Failed);
  });

  it("reportFailure_ofTwoTasks_countsEachByItself", async () => {
    const wide = await publishPinned(line, {
      tasks: [{ model: 1n }, { model: 2n, dependsOn: 0 }, { model: 3n, dependsOn: 3 }],
      attempts: 2,
    });
    const { execution } = await execute(wide);
    await line.networkHelpers.time.increase(WINDOW_SECONDS * 4);
    const [a, b] = line.testNodes as [TestNode, TestNode];
    await report(execution, 0, a);
    expect(await events(line, report(execution, 1, b))).to.deep.equal([reportEvent(execution, 1, b, 1n, 2n)]);
    await report(execution, 1, a);
    expect((await executions.read.executionOf([execution])).state).to.equal(STATE.Failed);
    expect((await credits(wide)).requester).to.equal(TERMS.priceWei * 3n + FEE_WEI);
  });

  it("reportFailure_reportedNodeThatAnswersAfterAll_isPaid", async () => {
    const { execution, nodes } = await begin();
    await report(execution, 0, nodes[0]);
    await executions.write.submitCompletions([[await signedItem(line, execution, 0, nodes[0])]]);
    expect((await executions.read.executionOf([execution])).completedTasks).to.equal(1n);
  });
});
