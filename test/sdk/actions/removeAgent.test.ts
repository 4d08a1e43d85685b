import { expect } from "chai";
import { it } from "mocha";
import { getDraft } from "../../../sdk/src/actions/getDraft.ts";
import { removeAgent } from "../../../sdk/src/actions/removeAgent.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("removeAgent", (world, kind) => {
  it("takes an agent out, for its owner or the cluster's", async () => {
    const { deployment, connect } = world();
    const { cluster, agents, owner } = await createTestCluster(world(), kind);
    await removeAgent(owner, { deployment, cluster, agent: agents[1] ?? 0n });
    const draft = await getDraft(owner, { deployment, cluster });
    expect(draft.agents.map(({ name }) => name)).to.deep.equal(["reader", "critic"]);
    expect(draft.tasks.map(({ isAgentMember }) => isAgentMember)).to.deep.equal([true, false, true]);
    await expectCode(
      removeAgent(await connect(), { deployment, cluster, agent: agents[1] ?? 0n }),
      "CLUSTER_AGENT_NOT_MEMBER",
    );
  });
});
