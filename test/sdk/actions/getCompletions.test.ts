import { expect } from "chai";
import { it } from "mocha";
import { toHex } from "viem";
import { getCompletions } from "../../../sdk/src/actions/getCompletions.ts";
import { submitCompletions } from "../../../sdk/src/actions/submitCompletions.ts";
import { createTestCluster, signedRun, startRun } from "../support/cluster.ts";
import { describeClients } from "../support/world.ts";

describeClients("getCompletions", (world, kind) => {
  it("lists what was accepted, with bytes and place in the log, of this execution alone", async () => {
    const { deployment, connect, reader } = world();
    const cluster = await createTestCluster(world());
    const relayer = await connect();
    const runs = [await startRun(world(), relayer, cluster), await startRun(world(), relayer, cluster)];
    const items = [];
    for (const run of runs) items.push(...(await signedRun(world(), cluster, run, [`of ${run.execution}`])));
    const { hash, blockNumber } = await submitCompletions(relayer, { deployment, items });
    for (const { execution } of runs) {
      const completions = await getCompletions(reader(kind), { deployment, execution });
      expect(completions).to.have.length(1);
      const output = toHex(`of ${execution}`);
      expect(completions[0]).to.include({ execution, task: 0, output, transactionHash: hash, blockNumber });
    }
  });
});
