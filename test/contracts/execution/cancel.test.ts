import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import { type Address, concat, type Hex, slice } from "viem";
import { at, credits, endedEvent, events, restoring, reverts, STATE } from "../fixtures/executions.ts";
import { execute, firstNode, outputOf, signedItem } from "../fixtures/line.ts";
import { createPinnedLine, publishPinned, runDigestFor, versionOf } from "../fixtures/pinned.ts";
import { TERMS, WINDOW_SECONDS } from "../fixtures/world.ts";

const WINDOW = BigInt(WINDOW_SECONDS);
/** Of a version, before its tasks. */
const HEADER_BYTES = 66;
const line = await createPinnedLine({ tasks: [{ model: 1n }, { model: 2n }, { model: 3n }] }, 10);
const { executions } = line;
const restore = restoring(line);

function cancel(execution: bigint, sender: Address = line.requester): Promise<Hex> {
  return executions.write.cancel([execution], { account: sender });
}

/** A model that some of the nodes serve. */
async function modelServedBy(count: number): Promise<bigint> {
  const model = await line.registerModel(`served by ${count}`, line.operators[0] as Address);
  for (const node of line.testNodes.slice(0, count)) await line.serve(model, node);
  return model;
}

async function expectOpensAfter(windows: bigint, execution: bigint): Promise<void> {
  const { readyAt } = await executions.read.executionOf([execution]);
  const opensAt = readyAt + windows * WINDOW;
  expect(await executions.read.cancellableAt([execution])).to.equal(opensAt);
  if (windows > 0n) {
    await at(line, opensAt - 1n);
    await reverts(line, cancel(execution), "ExecutionNotCancellable", [execution, opensAt]);
  }
  await at(line, opensAt > readyAt ? opensAt : readyAt + 1n);
  await cancel(execution);
  expect((await executions.read.executionOf([execution])).state).to.equal(STATE.Cancelled);
}

