import { expect } from "chai";
import { describe, it } from "mocha";
import { createClusterAdmin } from "../../../node/src/local/clusterAdmin.ts";
import { failure } from "../../fixtures/failure.ts";

const OWNER = "0x00000000000000000000000000000000000000aa";

/** The chain has cluster 1 with agent 12, and agent 13. */
const admin = createClusterAdmin({
  projection: {
    cluster: ((cluster: bigint) =>
      cluster === 1n
        ? { slug: "brief", owner: OWNER, agents: [{ agent: 12n, name: "reader" }] }
        : undefined) as never,
    agent: ((agent: bigint) => (agent === 12n || agent === 13n ? { cluster: 0n } : undefined)) as never,
  },
  openHere: () => [1n, 2n],
});

describe("an operator's tools of clusters", () => {
  it("list those that are open here and on the chain", async () => {
    expect(await admin.list()).to.deep.equal([
      { cluster: 1n, name: "brief", owner: OWNER, agents: [{ agent: 12n, name: "reader" }] },
    ]);
  });

  it("tell which command the owner of a key runs in their place", async () => {
    const created = await failure(admin.create({ name: "atlas", description: "" }));
    expect(created).to.include({ code: "OWNER_KEY_NEEDED", retryable: false });
    expect(created.hint)
      .to.include("pleiad cluster apply my-cluster/cluster.yaml --key owner.key")
      .and.to.include('"atlas"');
    const added = await failure(admin.addAgent({ cluster: 1n, agent: 13n }));
    expect(added.code).to.equal("OWNER_KEY_NEEDED");
    expect(added.message).to.include(OWNER);
    expect(added.hint)
      .to.include("{ name: NAME, id: 13 }")
      .and.to.include("pleiad cluster apply cluster.yaml --key owner.key");
  });

  it("name what there is not before they send anybody to an owner", async () => {
    expect((await failure(admin.addAgent({ cluster: 9n, agent: 13n }))).code).to.equal("CLUSTER_UNKNOWN");
    expect((await failure(admin.addAgent({ cluster: 1n, agent: 99n }))).code).to.equal("AGENT_UNKNOWN");
  });
});
