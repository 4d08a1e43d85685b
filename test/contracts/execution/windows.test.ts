import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import { type Address, encodeAbiParameters, keccak256 } from "viem";
import { at, events, restoring, reverts, SKIP, skippedEvent } from "../fixtures/executions.ts";
import {
  completionOf,
  createLine,
  execute,
  firstNode,
  nodeOfRank,
  publishCluster,
  type SignedItem,
  signedItem,
} from "../fixtures/line.ts";
import { INDEPENDENT, type TestNode, WINDOW_SECONDS } from "../fixtures/world.ts";

const line = await createLine();
const { executions } = line;
const restore = restoring(line);
const WINDOW = BigInt(WINDOW_SECONDS);

/** The rotation as it is documented: who has place `place` of `places` answers from this window on. */
function rankOf(execution: bigint, task: bigint, place: number, places: number): bigint {
  const words = [{ type: "uint256" }, { type: "uint256" }] as const;
  const start = Number(BigInt(keccak256(encodeAbiParameters(words, [execution, task]))) % BigInt(places));
  return BigInt((place + places - start) % places);
}

async function submitAs(node: TestNode, execution: bigint, task = 0): Promise<unknown> {
  const { completion, output } = await completionOf(line, execution, task, node.id);
  return executions.write.submitCompletionAsNode([completion, output], { account: node.owner });
}

