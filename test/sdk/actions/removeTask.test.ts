import { expect } from "chai";
import { it } from "mocha";
import { getDraft } from "../../../sdk/src/actions/getDraft.ts";
import { removeTask } from "../../../sdk/src/actions/removeTask.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("removeTask", (world, kind) => {
  it("takes a task out, and those that depended on it inherit", async () => {
    const { deployment, connect } = world();
    const { cluster, owner } = await createTestCluster(world(), kind);
    await removeTask(owner, { deployment, cluster, task: 1 });
    const draft = await getDraft(owner, { deployment, cluster });
    expect(draft.tasks.map(({ name, dependsOn }) => [name, dependsOn])).to.deep.equal([
      ["read", []],
      ["check", [0]],
    ]);
    await expectCode(removeTask(await connect(), { deployment, cluster, task: 1 }), "CLUSTER_NOT_OWNED");
  });
});
