import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import { type Address, type Hex, keccak256, toHex, zeroAddress, zeroHash } from "viem";
import {
  acceptedEvent,
  at,
  credits,
  enableKey,
  events,
  MODEL_WEI,
  NODE_WEI,
  readyEvent,
  responseEvent,
  restoring,
  reverts,
  runDigestOf,
  STATE,
} from "../fixtures/executions.ts";
import {
  completionOf,
  createLine,
  execute,
  firstNode,
  type Line,
  nodeOfRank,
  outputOf,
  publishCluster,
} from "../fixtures/line.ts";
import { FEE_WEI, INDEPENDENT, type TestNode, WINDOW_SECONDS } from "../fixtures/world.ts";

const line = await createLine();
const { executions } = line;
type Change = Parameters<typeof completionOf>[4];

/** Submits a task as the node whose turn it is, by its owner. */
async function submit(execution: bigint, task: number, change: Change = {}, on: Line = line): Promise<Hex> {
  const node = await firstNode(on, execution, task);
  return submitAs(node, node.owner, execution, task, change);
}

/** Submits a task for a node, sent by any account. */
async function submitAs(
  node: Pick<TestNode, "id">,
  sender: Address,
  execution: bigint,
  task: number,
  change: Change = {},
): Promise<Hex> {
  const { completion, output } = await completionOf(line, execution, task, node.id, change);
  return executions.write.submitCompletionAsNode([completion, output], { account: sender });
}

/** An execution whose first `count` tasks are answered. */
async function executionAfter(count: number, choice: Parameters<typeof execute>[1] = {}): Promise<bigint> {
  const { execution } = await execute(line, choice);
  for (let task = 0; task < count; task++) await submit(execution, task);
  return execution;
}

