import { expect } from "chai";
import { before, it } from "mocha";
import { addAgent } from "../../../sdk/src/actions/addAgent.ts";
import { createCluster } from "../../../sdk/src/actions/createCluster.ts";
import { getCluster } from "../../../sdk/src/actions/getCluster.ts";
import { getDraft } from "../../../sdk/src/actions/getDraft.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import type { WriteClient } from "../../../sdk/src/types/client.ts";
import { createTestCluster, freshSlug } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("addAgent", (world, kind) => {
  let owner: WriteClient;
  let cluster: bigint;

  before(async () => {
    owner = await world().connect(kind);
    const { deployment } = world();
    cluster = (await createCluster(owner, { deployment, slug: freshSlug(), name: "Brief" })).cluster;
  });

  it("adds an agent with its persona", async () => {
    const { deployment } = world();
    const { agent } = await registerAgent(owner, { deployment });
    const persona = { name: "reader", role: "Reader", goal: "Find it", backstory: "Reads" };
    await addAgent(owner, { deployment, cluster, agent, ...persona });
    expect((await getCluster(owner, { deployment, cluster })).agents).to.deep.equal([agent]);
    expect((await getDraft(owner, { deployment, cluster })).agents).to.deep.equal([{ agent, ...persona }]);
  });
  it("refuses an agent that is in a cluster already, and names that cluster", async () => {
    const { deployment } = world();
    const other = await createTestCluster(world());
    const second = await createCluster(other.owner, { deployment, slug: freshSlug(), name: "Other" });
    const [agent = 0n] = other.agents;
    const call = addAgent(other.owner, { deployment, cluster: second.cluster, agent, name: "again" });
    expect((await expectCode(call, "CLUSTER_AGENT_TAKEN")).details).to.deep.equal({
      agent,
      cluster: other.cluster,
    });
  });
  it("refuses a stranger's agent, an unknown one, a stranger's cluster and an unknown one", async () => {
    const { deployment, connect } = world();
    const stranger = await connect(kind);
    const { agent } = await registerAgent(stranger, { deployment });
    const entry = { deployment, cluster, agent, name: "spy" };
    await expectCode(addAgent(owner, entry), "CLUSTER_AGENT_NOT_OWNED");
    await expectCode(addAgent(owner, { ...entry, agent: 9_999n }), "AGENT_UNKNOWN");
    await expectCode(addAgent(stranger, entry), "CLUSTER_NOT_OWNED");
    await expectCode(addAgent(stranger, { ...entry, cluster: 999n }), "CLUSTER_UNKNOWN");
  });
  it("refuses a name that is taken or not a name", async () => {
    const { deployment } = world();
    const { agent } = await registerAgent(owner, { deployment });
    await expectCode(addAgent(owner, { deployment, cluster, agent, name: "a/b" }), "CLUSTER_NAME_INVALID");
    await expectCode(addAgent(owner, { deployment, cluster, agent, name: "reader" }), "CLUSTER_NAME_TAKEN");
  });
});
