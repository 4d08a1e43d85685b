import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import { type Address, getAddress, keccak256, toHex, zeroAddress, zeroHash } from "viem";
import { KIND, restoring, reverts, STATE } from "../fixtures/executions.ts";
import {
  completionOf,
  createLine,
  execute,
  firstNode,
  outputOf,
  publishCluster,
  signedRun,
} from "../fixtures/line.ts";
import { contextHash, FEE_WEI, INDEPENDENT, TERMS } from "../fixtures/world.ts";

const line = await createLine();
const { executions } = line;
const restore = restoring(line);

async function submit(execution: bigint, task: number, dependencies?: `0x${string}`[]): Promise<void> {
  const node = await firstNode(line, execution, task);
  const change = dependencies === undefined ? {} : { dependencies };
  const { completion, output } = await completionOf(line, execution, task, node.id, change);
  await executions.write.submitCompletionAsNode([completion, output], { account: node.owner });
}

describe("ClusterExecutions: views", () => {
  beforeEach(restore);

  it("quote_sumOfPricesAndFee_succeeds", async () => {
    const expected = TERMS.priceWei * 3n + FEE_WEI;
    expect(await executions.read.quote([line.cluster, 1n])).to.deep.equal([expected, zeroAddress, true]);
  });

  it("quote_unknownClusterOrVersion_reverts", async () => {
    const { assertions } = line.viem;
    await assertions.revertWithCustomErrorWithArgs(
      executions.read.quote([9n, 1n]) as never,
      line.clusters,
      "ClusterUnknown",
      [9n],
    );
    await assertions.revertWithCustomErrorWithArgs(
      executions.read.quote([line.cluster, 2n]) as never,
      line.clusters,
      "ClusterVersionUnknown",
      [line.cluster, 2n],
    );
  });

  it("executionOf_unknown_reverts", async () => {
    await execute(line);
    for (const unknown of [0n, 2n, 2n ** 255n]) {
      await reverts(line, executions.read.executionOf([unknown]), "ExecutionUnknown", [unknown]);
    }
  });

  it("executionCount_beforeAny_isZero", async () => {
    expect(await executions.read.executionCount()).to.equal(0n);
  });

  it("executionOf_versionsOfTwoClusters_namesEachItsOwn", async () => {
    const other = await publishCluster(line, { slug: "other", tasks: [{ model: 1n }] });
    await line.clusters.write.publish([line.cluster, { feeWei: FEE_WEI, windowSeconds: 50, attempts: 0 }], {
      account: line.clusterOwner,
    });
    await execute(line, { version: 2n });
    await execute(other);
    await execute(line);
    const found = [];
    for (const id of [1n, 2n, 3n]) {
      const { cluster, version, versionDigest } = await executions.read.executionOf([id]);
      const code = await line.client.getCode({
        address: await line.clusters.read.versionCode([cluster, version]),
      });
      expect(versionDigest, `version of execution ${id}`).to.equal(keccak256(code ?? "0x"));
      found.push([cluster, version]);
    }
    expect(found).to.deep.equal([
      [line.cluster, 2n],
      [other.cluster, 1n],
      [line.cluster, 1n],
    ]);
  });

  describe("contextHashOf", () => {
    it("contextHashOf_eachReadyTask_isWhatTheInterfaceSays", async () => {
      const model = 1n;
      const tasks = [
        { model },
        { model, dependsOn: 1 },
        { model, dependsOn: INDEPENDENT },
        { model, dependsOn: 5 },
      ];
      const graph = await publishCluster(line, { slug: "graph", tasks });
      const { execution } = await execute(graph);
      const { versionDigest } = await executions.read.executionOf([execution]);
      const inputDigest = keccak256(toHex("input"));
      const expected = (task: number, dependencies: number[]) =>
        contextHash(
          versionDigest,
          task,
          inputDigest,
          dependencies.map((dependency) => keccak256(outputOf(dependency))),
        );
      const read = (task: bigint) => executions.read.contextHashOf([execution, task]);
      expect(await read(0n)).to.equal(expected(0, []));
      expect(await read(2n)).to.equal(expected(2, []));
      await submit(execution, 0);
      await submit(execution, 2, []);
      expect(await read(1n)).to.equal(expected(1, [0]));
      expect(await read(3n)).to.equal(expected(3, [0, 2]));
      expect(await read(0n), "of a completed task").to.equal(expected(0, []));
    });

    it("contextHashOf_missingDependencies_reverts", async () => {
      const model = 1n;
      const tasks = [{ model }, { model, dependsOn: INDEPENDENT }, { model, dependsOn: 3 }];
      const graph = await publishCluster(line, { slug: "graph", tasks });
      const { execution } = await execute(graph);
      await reverts(line, executions.read.contextHashOf([execution, 2n]), "TaskNotReady", [
        execution,
        2n,
        3n,
      ]);
      await submit(execution, 0);
      await reverts(line, executions.read.contextHashOf([execution, 2n]), "TaskNotReady", [
        execution,
        2n,
        2n,
      ]);
    });

    it("contextHashOf_unknownExecutionOrTask_reverts", async () => {
      const { execution } = await execute(line);
      await reverts(line, executions.read.contextHashOf([7n, 0n]), "ExecutionUnknown", [7n]);
      await reverts(line, executions.read.contextHashOf([execution, 3n]), "TaskUnknown", [execution, 3n]);
      const huge = 2n ** 256n - 1n;
      await reverts(line, executions.read.contextHashOf([execution, huge]), "TaskUnknown", [execution, huge]);
    });

    it("contextHashOf_ended_reverts", async () => {
      const { execution } = await execute(line);
      await executions.write.submitCompletions([await signedRun(line, execution)]);
      const ended = [execution, STATE.Succeeded];
      await reverts(line, executions.read.contextHashOf([execution, 0n]), "ExecutionHasEnded", ended);
    });
  });

  it("outputDigestOf_openUnknownOrEnded_isZero", async () => {
    const { execution } = await execute(line);
    await submit(execution, 0);
    expect(await executions.read.outputDigestOf([execution, 0n])).to.equal(keccak256(outputOf(0)));
    for (const [id, task] of [
      [execution, 1n],
      [execution, 99n],
      [execution + 1n, 0n],
    ] as const) {
      expect(await executions.read.outputDigestOf([id, task])).to.equal(zeroHash);
    }
  });

  describe("creditOf", () => {
    it("creditOf_namesThatAreNobodys_isZero", async () => {
      const { execution } = await execute(line);
      await executions.write.submitCompletions([await signedRun(line, execution)]);
      const expired = await execute(line);
      await line.networkHelpers.time.increase(4_000);
      await executions.write.expire([expired.execution]);
      const requester = BigInt(line.requester);
      expect(await executions.read.creditOf([KIND.Account, requester, zeroAddress])).to.equal(line.quoteWei);
      for (const [kind, id] of [
        [KIND.Node, 0n],
        [KIND.Node, 99n],
        // Numbers this large would reach into the slots of models, the first if slots were counted otherwise.
        [KIND.Node, 2n ** 247n + 1n],
        [KIND.Node, 2n ** 249n + 1n],
        [KIND.Node, 2n ** 249n + 2n],
        [KIND.Model, 2n ** 250n + 2n ** 249n + 1n],
        [KIND.Cluster, 2n ** 256n - 1n],
        [KIND.Account, requester + 2n ** 160n],
        [KIND.Account, requester & (2n ** 96n - 1n)],
        [KIND.Account, 0n],
      ] as const) {
        expect(await executions.read.creditOf([kind, id, zeroAddress]), `${kind} ${id}`).to.equal(0n);
      }
    });
  });

  it("eip712Domain_namesThisContractOnThisChain_succeeds", async () => {
    const domain = await executions.read.eip712Domain();
    expect(domain).to.deep.equal([
      "0x0f",
      "Pleiad ClusterExecutions",
      "1",
      BigInt(line.chainId),
      getAddress(executions.address as Address),
      zeroHash,
      [],
    ]);
  });
});