describe("ClusterExecutions.submitCompletionAsNode", () => {
  beforeEach(restoring(line));

  it("submitCompletionAsNode_firstTaskByTheNodesOwner_succeeds", async () => {
    const { execution } = await execute(line);
    const before = await executions.read.executionOf([execution]);
    const node = await firstNode(line, execution, 0);
    const evidenceDigest = keccak256(toHex("transcript"));
    const answer = await completionOf(line, execution, 0, node.id, { evidenceDigest });
    await at(line, before.createdAt + 7n);
    const hash = await executions.write.submitCompletionAsNode([answer.completion, answer.output], {
      account: node.owner,
    });
    expect(await events(line, hash)).to.deep.equal([acceptedEvent(answer), readyEvent(execution, 1)]);
    expect(await executions.read.executionOf([execution])).to.deep.equal({
      ...before,
      readyAt: before.createdAt + 7n,
      completedTasks: 1n,
      escrowWei: line.quoteWei - NODE_WEI - MODEL_WEI,
    });
    expect(await executions.read.outputDigestOf([execution, 0n])).to.equal(keccak256(answer.output));
    expect(await credits(line)).to.deep.equal({ [`node ${node.id}`]: NODE_WEI, "model 1": MODEL_WEI });
    expect(await line.client.getBalance({ address: executions.address })).to.equal(line.quoteWei);
  });

  it("submitCompletionAsNode_byTheNodeKey_succeeds", async () => {
    const { execution } = await execute(line);
    const node = await firstNode(line, execution, 0);
    await submitAs(node, await enableKey(line, node), execution, 0);
    expect(await credits(line)).to.deep.equal({ [`node ${node.id}`]: NODE_WEI, "model 1": MODEL_WEI });
  });

  it("submitCompletionAsNode_lastTask_succeeds", async () => {
    const { execution } = await execute(line);
    const inputDigest = keccak256(toHex("input"));
    await submit(execution, 0);
    expect(await events(line, await submit(execution, 1))).to.have.length(2);
    const { versionDigest, ...running } = await executions.read.executionOf([execution]);
    const node = await firstNode(line, execution, 2);
    const answer = await completionOf(line, execution, 2, node.id);
    await at(line, running.readyAt + 3n);
    const hash = await executions.write.submitCompletionAsNode([answer.completion, answer.output], {
      account: node.owner,
    });
    const outputs = [0, 1, 2].map((task) => outputOf(task));
    const digest = runDigestOf(
      versionDigest,
      inputDigest,
      outputs.map((output) => keccak256(output)),
    );
    expect(await events(line, hash)).to.deep.equal([
      acceptedEvent(answer),
      responseEvent(line, execution, outputs, digest),
    ]);
    expect(await executions.read.executionOf([execution])).to.deep.equal({
      ...running,
      versionDigest,
      state: STATE.Succeeded,
      readyAt: running.readyAt + 3n,
      completedTasks: 7n,
      digest,
      escrowWei: 0n,
    });
    for (const task of [0n, 1n, 2n]) {
      expect(await executions.read.outputDigestOf([execution, task]), `task ${task}`).to.equal(zeroHash);
    }
    const sum = Object.values(await credits(line)).reduce((total, part) => total + part, 0n);
    expect(sum).to.equal(line.quoteWei);
    expect((await credits(line))["cluster 1"]).to.equal(FEE_WEI);
  });

  it("submitCompletionAsNode_taskThatFreesTwo_tellsOfBoth", async () => {
    const [a, b, c] = line.modelIds as [bigint, bigint, bigint];
    const fork = await publishCluster(line, {
      slug: "fork",
      tasks: [
        { model: a },
        { model: b, dependsOn: INDEPENDENT },
        { model: c, dependsOn: 1 },
        { model: a, dependsOn: 3 },
        { model: b, dependsOn: 1 },
      ],
    });
    const { execution } = await execute(fork);
    const first = await events(line, submit(execution, 0, {}, fork));
    expect(first.slice(1)).to.deep.equal([readyEvent(execution, 2), readyEvent(execution, 4)]);
    const second = await events(line, submit(execution, 1, { dependencies: [] }, fork));
    expect(second.slice(1)).to.deep.equal([readyEvent(execution, 3)]);
  });

  it("submitCompletionAsNode_versionWithMoreBehindItsTasks_tellsOfNoTaskThatIsNone", async () => {
    const [model] = line.modelIds as [bigint];
    // Read as a task's, the second agent's number of tokens would be the mask of what it depends on.
    const choice = { slug: "behind", tasks: [{ model }, { model }], tokensMax: 1 };
    const behind = await publishCluster(line, choice);
    const { execution } = await execute(behind);
    const found = await events(line, submit(execution, 0, {}, behind));
    expect(found.slice(1)).to.deep.equal([readyEvent(execution, 1)]);
  });

  it("submitCompletionAsNode_taskThatFreesOneBeforeAnAnsweredOne_tellsOfIt", async () => {
    const [model] = line.modelIds as [bigint];
    const tasks = [INDEPENDENT, 1, INDEPENDENT].map((dependsOn) => ({ model, dependsOn }));
    const fork = await publishCluster(line, { slug: "fork", tasks });
    const { execution } = await execute(fork);
    await submit(execution, 2, { dependencies: [] }, fork);
    const found = await events(line, submit(execution, 0, {}, fork));
    expect(found.slice(1)).to.deep.equal([readyEvent(execution, 1)]);
  });

  describe("execution and task", () => {
    for (const unknown of [0n, 2n, 2n ** 255n]) {
      it(`submitCompletionAsNode_unknownExecution${unknown}_reverts`, async () => {
        const { execution } = await execute(line);
        const node = await firstNode(line, execution, 0);
        const { completion, output } = await completionOf(line, execution, 0, node.id);
        const call = executions.write.submitCompletionAsNode(
          [{ ...completion, execution: unknown }, output],
          {
            account: node.owner,
          },
        );
        await reverts(line, call, "ExecutionUnknown", [unknown]);
      });
    }

    it("submitCompletionAsNode_executionThatSucceeded_reverts", async () => {
      const execution = await executionAfter(2);
      const last = await firstNode(line, execution, 2);
      await submit(execution, 2);
      await reverts(line, submitAs(last, last.owner, execution, 2), "ExecutionHasEnded", [
        execution,
        STATE.Succeeded,
      ]);
    });

    it("submitCompletionAsNode_executionThatExpired_reverts", async () => {
      const execution = await executionAfter(0);
      const node = await firstNode(line, execution, 0);
      await line.networkHelpers.time.increase(4_000);
      await executions.write.expire([execution]);
      await reverts(line, submitAs(node, node.owner, execution, 0), "ExecutionHasEnded", [
        execution,
        STATE.Expired,
      ]);
    });

    it("submitCompletionAsNode_atTheDeadline_succeeds", async () => {
      const execution = await executionAfter(0);
      const { deadline } = await executions.read.executionOf([execution]);
      await at(line, deadline);
      await submit(execution, 0);
      expect((await executions.read.executionOf([execution])).readyAt).to.equal(deadline);
    });

    it("submitCompletionAsNode_aSecondAfterTheDeadline_reverts", async () => {
      const execution = await executionAfter(0);
      const { deadline } = await executions.read.executionOf([execution]);
      await at(line, deadline + 1n);
      await reverts(line, submit(execution, 0), "ExecutionDeadlinePassed", [execution, deadline]);
    });

    it("submitCompletionAsNode_unknownTask_reverts", async () => {
      const execution = await executionAfter(0);
      const node = await firstNode(line, execution, 0);
      for (const task of [3, 32, 255, 256, 65_535]) {
        const call = submitAs(node, node.owner, execution, task);
        await reverts(line, call, "TaskUnknown", [execution, BigInt(task)]);
      }
    });

    it("submitCompletionAsNode_taskTwice_reverts", async () => {
      const execution = await executionAfter(1);
      await reverts(line, submit(execution, 0), "TaskAlreadyCompleted", [execution, 0n]);
    });

    it("submitCompletionAsNode_taskTwiceWithAnotherOutput_reverts", async () => {
      const execution = await executionAfter(1);
      await reverts(line, submit(execution, 0, { output: "0x1234" }), "TaskAlreadyCompleted", [
        execution,
        0n,
      ]);
      expect(await executions.read.outputDigestOf([execution, 0n])).to.equal(keccak256(outputOf(0)));
    });

    it("submitCompletionAsNode_taskBeforeWhatItDependsOn_reverts", async () => {
      const execution = await executionAfter(0);
      await reverts(line, submit(execution, 1), "TaskNotReady", [execution, 1n, 1n]);
      await reverts(line, submit(execution, 2), "TaskNotReady", [execution, 2n, 2n]);
    });

    it("submitCompletionAsNode_missingTwoOfThreeDependencies_namesThem", async () => {
      const [model] = line.modelIds as [bigint];
      const tasks = [0, 1, 2, 3].map((i) => ({ model, dependsOn: i === 3 ? 7 : INDEPENDENT }));
      const wide = await publishCluster(line, { slug: "wide", tasks });
      const { execution } = await execute(wide);
      await submit(execution, 1, { dependencies: [] }, wide);
      await reverts(line, submit(execution, 3, {}, wide), "TaskNotReady", [execution, 3n, 5n]);
    });
  });

  describe("context", () => {
    /** Expects an answer to task 1 to be refused for what it is bound to. */
    async function refused(change: Change): Promise<void> {
      const execution = await executionAfter(1);
      const node = await firstNode(line, execution, 1);
      const bound = await completionOf(line, execution, 1, node.id, change);
      const right = await completionOf(line, execution, 1, node.id);
      await reverts(line, submitAs(node, node.owner, execution, 1, change), "CompletionContextStale", [
        execution,
        1n,
        bound.completion.contextHash,
        right.completion.contextHash,
      ]);
    }

    it("submitCompletionAsNode_boundToAnotherOutput_reverts", async () => {
      await refused({ dependencies: [keccak256(toHex("another output"))] });
    });

    it("submitCompletionAsNode_boundToNoOutput_reverts", async () => {
      await refused({ dependencies: [] });
    });

    it("submitCompletionAsNode_boundToAnOutputTooMany_reverts", async () => {
      await refused({ dependencies: [keccak256(outputOf(0)), keccak256(outputOf(1))] });
    });

    it("submitCompletionAsNode_boundToAnotherInput_reverts", async () => {
      await refused({ inputDigest: keccak256(toHex("another input")) });
    });

    it("submitCompletionAsNode_boundToNothing_reverts", async () => {
      await refused({ contextHash: zeroHash });
    });

    it("submitCompletionAsNode_boundToAnotherTask_reverts", async () => {
      const execution = await executionAfter(1);
      const { completion } = await completionOf(line, execution, 2, 1n, {
        dependencies: [keccak256(outputOf(0))],
      });
      await refused({ contextHash: completion.contextHash });
    });

    it("submitCompletionAsNode_boundToAnotherVersion_reverts", async () => {
      const terms = { feeWei: FEE_WEI, windowSeconds: WINDOW_SECONDS, attempts: 0 };
      await line.clusters.write.publish([line.cluster, terms], { account: line.clusterOwner });
      const first = await execute(line, { version: 1n });
      const second = await execute(line, { version: 2n });
      const node = await firstNode(line, first.execution, 0);
      const other = await completionOf(line, second.execution, 0, node.id);
      const right = await completionOf(line, first.execution, 0, node.id);
      const { contextHash } = other.completion;
      const call = submitAs(node, node.owner, first.execution, 0, { contextHash });
      await reverts(line, call, "CompletionContextStale", [
        first.execution,
        0n,
        contextHash,
        right.completion.contextHash,
      ]);
    });

    it("submitCompletionAsNode_boundToTheTaskBeforeInPlaceOfTheFirst_revertsWithTheRightContext", async () => {
      const [model] = line.modelIds as [bigint];
      const tasks = [INDEPENDENT, INDEPENDENT, 1].map((dependsOn) => ({ model, dependsOn }));
      const fork = await publishCluster(line, { slug: "fork", tasks });
      const { execution } = await execute(fork);
      for (const task of [0, 1]) await submit(execution, task, { dependencies: [] }, fork);
      const node = await firstNode(fork, execution, 2);
      const bound = await completionOf(fork, execution, 2, node.id);
      const right = await completionOf(fork, execution, 2, node.id, {
        dependencies: [keccak256(outputOf(0))],
      });
      await reverts(line, submit(execution, 2, {}, fork), "CompletionContextStale", [
        execution,
        2n,
        bound.completion.contextHash,
        right.completion.contextHash,
      ]);
    });
  });

  describe("output", () => {
    /** Expects an output of task 0 to be refused. */
    async function refused(change: Change, length: bigint, choice: Parameters<typeof execute>[1] = {}) {
      const execution = await executionAfter(0, choice);
      await reverts(line, submit(execution, 0, change), "CompletionOutputInvalid", [execution, 0n, length]);
    }

    const elsewhere = keccak256(toHex("bytes that are elsewhere"));

    it("submitCompletionAsNode_emptyOutput_reverts", () => refused({ output: "0x" }, 0n));

    it("submitCompletionAsNode_emptyOutputByReference_reverts", () =>
      refused({ output: "0x", outputDigest: elsewhere }, 0n, { outputsByReference: true }));

    it("submitCompletionAsNode_outputOf8192Bytes_succeeds", async () => {
      const execution = await executionAfter(0);
      const output = outputOf(0, 8_192);
      await submit(execution, 0, { output });
      expect(await executions.read.outputDigestOf([execution, 0n])).to.equal(keccak256(output));
    });

    it("submitCompletionAsNode_outputOf8193Bytes_reverts", () =>
      refused({ output: outputOf(0, 8_193) }, 8_193n));

    it("submitCompletionAsNode_outputOf1Byte_succeeds", async () => {
      const execution = await executionAfter(0);
      await submit(execution, 0, { output: "0x00" });
      expect(await executions.read.outputDigestOf([execution, 0n])).to.equal(keccak256("0x00"));
    });

    it("submitCompletionAsNode_digestOfOtherBytes_reverts", () => refused({ outputDigest: elsewhere }, 32n));

    it("submitCompletionAsNode_digestZero_reverts", () => refused({ outputDigest: zeroHash }, 32n));

    it("submitCompletionAsNode_referenceThatTheRequesterDidNotAllow_reverts", () =>
      refused({ output: toHex("https://example.org/a"), outputDigest: elsewhere }, 21n));

    for (const [name, uri] of [
      ["pleiadAlone", "pleiad:"],
      ["pleiadWithDigest", `pleiad:${elsewhere}`],
      ["https", "https://example.org/a"],
      ["httpsOf7Bytes", "https:/"],
      ["httpsOf256Bytes", `https://example.org/${"a".repeat(236)}`],
    ] as const) {
      it(`submitCompletionAsNode_referenceBy_${name}_succeeds`, async () => {
        const execution = await executionAfter(0, { outputsByReference: true });
        const node = await firstNode(line, execution, 0);
        const change = { output: toHex(uri), outputDigest: elsewhere };
        const answer = await completionOf(line, execution, 0, node.id, change);
        const hash = await submitAs(node, node.owner, execution, 0, change);
        expect((await events(line, hash))[0]).to.deep.equal(acceptedEvent(answer));
        expect(await executions.read.outputDigestOf([execution, 0n])).to.equal(elsewhere);
      });
    }

    it("submitCompletionAsNode_bytesWhereAReferenceWasAllowed_succeeds", async () => {
      const execution = await executionAfter(0, { outputsByReference: true });
      await submit(execution, 0, { output: toHex("ftp:these are the bytes themselves") });
    });

    for (const [name, uri] of [
      ["httpsOf6Bytes", "https:"],
      ["httpsOf257Bytes", `https://example.org/${"a".repeat(237)}`],
      ["pleiadOf257Bytes", `pleiad:${"a".repeat(250)}`],
      ["pleiadOf6Bytes", "pleiad"],
      ["http", "http://example.org/a"],
      ["ipfs", "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"],
      ["capitals", "HTTPS://example.org/a"],
      ["leadingSpace", " https://example.org/a"],
      ["file", "file:///etc/passwd"],
    ] as const) {
      it(`submitCompletionAsNode_referenceBy_${name}_reverts`, () =>
        refused({ output: toHex(uri), outputDigest: elsewhere }, BigInt(uri.length), {
          outputsByReference: true,
        }));
    }

    it("submitCompletionAsNode_referenceToDigestZero_reverts", () =>
      refused({ output: toHex("pleiad:"), outputDigest: zeroHash }, 7n, { outputsByReference: true }));
  });

  it("submitCompletionAsNode_withATip_reverts", async () => {
    const execution = await executionAfter(0);
    await reverts(line, submit(execution, 0, { tip: 1n }), "CompletionTipTooHigh", [1n, 0n]);
  });

  describe("submitter", () => {
    /** Expects a sender to be refused for a node's turn in an execution's first task. */
    async function refused(execution: bigint, node: Pick<TestNode, "id">, sender: Address): Promise<void> {
      await reverts(line, submitAs(node, sender, execution, 0), "CompletionNotEligible", [
        execution,
        0n,
        sender,
      ]);
    }

    it("submitCompletionAsNode_byAStranger_reverts", async () => {
      const execution = await executionAfter(0);
      await refused(execution, await firstNode(line, execution, 0), line.stranger);
    });

    it("submitCompletionAsNode_byTheRequester_reverts", async () => {
      const execution = await executionAfter(0);
      await refused(execution, await firstNode(line, execution, 0), line.requester);
    });

    it("submitCompletionAsNode_byOwnerAndKeyOfAnotherNode_reverts", async () => {
      const execution = await executionAfter(0);
      const node = await firstNode(line, execution, 0);
      const other = await nodeOfRank(line, execution, 0, 1);
      await refused(execution, node, other.owner);
      await refused(execution, node, await enableKey(line, other));
    });

    it("submitCompletionAsNode_byAnApprovedOperator_reverts", async () => {
      const execution = await executionAfter(0);
      const node = await firstNode(line, execution, 0);
      await line.nodes.write.setApprovalForAll([line.stranger, true], { account: node.owner });
      await refused(execution, node, line.stranger);
    });

    it("submitCompletionAsNode_node0_reverts", async () => {
      const execution = await executionAfter(0);
      for (const sender of [...line.operators, line.clusterOwner])
        await refused(execution, { id: 0n }, sender);
    });

    it("submitCompletionAsNode_unknownNode_reverts", async () => {
      const execution = await executionAfter(0);
      await refused(execution, { id: 99n }, line.operators[0] as Address);
      await refused(execution, { id: 2n ** 64n + 1n }, line.operators[0] as Address);
    });

    it("submitCompletionAsNode_nodeThatDoesNotServeTheModel_reverts", async () => {
      const outsider = await line.registerNode(9, line.stranger);
      await line.networkHelpers.mine();
      const execution = await executionAfter(0);
      await refused(execution, outsider, outsider.owner);
      await line.networkHelpers.time.increase(1_000);
      await refused(execution, outsider, outsider.owner);
    });

    it("submitCompletionAsNode_suspendedNode_reverts", async () => {
      const execution = await executionAfter(0);
      const node = await firstNode(line, execution, 0);
      await line.nodes.write.transferFrom([node.owner, line.stranger, node.id], { account: node.owner });
      await refused(execution, node, line.stranger);
      await refused(execution, node, await enableKey(line, node));
      await refused(execution, node, node.owner);
    });

    it("submitCompletionAsNode_suspendedNodeThatProvedItsKeyAgain_succeeds", async () => {
      const execution = await executionAfter(0);
      const node = await firstNode(line, execution, 0);
      await line.nodes.write.transferFrom([node.owner, line.stranger, node.id], { account: node.owner });
      const proof = await line.keyProof(node.key, line.stranger, 1n);
      await line.nodes.write.rotateKey([node.id, node.key.address, proof], { account: line.stranger });
      await refused(execution, node, node.owner);
      await submitAs(node, line.stranger, execution, 0);
      expect((await credits(line))[`node ${node.id}`]).to.equal(NODE_WEI);
    });

    it("submitCompletionAsNode_byAKeyThatWasRotatedAway_reverts", async () => {
      const execution = await executionAfter(0);
      const node = await firstNode(line, execution, 0);
      const fresh = { ...node, key: line.nodeKey(50) };
      const proof = await line.keyProof(fresh.key, node.owner);
      await line.nodes.write.rotateKey([node.id, fresh.key.address, proof], { account: node.owner });
      await refused(execution, node, await enableKey(line, node));
      await submitAs(node, await enableKey(line, fresh), execution, 0);
    });

    it("submitCompletionAsNode_nodeThatJoinedAfterTheCreation_reverts", async () => {
      const late = await line.registerNode(9, line.stranger);
      const execution = await executionAfter(0);
      await line.serve(line.modelIds[0] as bigint, late);
      await line.networkHelpers.time.increase(1_000);
      await refused(execution, late, late.owner);
      const next = await executionAfter(0);
      const [eligible] = await executions.read.windowOf([next, 0n, late.id]);
      expect(eligible, "in the next execution").to.equal(true);
    });

    it("submitCompletionAsNode_nodeThatLeftBeforeTheCreation_reverts", async () => {
      const gone = line.testNodes[1] as TestNode;
      await line.models.write.leave([line.modelIds[0] as bigint, gone.id], { account: gone.owner });
      await line.networkHelpers.time.increase(10);
      const execution = await executionAfter(0);
      await line.networkHelpers.time.increase(1_000);
      await refused(execution, gone, gone.owner);
    });

    it("submitCompletionAsNode_nodeThatLeftAfterTheCreation_succeeds", async () => {
      const execution = await executionAfter(0);
      const node = await firstNode(line, execution, 0);
      await line.models.write.leave([line.modelIds[0] as bigint, node.id], { account: node.owner });
      await submitAs(node, node.owner, execution, 0);
      expect((await credits(line))[`node ${node.id}`]).to.equal(NODE_WEI);
    });

    it("submitCompletionAsNode_nodeThatTheModelsOwnerSentAwayAfterTheCreation_succeeds", async () => {
      const execution = await executionAfter(0);
      const model = line.modelIds[0] as bigint;
      for (const node of line.testNodes) {
        await line.models.write.leave([model, node.id], { account: line.operators[0] as Address });
      }
      const node = await firstNode(line, execution, 0);
      await submitAs(node, node.owner, execution, 0);
      expect((await credits(line))[`node ${node.id}`]).to.equal(NODE_WEI);
    });

    it("submitCompletionAsNode_nodeThatJoinedInTheBlockOfTheCreation_reverts", async () => {
      const late = await line.registerNode(9, line.stranger);
      const model = line.modelIds[0] as bigint;
      await line.models.write.serve([model, late.id], { account: line.operators[0] as Address });
      const execution = await inOneBlock(() =>
        line.models.write.serve([model, late.id], { account: late.owner, gas: 200_000n }),
      );
      await line.networkHelpers.time.increase(1_000);
      await refused(execution, late, late.owner);
    });

    it("submitCompletionAsNode_nodeThatLeftInTheBlockOfTheCreation_succeeds", async () => {
      const model = line.modelIds[0] as bigint;
      const leaver = line.testNodes[2] as TestNode;
      const execution = await inOneBlock(() =>
        line.models.write.leave([model, leaver.id], { account: leaver.owner, gas: 200_000n }),
      );
      await line.networkHelpers.time.increase(1_000);
      await submitAs(leaver, leaver.owner, execution, 0);
    });
  });
});

