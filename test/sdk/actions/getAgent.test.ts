import { expect } from "chai";
import { it } from "mocha";
import { getAgent } from "../../../sdk/src/actions/getAgent.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("getAgent", (world, kind) => {
  it("says which cluster the agent is in", async () => {
    const { deployment, reader } = world();
    const { agents, cluster, model } = await createTestCluster(world());
    const [agent = 0n] = agents;
    expect(await getAgent(reader(kind), { deployment, agent })).to.include({ agent, cluster, model });
  });
  it("names an agent that does not exist", async () => {
    const { deployment, reader } = world();
    const error = await expectCode(getAgent(reader(kind), { deployment, agent: 9_999n }), "AGENT_UNKNOWN");
    expect(error.message).to.equal("agent 9999 does not exist");
  });
});
