import { expect } from "chai";
import { afterEach, before, it } from "mocha";
import { watchExecutions } from "../../../sdk/src/actions/watchExecutions.ts";
import { testClientOf } from "../../fixtures/chain.ts";
import { createTestCluster, startRun, type TestCluster } from "../support/cluster.ts";
import { collector } from "../support/collector.ts";
import { describeClients } from "../support/world.ts";

describeClients("watchExecutions", (world, kind) => {
  let stop = (): void => {};

  afterEach(() => stop());

  let cluster: TestCluster;

  before(async () => {
    cluster = await createTestCluster(world());
  });

  it("tells the executions of a cluster, old and new, in the order of the chain", async () => {
    const { deployment, connect, reader } = world();
    const requester = await connect();
    const other = await createTestCluster(world());
    const first = await startRun(world(), requester, cluster);
    const { items, add, until } = collector<[bigint, boolean]>();
    stop = watchExecutions(reader(kind), {
      deployment,
      cluster: cluster.cluster,
      fromBlock: deployment.fromBlock,
      onExecution: ({ execution }, removed) => add([execution, removed]),
    });
    await until(1);
    await startRun(world(), requester, other);
    const second = await startRun(world(), requester, cluster);
    await until(2);
    expect(items).to.deep.equal([
      [first.execution, false],
      [second.execution, false],
    ]);
  });
  it("takes back what a reorganisation removes, and tells what comes instead", async () => {
    const { chain, deployment, connect, reader } = world();
    const test = testClientOf(chain);
    const [first, second] = [await connect(), await connect()];
    const own = await createTestCluster(world());
    const snapshot = await test.snapshot();
    const { items, add, until } = collector<[string, boolean]>();
    const watching = { deployment, cluster: own.cluster, fromBlock: deployment.fromBlock };
    stop = watchExecutions(reader(kind), {
      ...watching,
      onExecution: ({ requester }, removed) => add([requester, removed]),
    });
    await startRun(world(), first, own);
    await until(1);
    await test.revert({ id: snapshot });
    await startRun(world(), second, own);
    await until(3);
    expect(items).to.deep.equal([
      [first.account.address, false],
      [first.account.address, true],
      [second.account.address, false],
    ]);
  });
  it("tells those of one requester alone", async () => {
    const { deployment, connect, reader } = world();
    const [one, two] = [await connect(), await connect()];
    const requester = two.account.address;
    const { items, add, until } = collector<string>();
    stop = watchExecutions(reader(kind), {
      deployment,
      requester,
      fromBlock: deployment.fromBlock,
      onExecution: (execution) => add(execution.requester),
    });
    await startRun(world(), one, cluster);
    await startRun(world(), two, cluster);
    await until(1);
    expect(items).to.deep.equal([requester]);
  });
});