/** Mines a transaction and then `execute` in one block; answers the execution. */
async function inOneBlock(first: () => Promise<Hex>): Promise<bigint> {
  const { provider } = line.connection;
  const deadline = (await line.networkHelpers.time.latest()) + 3_000;
  await provider.request({ method: "evm_setAutomine", params: [false] });
  const hashes = [await first()];
  hashes.push(
    await executions.write.execute(
      [
        line.cluster,
        1n,
        toHex("input"),
        {
          deadline,
          thread: zeroHash,
          ownerMayAnswer: false,
          outputsByReference: false,
          inputDigest: zeroHash,
          inputURI: "",
          consumer: zeroAddress,
          callbackGas: 0,
          callbackBudgetWei: 0n,
        },
      ],
      { account: line.requester, value: line.quoteWei, gas: 300_000n },
    ),
  );
  await line.networkHelpers.mine();
  await provider.request({ method: "evm_setAutomine", params: [true] });
  const receipts = await Promise.all(hashes.map((hash) => line.client.getTransactionReceipt({ hash })));
  expect(receipts.map(({ status }) => status)).to.deep.equal(["success", "success"]);
  expect(new Set(receipts.map(({ blockNumber }) => blockNumber)).size, "blocks").to.equal(1);
  return executions.read.executionCount();
}
