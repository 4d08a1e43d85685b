import { expect } from "chai";
import { it } from "mocha";
import { addTask } from "../../../sdk/src/actions/addTask.ts";
import { getDraft } from "../../../sdk/src/actions/getDraft.ts";
import { reorderTasks } from "../../../sdk/src/actions/reorderTasks.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("reorderTasks", (world, kind) => {
  it("puts tasks in another order, where what they depend on stays earlier", async () => {
    const { deployment, connect } = world();
    const { cluster, agents, owner } = await createTestCluster(world(), kind);
    const entry = { name: "apart", agent: agents[0] ?? 0n, prompt: "Alone.", dependsOn: [] };
    await addTask(owner, { deployment, cluster, ...entry });
    await reorderTasks(owner, { deployment, cluster, order: [3, 0, 1, 2] });
    const draft = await getDraft(owner, { deployment, cluster });
    expect(draft.tasks.map(({ name, dependsOn }) => [name, dependsOn])).to.deep.equal([
      ["apart", []],
      ["read", []],
      ["write", [1]],
      ["check", [2]],
    ]);
    const order = [1, 0, 3, 2];
    await expectCode(reorderTasks(owner, { deployment, cluster, order }), "CLUSTER_DEPENDENCY_NOT_EARLIER");
    await expectCode(reorderTasks(owner, { deployment, cluster, order: [0] }), "CLUSTER_ORDER_INVALID");
    await expectCode(reorderTasks(await connect(), { deployment, cluster, order }), "CLUSTER_NOT_OWNED");
  });
});
