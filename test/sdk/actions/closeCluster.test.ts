import { expect } from "chai";
import { it } from "mocha";
import { closeCluster } from "../../../sdk/src/actions/closeCluster.ts";
import { execute } from "../../../sdk/src/actions/execute.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("closeCluster", (world, kind) => {
  it("lets the cluster take no new executions, and opens it again", async () => {
    const { deployment, connect } = world();
    const { cluster, owner } = await createTestCluster(world(), kind);
    await closeCluster(owner, { deployment, cluster });
    const requester = await connect();
    await expectCode(execute(requester, { deployment, cluster, input: "x" }), "CLUSTER_IS_CLOSED");
    await closeCluster(owner, { deployment, cluster, closed: false });
    expect((await execute(requester, { deployment, cluster, input: "x" })).version).to.equal(1n);
    await expectCode(closeCluster(await connect(), { deployment, cluster }), "CLUSTER_NOT_OWNED");
  });
});
