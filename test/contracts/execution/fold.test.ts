import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import { type Hex, keccak256, toHex, zeroHash } from "viem";
import { events, restoring, runDigestOf, STATE } from "../fixtures/executions.ts";
import {
  createLine,
  execute,
  firstNode,
  type Line,
  outputOf,
  publishCluster,
  signedItem,
} from "../fixtures/line.ts";
import { INDEPENDENT } from "../fixtures/world.ts";

const line = await createLine();
const { executions } = line;
const restore = restoring(line);
const INPUT_DIGEST = keccak256(toHex("input"));
const TASKS_MAX = 32;

/** Tasks that each task depends on. */
type Graph = readonly (readonly number[])[];

const DIAMOND: Graph = [[], [0], [0], [1, 2]];

async function publishGraph(slug: string, graph: Graph): Promise<Line> {
  const tasks = graph.map((dependsOn, i) => ({
    model: line.modelIds[i % line.modelIds.length] ?? 0n,
    dependsOn: dependsOn.reduce((mask, task) => mask + 2 ** task, 0) || INDEPENDENT,
  }));
  return publishCluster(line, { slug, tasks });
}

/** Runs a new execution of a graph; each inner list of tasks is one transaction. */
async function run(on: Line, graph: Graph, transactions: readonly (readonly number[])[], choice = {}) {
  const { execution } = await execute(on, choice);
  const { versionDigest } = await executions.read.executionOf([execution]);
  const hashes: Hex[] = [];
  for (const tasks of transactions) {
    const items = [];
    for (const task of tasks) {
      const dependencies = (graph[task] ?? []).map((dependency) => keccak256(outputOf(dependency)));
      items.push(
        await signedItem(on, execution, task, await firstNode(on, execution, task), { dependencies }),
      );
    }
    hashes.push(await executions.write.submitCompletions([items], { account: on.relayer }));
  }
  const view = await executions.read.executionOf([execution]);
  return { execution, versionDigest, hashes, view };
}

/** Expects an execution to have ended with one digest over these outputs, and nothing of them left in storage. */
async function expectFolded(
  on: Line,
  { execution, versionDigest, hashes, view }: Awaited<ReturnType<typeof run>>,
) {
  const digests = Array.from({ length: on.taskCount }, (_, task) => keccak256(outputOf(task)));
  const expected = runDigestOf(versionDigest, INPUT_DIGEST, digests);
  expect(view.state).to.equal(STATE.Succeeded);
  expect(view.digest).to.equal(expected);
  const last = await events(on, hashes.at(-1) ?? "0x");
  expect(last.at(-1)).to.deep.equal({
    event: "ClusterResponse",
    args: {
      execution,
      cluster: on.cluster,
      version: 1n,
      responseDigest: digests.at(-1),
      runDigest: expected,
    },
  });
  for (let task = 0; task < on.taskCount; task++) {
    const stored = await executions.read.outputDigestOf([execution, BigInt(task)]);
    expect(stored, `digest of task ${task}`).to.equal(zeroHash);
  }
}

describe("ClusterExecutions: one digest over all outputs", () => {
  beforeEach(restore);

  const straight: Graph = [[], [0], [1]];
  for (const transactions of [[[0, 1, 2]], [[0], [1], [2]], [[0, 1], [2]], [[0], [1, 2]]]) {
    it(`fold_lineIn${transactions.map((tasks) => tasks.join("")).join("Then")}_succeeds`, async () => {
      await expectFolded(line, await run(line, straight, transactions));
    });
  }

  describe("diamond", () => {
    for (const transactions of [
      [[0, 1, 2, 3]],
      [[0, 2, 1, 3]],
      [[0], [1], [2], [3]],
      [[0], [2], [1], [3]],
      [
        [0, 1],
        [2, 3],
      ],
      [
        [0, 2],
        [1, 3],
      ],
      [[0], [2, 1, 3]],
      [[0], [1, 2], [3]],
    ]) {
      it(`fold_diamondIn${transactions.map((tasks) => tasks.join("")).join("Then")}_succeeds`, async () => {
        const diamond = await publishGraph("diamond", DIAMOND);
        await expectFolded(diamond, await run(diamond, DIAMOND, transactions));
      });
    }
  });

  it("fold_twoExecutionsOfOneInput_haveTheSameDigest", async () => {
    const first = await run(line, straight, [[0, 1, 2]]);
    const second = await run(line, straight, [[0], [1], [2]]);
    expect(first.view.digest).to.equal(second.view.digest);
  });

  describe("32 tasks", () => {
    const graph: Graph = Array.from({ length: TASKS_MAX }, (_, i) => (i === TASKS_MAX - 1 ? all(31) : []));
    const one = Array.from({ length: TASKS_MAX }, (_, i) => i);

    it("fold_allIn1Transaction_succeeds", async () => {
      const wide = await publishGraph("wide", graph);
      await expectFolded(wide, await run(wide, graph, [one]));
    });

    it("fold_eachInItsTransaction_succeeds", async () => {
      const wide = await publishGraph("wide", graph);
      const ended = await run(
        wide,
        graph,
        one.map((task) => [task]),
      );
      await expectFolded(wide, ended);
      const receipt = await line.client.waitForTransactionReceipt({ hash: ended.hashes.at(-1) ?? "0x" });
      expect(Number(receipt.gasUsed), "gas of the end, which erases 31 digests").to.be.below(400_000);
    });

    it("fold_lineOf32_succeeds", async () => {
      const chain: Graph = one.map((i) => (i === 0 ? [] : [i - 1]));
      const long = await publishGraph("long", chain);
      await expectFolded(long, await run(long, chain, [one.slice(0, 16), one.slice(16)]));
    });
  });

  it("fold_outputsByReference_foldsTheirDigests", async () => {
    const { execution } = await execute(line, { outputsByReference: true });
    const { versionDigest } = await executions.read.executionOf([execution]);
    const digests = [0, 1, 2].map((task) => keccak256(toHex(`large output ${task}`)));
    const items = [];
    for (const [task, outputDigest] of digests.entries()) {
      const node = await firstNode(line, execution, task);
      const dependencies = digests.slice(Math.max(0, task - 1), task);
      items.push(
        await signedItem(line, execution, task, node, {
          output: toHex("pleiad:"),
          outputDigest,
          dependencies,
        }),
      );
    }
    const sent = executions.write.submitCompletions([items], { account: line.relayer });
    const runDigest = runDigestOf(versionDigest, INPUT_DIGEST, digests);
    expect((await events(line, sent)).at(-1)?.args).to.deep.include({
      responseDigest: digests[2],
      runDigest,
    });
  });

  it("fold_expiredAfterTwoTasks_hasZeroForTheThird", async () => {
    const { execution, versionDigest } = await run(line, straight, [[0], [1]]);
    await line.networkHelpers.time.increase(4_000);
    const logs = await events(line, executions.write.expire([execution]));
    const digests = [keccak256(outputOf(0)), keccak256(outputOf(1)), zeroHash];
    const runDigest = runDigestOf(versionDigest, INPUT_DIGEST, digests);
    expect(logs[0]?.args).to.deep.include({ runDigest });
    expect((await executions.read.executionOf([execution])).digest).to.equal(runDigest);
    for (const task of [0n, 1n, 2n]) {
      expect(await executions.read.outputDigestOf([execution, task]), `task ${task}`).to.equal(zeroHash);
    }
  });
});

/** Every task before `count`. */
function all(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
