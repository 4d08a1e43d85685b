import { expect } from "chai";
import { it } from "mocha";
import { createCluster } from "../../../sdk/src/actions/createCluster.ts";
import { getCluster } from "../../../sdk/src/actions/getCluster.ts";
import { freshSlug } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("createCluster", (world, kind) => {
  it("creates an empty cluster", async () => {
    const { deployment, connect } = world();
    const owner = await connect(kind);
    const slug = freshSlug();
    const { cluster } = await createCluster(owner, {
      deployment,
      slug,
      name: "Brief",
      description: "Briefs",
    });
    expect(await getCluster(owner, { deployment, cluster })).to.deep.equal({
      cluster,
      owner: owner.account.address,
      slug,
      name: "Brief",
      description: "Briefs",
      inputs: [],
      versions: 0n,
      agents: [],
    });
  });
  it("refuses a slug that is taken, and names its cluster", async () => {
    const { deployment, connect } = world();
    const owner = await connect(kind);
    const slug = freshSlug();
    const { cluster } = await createCluster(owner, { deployment, slug, name: "Brief" });
    const error = await expectCode(
      createCluster(owner, { deployment, slug, name: "Brief" }),
      "CLUSTER_SLUG_TAKEN",
    );
    expect(error.message).to.equal(`the slug "${slug}" belongs to cluster ${cluster}`);
  });
  it("refuses a slug and texts that are not valid", async () => {
    const { deployment, connect } = world();
    const owner = await connect(kind);
    await expectCode(createCluster(owner, { deployment, slug: "No", name: "" }), "CLUSTER_SLUG_INVALID");
    const long = createCluster(owner, { deployment, slug: freshSlug(), name: "x".repeat(65) });
    expect((await expectCode(long, "CLUSTER_TEXT_LENGTH")).details).to.deep.equal({
      field: "name",
      length: 65n,
      lengthMax: 64n,
    });
  });
});
