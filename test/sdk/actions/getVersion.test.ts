import { expect } from "chai";
import { it } from "mocha";
import { zeroAddress } from "viem";
import { createCluster } from "../../../sdk/src/actions/createCluster.ts";
import { getVersion } from "../../../sdk/src/actions/getVersion.ts";
import { createTestCluster, FEE_WEI, freshSlug, NODE_SHARE_BPS, PRICE_WEI } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("getVersion", (world, kind) => {
  it("decodes everything that the version froze", async () => {
    const { deployment, reader } = world();
    const { cluster, agents, model, version } = await createTestCluster(world());
    const decoded = await getVersion(reader(kind), { deployment, cluster, version: 1n });
    const pinned = { model, priceWei: PRICE_WEI, nodeShareBps: NODE_SHARE_BPS, quorum: 1, toolArguments: "" };
    expect(decoded).to.deep.equal({
      cluster,
      version: 1n,
      digest: version.digest,
      windowSeconds: 60,
      feeWei: FEE_WEI,
      currency: zeroAddress,
      quoteWei: 3n * PRICE_WEI + FEE_WEI,
      pathLength: 3,
      attempts: 3,
      inputs: [],
      slug: version.slug,
      name: "Brief",
      description: "Makes a brief of a document.",
      agents: [
        {
          agent: agents[0],
          name: "reader",
          role: "Reader",
          goal: "Find what matters",
          backstory: "Reads all night",
        },
        { agent: agents[1], name: "writer", role: "", goal: "", backstory: "" },
        { agent: agents[2], name: "critic", role: "", goal: "", backstory: "" },
      ],
      tasks: [
        {
          task: 0,
          name: "read",
          prompt: "Read it.",
          tool: "library",
          agentIndex: 0,
          dependsOn: [],
          ...pinned,
        },
        { task: 1, name: "write", prompt: "Write it.", tool: "", agentIndex: 1, dependsOn: [0], ...pinned },
        { task: 2, name: "check", prompt: "Check it.", tool: "", agentIndex: 2, dependsOn: [1], ...pinned },
      ],
    });
  });
  it("names what is not there: cluster, version, any version", async () => {
    const { deployment, connect, reader } = world();
    const { cluster } = await createTestCluster(world());
    await expectCode(getVersion(reader(kind), { deployment, cluster: 999n }), "CLUSTER_UNKNOWN");
    await expectCode(
      getVersion(reader(kind), { deployment, cluster, version: 2n }),
      "CLUSTER_VERSION_UNKNOWN",
    );
    const empty = await createCluster(await connect(), { deployment, slug: freshSlug(), name: "Empty" });
    await expectCode(getVersion(reader(kind), { deployment, cluster: empty.cluster }), "CLUSTER_UNPUBLISHED");
  });
});
