import { expect } from "chai";
import { it } from "mocha";
import { keccak256, stringToHex, zeroHash } from "viem";
import { expire } from "../../../sdk/src/actions/expire.ts";
import { getExecution } from "../../../sdk/src/actions/getExecution.ts";
import { runDigestOf } from "../../../sdk/src/actions/runDigestOf.ts";
import { submitCompletions } from "../../../sdk/src/actions/submitCompletions.ts";
import { createTestCluster, signedRun, startRun } from "../support/cluster.ts";
import { describeOnChain } from "../support/world.ts";

describeOnChain("runDigestOf", (world) => {
  it("is what storage keeps of a run that succeeded", async () => {
    const { deployment, connect } = world();
    const cluster = await createTestCluster(world());
    const relayer = await connect();
    const run = await startRun(world(), relayer, cluster);
    const outputs = ["one", "two", "three"];
    await submitCompletions(relayer, { deployment, items: await signedRun(world(), cluster, run, outputs) });
    const { digest } = await getExecution(relayer, { deployment, execution: run.execution });
    const outputDigests = outputs.map((output) => keccak256(stringToHex(output)));
    const { inputDigest } = run;
    expect(digest).to.equal(
      runDigestOf({ versionDigest: cluster.version.digest, inputDigest, outputDigests }),
    );
  });
  it("has zero for a task that was never answered", async () => {
    const { deployment, connect, passSeconds } = world();
    const cluster = await createTestCluster(world());
    const relayer = await connect();
    const run = await startRun(world(), relayer, cluster, { durationSeconds: 600n });
    const [first] = await signedRun(world(), cluster, run, ["one"]);
    if (first === undefined) throw new Error("the run has a first task");
    await submitCompletions(relayer, { deployment, items: [first] });
    await passSeconds(601);
    await expire(relayer, { deployment, execution: run.execution });
    const { digest } = await getExecution(relayer, { deployment, execution: run.execution });
    const outputDigests = [keccak256(stringToHex("one")), zeroHash, zeroHash];
    const { inputDigest } = run;
    expect(digest).to.equal(
      runDigestOf({ versionDigest: cluster.version.digest, inputDigest, outputDigests }),
    );
  });
});
