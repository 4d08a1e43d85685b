import { expect } from "chai";
import { it } from "mocha";
import { getCluster } from "../../../sdk/src/actions/getCluster.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("getCluster", (world, kind) => {
  it("reads a cluster by id and by slug", async () => {
    const { deployment, reader } = world();
    const { cluster, version, agents, owner } = await createTestCluster(world());
    const byId = await getCluster(reader(kind), { deployment, cluster });
    expect(byId).to.deep.include({ owner: owner.account.address, versions: 1n, agents, slug: version.slug });
    expect(await getCluster(reader(kind), { deployment, slug: version.slug })).to.deep.equal(byId);
  });
  it("names a cluster or slug that does not exist", async () => {
    const { deployment, reader } = world();
    await expectCode(getCluster(reader(kind), { deployment, cluster: 999n }), "CLUSTER_UNKNOWN");
    const missing = await expectCode(
      getCluster(reader(kind), { deployment, slug: "nope" }),
      "CLUSTER_SLUG_UNKNOWN",
    );
    expect(missing.message).to.include('"nope"');
    await expectCode(getCluster(reader(kind), { deployment, slug: "n".repeat(40) }), "CLUSTER_SLUG_UNKNOWN");
  });
});
