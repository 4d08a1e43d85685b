import { expect } from "chai";
import { it } from "mocha";
import { getExecution } from "../../../sdk/src/actions/getExecution.ts";
import { submitCompletions } from "../../../sdk/src/actions/submitCompletions.ts";
import { createTestCluster, signedRun, startRun } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("getExecution", (world, kind) => {
  it("joins storage and log, while it runs and when it has ended", async () => {
    const { deployment, connect, reader } = world();
    const cluster = await createTestCluster(world());
    const relayer = await connect();
    const { execution, inputDigest } = await startRun(world(), relayer, cluster);
    const items = await signedRun(world(), cluster, { execution, inputDigest });
    await submitCompletions(relayer, { deployment, items: items.slice(0, 2) });
    const running = await getExecution(reader(kind), { deployment, execution });
    expect(running).to.deep.include({ state: "Running", completedTasks: [0, 1], digest: inputDigest });
    expect(running.completions.map(({ task, node }) => [task, node])).to.deep.equal([
      [0, cluster.node],
      [1, cluster.node],
    ]);
    expect(running.response).to.equal(undefined);
    const { hash } = await submitCompletions(relayer, { deployment, items: items.slice(2) });
    const ended = await getExecution(reader(kind), { deployment, execution });
    expect(ended).to.deep.include({ state: "Succeeded", completedTasks: [0, 1, 2], escrowWei: 0n });
    expect(ended.response).to.include({ transactionHash: hash, runDigest: ended.digest });
  });
  it("names an execution that does not exist", async () => {
    const { deployment, reader } = world();
    const error = await expectCode(
      getExecution(reader(kind), { deployment, execution: 9_999n }),
      "EXECUTION_UNKNOWN",
    );
    expect(error.message).to.equal("execution 9999 does not exist");
  });
});
