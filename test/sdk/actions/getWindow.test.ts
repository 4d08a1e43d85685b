import { expect } from "chai";
import { it } from "mocha";
import { getExecution } from "../../../sdk/src/actions/getExecution.ts";
import { getWindow } from "../../../sdk/src/actions/getWindow.ts";
import { createNode, createTestCluster, startRun } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("getWindow", (world, kind) => {
  it("opens at once for a model's only node, and never for another", async () => {
    const { deployment, connect, reader } = world();
    const cluster = await createTestCluster(world());
    const { execution } = await startRun(world(), await connect(), cluster);
    const { createdAt } = await getExecution(reader(kind), { deployment, execution });
    const window = { deployment, execution, task: 0 };
    const own = await getWindow(reader(kind), { ...window, node: cluster.node });
    expect(own).to.deep.equal({ eligible: true, opensAt: createdAt });
    const { node } = await createNode(world());
    expect((await getWindow(reader(kind), { ...window, node })).eligible).to.equal(false);
    await expectCode(getWindow(reader(kind), { ...window, node, task: 9 }), "TASK_UNKNOWN");
    await expectCode(getWindow(reader(kind), { ...window, node, execution: 9_999n }), "EXECUTION_UNKNOWN");
  });
});