describe("ClusterExecutions.cancel", () => {
  beforeEach(restore);

  it("cancel_afterTheWindowsOf8Of10Nodes_succeeds", async () => {
    const { execution } = await execute(line);
    await expectOpensAfter(8n, execution);
  });

  it("cancel_itsEventAndItsRefund_succeeds", async () => {
    const { execution } = await execute(line);
    const before = await executions.read.executionOf([execution]);
    await line.networkHelpers.time.increase(WINDOW_SECONDS * 8);
    const runDigest = await runDigestFor(line, execution, [undefined, undefined, undefined]);
    expect(await events(line, cancel(execution))).to.deep.equal([
      endedEvent(execution, STATE.Cancelled, line.quoteWei, runDigest),
    ]);
    expect(await credits(line)).to.deep.equal({ requester: line.quoteWei });
    expect(await executions.read.executionOf([execution])).to.deep.equal({
      ...before,
      state: STATE.Cancelled,
      digest: runDigest,
      escrowWei: 0n,
    });
  });

  it("cancel_afterAnAnswer_countsFromItAndRefundsTheRest", async () => {
    const { execution } = await execute(line);
    await line.networkHelpers.time.increase(WINDOW_SECONDS * 3);
    const node = await firstNode(line, execution, 0);
    await executions.write.submitCompletions([[await signedItem(line, execution, 0, node)]]);
    const runDigest = await runDigestFor(line, execution, [outputOf(0), undefined, undefined]);
    await expectOpensAfter(8n, execution);
    const { digest } = await executions.read.executionOf([execution]);
    expect(digest).to.equal(runDigest);
    expect((await credits(line)).requester).to.equal(line.quoteWei - TERMS.priceWei);
    const paid = Object.values(await credits(line)).reduce((sum, wei) => sum + wei, 0n);
    expect(paid).to.equal(line.quoteWei);
  });

  for (const count of [1, 2, 7, 8, 9]) {
    it(`cancel_model_${count}Nodes_afterTheirWindows_succeeds`, async () => {
      const on = await publishPinned(line, { tasks: [{ model: await modelServedBy(count) }] });
      await expectOpensAfter(BigInt(Math.min(count, 8)), (await execute(on)).execution);
    });
  }

  it("cancel_severalReadyTasks_waitsForTheLongest", async () => {
    const tasks = [{ model: await modelServedBy(2) }, { model: await modelServedBy(5), dependsOn: 0 }];
    const on = await publishPinned(line, { tasks });
    await expectOpensAfter(5n, (await execute(on)).execution);
  });

  it("cancel_taskThatIsNotReady_doesNotCount", async () => {
    const tasks = [{ model: await modelServedBy(2) }, { model: await modelServedBy(5) }];
    const on = await publishPinned(line, { tasks });
    await expectOpensAfter(2n, (await execute(on)).execution);
  });

  it("cancel_taskThatIsAnswered_doesNotCount", async () => {
    const tasks = [{ model: await modelServedBy(2) }, { model: await modelServedBy(5), dependsOn: 0 }];
    const on = await publishPinned(line, { tasks });
    const { execution } = await execute(on);
    const node = await firstNode(on, execution, 1);
    const item = await signedItem(on, execution, 1, node, { dependencies: [] });
    await executions.write.submitCompletions([[item]]);
    await expectOpensAfter(2n, execution);
  });

  it("cancel_whatStandsBehindTheTasks_doesNotCount", async () => {
    const cluster = (await line.registry.read.clusterCount()) + 1n;
    const { data, quoteWei } = versionOf(cluster, { tasks: [{ model: await modelServedBy(2) }] });
    // As another task would stand there, of a model that ten nodes serve.
    const behind = slice(versionOf(cluster, { tasks: [{ model: 1n }] }).data, HEADER_BYTES);
    await line.registry.write.publish([cluster, line.clusterOwner, concat([data, behind])]);
    const on = { ...line, cluster, quoteWei, taskCount: 1 };
    await expectOpensAfter(2n, (await execute(on)).execution);
  });

  it("cancel_readyTaskWhoseModelHadNoNode_atOnce_succeeds", async () => {
    const tasks = [{ model: 1n }, { model: await modelServedBy(0), dependsOn: 0 }];
    const on = await publishPinned(line, { tasks });
    await expectOpensAfter(0n, (await execute(on)).execution);
  });

  for (const [quorum, count, windows] of [
    [3, 10, 6n],
    [3, 3, 1n],
    [3, 4, 2n],
    [7, 10, 2n],
    [2, 1, 0n],
  ] as const) {
    it(`cancel_quorumOf${quorum}Of${count}Nodes_afterTheLastsWholeWindow_succeeds`, async () => {
      const on = await publishPinned(line, { tasks: [{ model: await modelServedBy(count), quorum }] });
      await expectOpensAfter(windows, (await execute(on)).execution);
    });
  }

  it("cancel_byAnybodyElse_reverts", async () => {
    const { execution } = await execute(line);
    await line.networkHelpers.time.increase(WINDOW_SECONDS * 8);
    for (const sender of [line.stranger, line.clusterOwner, line.operators[0] as Address]) {
      await reverts(line, cancel(execution, sender), "ExecutionNotYours", [execution, sender]);
    }
  });

  it("cancel_unknownOrEnded_reverts", async () => {
    await reverts(line, cancel(1n), "ExecutionUnknown", [1n]);
    await reverts(line, executions.read.cancellableAt([1n]), "ExecutionUnknown", [1n]);
    const { execution } = await execute(line);
    await line.networkHelpers.time.increase(4_000);
    await executions.write.expire([execution]);
    await reverts(line, cancel(execution), "ExecutionHasEnded", [execution, STATE.Expired]);
    await reverts(line, executions.read.cancellableAt([execution]), "ExecutionHasEnded", [
      execution,
      STATE.Expired,
    ]);
  });

  it("cancel_pastTheDeadline_succeeds", async () => {
    const { execution } = await execute(line);
    await line.networkHelpers.time.increase(4_000);
    await cancel(execution);
    expect((await executions.read.executionOf([execution])).state).to.equal(STATE.Cancelled);
    await reverts(line, executions.write.expire([execution]), "ExecutionHasEnded", [
      execution,
      STATE.Cancelled,
    ]);
  });
});
