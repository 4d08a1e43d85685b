import { expect } from "chai";
import { it } from "mocha";
import { execute } from "../../../sdk/src/actions/execute.ts";
import { restrictCluster } from "../../../sdk/src/actions/restrictCluster.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("restrictCluster", (world, kind) => {
  it("says that the cluster needs a grant, and opens it again", async () => {
    const { deployment, connect } = world();
    const { cluster, owner } = await createTestCluster(world(), kind);
    await restrictCluster(owner, { deployment, cluster });
    await restrictCluster(owner, { deployment, cluster, restricted: false });
    expect((await execute(await connect(), { deployment, cluster, input: "x" })).version).to.equal(1n);
    await expectCode(restrictCluster(await connect(), { deployment, cluster }), "CLUSTER_NOT_OWNED");
  });
});
