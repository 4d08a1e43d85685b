import { expect } from "chai";
import { it } from "mocha";
import { getCluster } from "../../../sdk/src/actions/getCluster.ts";
import { setDescription } from "../../../sdk/src/actions/setDescription.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("setDescription", (world, kind) => {
  it("changes what the cluster says of itself", async () => {
    const { deployment, connect } = world();
    const { cluster, owner } = await createTestCluster(world(), kind);
    await setDescription(owner, { deployment, cluster, name: "Ünder", description: "New" });
    const { name, description } = await getCluster(owner, { deployment, cluster });
    expect([name, description]).to.deep.equal(["Ünder", "New"]);
    await expectCode(
      setDescription(await connect(), { deployment, cluster, name: "Ünder", description: "New" }),
      "CLUSTER_NOT_OWNED",
    );
  });
});