describe("ClusterExecutions: who answers when", () => {
  beforeEach(restore);

  it("windowOf_everyNodeHasItsTurn_succeeds", async () => {
    const firsts = new Map<bigint, number>();
    for (let run = 0; run < 24; run++) {
      const { execution } = await execute(line);
      const { readyAt } = await executions.read.executionOf([execution]);
      for (const task of [0n, 1n, 2n]) {
        for (const [place, node] of line.testNodes.entries()) {
          const [eligible, opensAt] = await executions.read.windowOf([execution, task, node.id]);
          const rank = rankOf(execution, task, place, 3);
          expect(eligible).to.equal(true);
          expect(opensAt, `task ${task} of ${execution}, node ${node.id}`).to.equal(readyAt + rank * WINDOW);
          if (rank === 0n) firsts.set(node.id, (firsts.get(node.id) ?? 0) + 1);
        }
      }
    }
    // 72 draws among 3: a node that came first fewer than 10 times would be no rotation.
    for (const [node, count] of firsts) expect(count, `first turns of node ${node}`).to.be.above(10);
    expect(firsts.size).to.equal(3);
  });

  for (const rank of [1, 2]) {
    it(`submitCompletionAsNode_rank${rank}ASecondBeforeItsWindow_reverts`, async () => {
      const { execution } = await execute(line);
      const { createdAt } = await executions.read.executionOf([execution]);
      const node = await nodeOfRank(line, execution, 0, rank);
      const opensAt = createdAt + BigInt(rank) * WINDOW;
      await at(line, opensAt - 1n);
      await reverts(line, submitAs(node, execution), "CompletionTooEarly", [execution, 0n, opensAt]);
    });

    it(`submitCompletionAsNode_rank${rank}AtItsWindow_succeeds`, async () => {
      const { execution } = await execute(line);
      const { createdAt } = await executions.read.executionOf([execution]);
      const node = await nodeOfRank(line, execution, 0, rank);
      await at(line, createdAt + BigInt(rank) * WINDOW);
      await submitAs(node, execution);
    });
  }

  it("submitCompletionAsNode_firstNodeLongAfterItsWindow_succeeds", async () => {
    const { execution } = await execute(line);
    const { deadline } = await executions.read.executionOf([execution]);
    await at(line, deadline);
    await submitAs(await firstNode(line, execution, 0), execution);
  });

  it("submitCompletionAsNode_inTheBlockOfTheCreation_isOpen", async () => {
    const { execution } = await execute(line);
    const { createdAt } = await executions.read.executionOf([execution]);
    const node = await firstNode(line, execution, 0);
    expect(await executions.read.windowOf([execution, 0n, node.id])).to.deep.equal([true, createdAt]);
  });

  it("windowOf_countsFromTheLastCompletion_succeeds", async () => {
    const { execution } = await execute(line);
    const { createdAt } = await executions.read.executionOf([execution]);
    await at(line, createdAt + 25n);
    await submitAs(await firstNode(line, execution, 0), execution);
    for (const rank of [0, 1, 2]) {
      const node = await nodeOfRank(line, execution, 1, rank);
      const [, opensAt] = await executions.read.windowOf([execution, 1n, node.id]);
      expect(opensAt).to.equal(createdAt + 25n + BigInt(rank) * WINDOW);
    }
    const node = await nodeOfRank(line, execution, 1, 1);
    await at(line, createdAt + 34n);
    await reverts(line, submitAs(node, execution, 1), "CompletionTooEarly", [execution, 1n, createdAt + 35n]);
    await at(line, createdAt + 35n);
    await submitAs(node, execution, 1);
  });

  it("windowOf_aCompletionElsewhereInTheRun_beginsTheWindowsAnew", async () => {
    const [model] = line.modelIds as [bigint];
    const tasks = [{ model }, { model, dependsOn: INDEPENDENT }];
    const fork = await publishCluster(line, { slug: "fork", tasks });
    const { execution } = await execute(fork);
    const { createdAt } = await executions.read.executionOf([execution]);
    const second = await nodeOfRank(line, execution, 1, 1);
    await at(line, createdAt + 5n);
    await submitAs(await firstNode(line, execution, 0), execution);
    const [, opensAt] = await executions.read.windowOf([execution, 1n, second.id]);
    expect(opensAt).to.equal(createdAt + 5n + WINDOW);
  });

  it("submitCompletions_nodesPastTheirFirstWindow_areTakenOneAtATimeAndBeforeTheOthers", async () => {
    const [model] = line.modelIds as [bigint];
    const tasks = [{ model }, { model, dependsOn: INDEPENDENT }];
    const fork = await publishCluster(line, { slug: "fork", tasks });
    const { execution } = await execute(fork);
    const itemOf = async (task: number, rank: number) => {
      const node = await nodeOfRank(line, execution, task, rank);
      return signedItem(fork, execution, task, node, { dependencies: [] });
    };
    const [first, second] = [await itemOf(0, 0), await itemOf(0, 1)];
    const beside = await itemOf(1, 1);
    const send = (items: SignedItem[]) => executions.simulate.submitCompletions([items]);
    await line.networkHelpers.time.increase(WINDOW_SECONDS);
    // Whatever is accepted before it renews the window that it waited for, also in the same call.
    expect((await send([second, beside])).result).to.equal(1n);
    expect((await send([first, beside])).result).to.equal(1n);
    expect((await send([beside, first])).result).to.equal(2n);
    const told = await events(line, executions.write.submitCompletions([[first, beside]]));
    expect(told.at(-1)).to.deep.equal(skippedEvent(execution, 1, SKIP.TooEarly));
  });

  it("windowOf_nodeThatJoinsLater_doesNotMoveTheOthers", async () => {
    const { execution } = await execute(line);
    const read = () =>
      Promise.all(line.testNodes.map((node) => executions.read.windowOf([execution, 0n, node.id])));
    const before = await read();
    await line.serve(1n, await line.registerNode(9, line.stranger));
    expect(await read()).to.deep.equal(before);
    const next = await execute(line);
    const { createdAt } = await executions.read.executionOf([next.execution]);
    for (const [place, node] of line.testNodes.entries()) {
      const [, opensAt] = await executions.read.windowOf([next.execution, 0n, node.id]);
      expect(opensAt).to.equal(createdAt + rankOf(next.execution, 0n, place, 4) * WINDOW);
    }
  });

  it("windowOf_nodeThatLeaves_keepsTheOthersPlaces", async () => {
    await line.models.write.leave([1n, 2n], { account: line.operators[1] as Address });
    await line.networkHelpers.time.increase(5);
    const { execution } = await execute(line);
    const { createdAt } = await executions.read.executionOf([execution]);
    for (const place of [0, 2]) {
      const [eligible, opensAt] = await executions.read.windowOf([execution, 0n, BigInt(place + 1)]);
      expect(eligible).to.equal(true);
      expect(opensAt).to.equal(createdAt + rankOf(execution, 0n, place, 3) * WINDOW);
    }
    expect(await executions.read.windowOf([execution, 0n, 2n])).to.deep.equal([false, 0n]);
  });

  it("windowOf_otherNodes_areNotEligible", async () => {
    const outsider = await line.registerNode(9, line.stranger);
    const { execution } = await execute(line);
    for (const node of [0n, outsider.id, 99n, 2n ** 255n]) {
      expect(await executions.read.windowOf([execution, 0n, node]), `node ${node}`).to.deep.equal([
        false,
        0n,
      ]);
    }
  });

  it("windowOf_suspendedNode_isNotEligible", async () => {
    const [node] = line.testNodes as [TestNode];
    const { execution } = await execute(line);
    await line.nodes.write.transferFrom([node.owner, line.stranger, node.id], { account: node.owner });
    const [eligible] = await executions.read.windowOf([execution, 0n, node.id]);
    expect(eligible).to.equal(false);
  });

  it("windowOf_unknownExecutionOrTask_reverts", async () => {
    const { execution } = await execute(line);
    await reverts(line, executions.read.windowOf([9n, 0n, 1n]), "ExecutionUnknown", [9n]);
    await reverts(line, executions.read.windowOf([execution, 3n, 1n]), "TaskUnknown", [execution, 3n]);
    const huge = 2n ** 255n;
    await reverts(line, executions.read.windowOf([execution, huge, 1n]), "TaskUnknown", [execution, huge]);
  });

  it("submitCompletionAsNode_64Nodes_succeedsInTheLastWindow", async () => {
    const owner = line.operators[0] as Address;
    const model = await line.registerModel("popular", owner);
    for (let i = 0; i < 64; i++) await line.serve(model, await line.registerNode(100 + i, owner));
    const popular = await publishCluster(line, { slug: "popular", tasks: [{ model }] });
    const { execution } = await execute(popular);
    const { createdAt } = await executions.read.executionOf([execution]);
    const opens: bigint[] = [];
    for (let id = 4n; id < 68n; id++) {
      const [eligible, opensAt] = await executions.read.windowOf([execution, 0n, id]);
      expect(eligible, `node ${id}`).to.equal(true);
      opens.push((opensAt - createdAt) / WINDOW);
    }
    const expected = Array.from({ length: 64 }, (_, rank) => BigInt(rank));
    expect([...opens].sort((a, b) => Number(a - b))).to.deep.equal(expected);
    const last = { id: 4n + BigInt(opens.indexOf(63n)), key: line.nodeKey(0), owner };
    await at(line, createdAt + 63n * WINDOW - 1n);
    await reverts(line, submitAs(last, execution), "CompletionTooEarly", [
      execution,
      0n,
      createdAt + 63n * WINDOW,
    ]);
    await at(line, createdAt + 63n * WINDOW);
    await submitAs(last, execution);
  });
});
