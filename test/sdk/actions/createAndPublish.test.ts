import { expect } from "chai";
import { before, it } from "mocha";
import { createAndPublish } from "../../../sdk/src/actions/createAndPublish.ts";
import { getCluster } from "../../../sdk/src/actions/getCluster.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import { registerModel } from "../../../sdk/src/actions/registerModel.ts";
import type { WriteClient } from "../../../sdk/src/types/client.ts";
import { blueprintOf, freshSlug } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("createAndPublish", (world, kind) => {
  let owner: WriteClient;
  const agents: bigint[] = [];

  before(async () => {
    const { deployment } = world();
    owner = await world().connect(kind);
    agents.length = 0;
    const { model } = await registerModel(owner, { deployment, name: "m", priceWei: 5n, nodeShareBps: 100 });
    for (const digest of ["0x01", "0x02", "0x03"] as const) {
      agents.push(
        (await registerAgent(owner, { deployment, digest: `${digest}${"00".repeat(31)}`, model })).agent,
      );
    }
  });

  it("names what is wrong and creates nothing", async () => {
    const { deployment } = world();
    const blueprint = blueprintOf(agents);
    const [first, second] = blueprint.tasks;
    if (first === undefined || second === undefined) throw new Error("the blueprint has tasks");
    const terms = { deployment, windowSeconds: 30 };
    const twice = { ...blueprint, tasks: [first, { ...second, name: first.name }] };
    await expectCode(createAndPublish(owner, { ...terms, blueprint: twice }), "CLUSTER_NAME_TAKEN");
    const foreign = { ...blueprint, tasks: [{ ...first, agent: 9_999n }] };
    await expectCode(createAndPublish(owner, { ...terms, blueprint: foreign }), "CLUSTER_AGENT_MISSING");
    const later = { ...blueprint, tasks: [{ ...first, dependsOn: [1] }, second] };
    await expectCode(
      createAndPublish(owner, { ...terms, blueprint: later }),
      "CLUSTER_DEPENDENCY_NOT_EARLIER",
    );
    const many = { ...blueprint, tasks: Array.from({ length: 33 }, (_, i) => ({ ...first, name: `t${i}` })) };
    await expectCode(createAndPublish(owner, { ...terms, blueprint: many }), "CLUSTER_TASKS_FULL");
    await expectCode(
      createAndPublish(owner, { ...terms, blueprint: { ...blueprint, tasks: [] } }),
      "CLUSTER_WITHOUT_TASKS",
    );
    await expectCode(getCluster(owner, { deployment, slug: blueprint.slug }), "CLUSTER_SLUG_UNKNOWN");
  });
  it("builds and publishes a whole cluster in one transaction", async () => {
    const { deployment } = world();
    const blueprint = { ...blueprintOf(agents), slug: freshSlug() };
    const result = await createAndPublish(owner, { deployment, blueprint, windowSeconds: 30, feeWei: 1n });
    expect(result.version).to.equal(1n);
    const cluster = await getCluster(owner, { deployment, slug: blueprint.slug });
    expect(cluster).to.deep.include({ cluster: result.cluster, versions: 1n, agents });
  });
});
