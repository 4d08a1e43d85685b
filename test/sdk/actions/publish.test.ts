import { expect } from "chai";
import { it } from "mocha";
import { addAgent } from "../../../sdk/src/actions/addAgent.ts";
import { addTask } from "../../../sdk/src/actions/addTask.ts";
import { createCluster } from "../../../sdk/src/actions/createCluster.ts";
import { getVersion } from "../../../sdk/src/actions/getVersion.ts";
import { publish } from "../../../sdk/src/actions/publish.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import { registerModel } from "../../../sdk/src/actions/registerModel.ts";
import { setAgentModel } from "../../../sdk/src/actions/setAgentModel.ts";
import { createTestCluster, freshSlug } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("publish", (world, kind) => {
  it("freezes the draft, with the digest of the code that holds it", async () => {
    const { deployment, connect } = world();
    const owner = await connect(kind);
    const { cluster } = await createCluster(owner, { deployment, slug: freshSlug(), name: "Brief" });
    const terms = { deployment, cluster, windowSeconds: 30 };
    await expectCode(publish(owner, terms), "CLUSTER_WITHOUT_TASKS");
    const { agent } = await registerAgent(owner, { deployment });
    await addAgent(owner, { deployment, cluster, agent, name: "reader" });
    await addTask(owner, { deployment, cluster, agent, name: "read", prompt: "Read." });
    await expectCode(publish(owner, terms), "CLUSTER_AGENT_WITHOUT_MODEL");
    const { model } = await registerModel(owner, { deployment, name: "m", priceWei: 5n, nodeShareBps: 100 });
    await setAgentModel(owner, { deployment, agent, model });
    await expectCode(publish(owner, { ...terms, windowSeconds: 1 }), "CLUSTER_WINDOW_OUT_OF_RANGE");
    const published = await publish(owner, { ...terms, feeWei: 2n });
    expect(published.version).to.equal(1n);
    const version = await getVersion(owner, { deployment, cluster });
    expect(version).to.include({ digest: published.digest, quoteWei: 7n, feeWei: 2n, windowSeconds: 30 });
  });
  it("is for the cluster's owner alone", async () => {
    const { deployment, connect } = world();
    const { cluster } = await createTestCluster(world());
    const call = publish(await connect(kind), { deployment, cluster, windowSeconds: 30 });
    await expectCode(call, "CLUSTER_NOT_OWNED");
  });
});
