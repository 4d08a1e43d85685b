import { expect } from "chai";
import { it } from "mocha";
import { getDraft } from "../../../sdk/src/actions/getDraft.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("getDraft", (world, kind) => {
  it("reads the draft of a cluster that was built in one call", async () => {
    const { deployment, reader } = world();
    const { cluster, agents } = await createTestCluster(world());
    const draft = await getDraft(reader(kind), { deployment, cluster });
    expect(draft.agents[0]).to.deep.equal({
      agent: agents[0],
      name: "reader",
      role: "Reader",
      goal: "Find what matters",
      backstory: "Reads all night",
    });
    const rest = { isAgentMember: true, toolArguments: "", quorum: 1 };
    expect(draft.tasks).to.deep.equal([
      {
        ...rest,
        task: 0,
        name: "read",
        agent: agents[0],
        prompt: "Read it.",
        tool: "library",
        dependsOn: [],
      },
      { ...rest, task: 1, name: "write", agent: agents[1], prompt: "Write it.", tool: "", dependsOn: [0] },
      { ...rest, task: 2, name: "check", agent: agents[2], prompt: "Check it.", tool: "", dependsOn: [1] },
    ]);
  });
  it("names a cluster that does not exist", async () => {
    const { deployment, reader } = world();
    await expectCode(getDraft(reader(kind), { deployment, cluster: 999n }), "CLUSTER_UNKNOWN");
  });
});
