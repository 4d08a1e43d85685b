import { expect } from "chai";
import { afterEach, it } from "mocha";
import { createClient, http } from "viem";
import { submitCompletions } from "../../../sdk/src/actions/submitCompletions.ts";
import { watchResponses } from "../../../sdk/src/actions/watchResponses.ts";
import { createTestCluster, signedRun, startRun } from "../support/cluster.ts";
import { collector } from "../support/collector.ts";
import { describeClients } from "../support/world.ts";

describeClients("watchResponses", (world, kind) => {
  let stop = (): void => {};

  afterEach(() => stop());

  it("tells the responses of a cluster with their transactions", async () => {
    const { deployment, connect, reader } = world();
    const cluster = await createTestCluster(world());
    const relayer = await connect();
    const { items, add, until } = collector<{
      execution: bigint;
      transactionHash: string;
      removed: boolean;
    }>();
    stop = watchResponses(reader(kind), {
      deployment,
      cluster: cluster.cluster,
      fromBlock: deployment.fromBlock,
      onResponse: ({ execution, transactionHash }, removed) => add({ execution, transactionHash, removed }),
    });
    const run = await startRun(world(), relayer, cluster);
    const { hash } = await submitCompletions(relayer, {
      deployment,
      items: await signedRun(world(), cluster, run),
    });
    await until(1);
    expect(items).to.deep.equal([{ execution: run.execution, transactionHash: hash, removed: false }]);
  });
  it("tells failures of the endpoint and goes on", async () => {
    const { deployment } = world();
    const { items, add, until } = collector<string>();
    const dead = createClient({
      transport: http("http://127.0.0.1:9", { retryCount: 0 }),
      pollingInterval: 5,
    });
    stop = watchResponses(dead, { deployment, onResponse: () => {}, onError: ({ code }) => add(code) });
    await until(2);
    expect(new Set(items)).to.deep.equal(new Set(["RPC_UNREACHABLE"]));
  });
});
