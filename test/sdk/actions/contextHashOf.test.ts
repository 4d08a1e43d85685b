import { expect } from "chai";
import { before, it } from "mocha";
import { keccak256, stringToHex } from "viem";
import { clusterExecutionsAbi } from "../../../sdk/src/abi/clusterExecutions.ts";
import { contextHashOf } from "../../../sdk/src/actions/contextHashOf.ts";
import { submitCompletionAsNode } from "../../../sdk/src/actions/submitCompletionAsNode.ts";
import { read } from "../../../sdk/src/internal/read.ts";
import { completionOf, createTestCluster, startRun, type TestCluster } from "../support/cluster.ts";
import { describeOnChain } from "../support/world.ts";

describeOnChain("contextHashOf", (world) => {
  let cluster: TestCluster;

  before(async () => {
    cluster = await createTestCluster(world());
  });

  it("is what the contract computes, without and with dependencies", async () => {
    const { deployment, connect, reader } = world();
    const run = await startRun(world(), await connect(), cluster);
    const onChain = (task: bigint): Promise<string> =>
      read(reader(), {
        deployment,
        address: deployment.clusterExecutions,
        abi: clusterExecutionsAbi,
        functionName: "contextHashOf",
        args: [run.execution, task],
      });
    const common = { versionDigest: cluster.version.digest, inputDigest: run.inputDigest };
    expect(await onChain(0n)).to.equal(contextHashOf({ ...common, task: 0, dependencyDigests: [] }));
    const completion = completionOf(cluster, run, ["notes"], 0);
    await submitCompletionAsNode(cluster.key, { deployment, completion, output: "notes" });
    const dependencyDigests = [keccak256(stringToHex("notes"))];
    expect(await onChain(1n)).to.equal(contextHashOf({ ...common, task: 1, dependencyDigests }));
  });
  it("changes with each of its parts", () => {
    const [a, b] = [keccak256("0x01"), keccak256("0x02")];
    const base = { versionDigest: a, task: 1, inputDigest: a, dependencyDigests: [a] };
    const others = [
      { ...base, versionDigest: b },
      { ...base, task: 2 },
      { ...base, inputDigest: b },
      { ...base, dependencyDigests: [b] },
      { ...base, dependencyDigests: [a, a] },
    ];
    const hashes = new Set([base, ...others].map(contextHashOf));
    expect(hashes.size).to.equal(6);
  });
});
