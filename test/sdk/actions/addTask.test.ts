import { expect } from "chai";
import { before, it } from "mocha";
import { addAgent } from "../../../sdk/src/actions/addAgent.ts";
import { addTask } from "../../../sdk/src/actions/addTask.ts";
import { createCluster } from "../../../sdk/src/actions/createCluster.ts";
import { getDraft } from "../../../sdk/src/actions/getDraft.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import type { WriteClient } from "../../../sdk/src/types/client.ts";
import { freshSlug } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("addTask", (world, kind) => {
  let owner: WriteClient;
  let cluster: bigint;
  let agent: bigint;

  before(async () => {
    owner = await world().connect(kind);
    const { deployment } = world();
    cluster = (await createCluster(owner, { deployment, slug: freshSlug(), name: "Brief" })).cluster;
    agent = (await registerAgent(owner, { deployment })).agent;
    await addAgent(owner, { deployment, cluster, agent, name: "reader" });
  });

  it("adds tasks that depend on the one before, on none, or on those that are named", async () => {
    const { deployment } = world();
    const task = { deployment, cluster, agent, prompt: "Do it." };
    expect((await addTask(owner, { ...task, name: "first", tool: "library" })).task).to.equal(0);
    await addTask(owner, { ...task, name: "second" });
    await addTask(owner, { ...task, name: "free", dependsOn: [] });
    await addTask(owner, { ...task, name: "join", dependsOn: [2, 0] });
    const { tasks } = await getDraft(owner, { deployment, cluster });
    expect(tasks.map(({ name, dependsOn, tool }) => [name, dependsOn, tool])).to.deep.equal([
      ["first", [], "library"],
      ["second", [0], ""],
      ["free", [], ""],
      ["join", [0, 2], ""],
    ]);
  });
  it("refuses a dependency on a later task", async () => {
    const { deployment } = world();
    const call = addTask(owner, {
      deployment,
      cluster,
      agent,
      name: "early",
      prompt: "Do it.",
      dependsOn: [9],
    });
    expect((await expectCode(call, "CLUSTER_DEPENDENCY_NOT_EARLIER")).message).to.include('"early"');
  });
  it("refuses an agent that is not in the cluster, an empty prompt and a name that is taken", async () => {
    const { deployment } = world();
    const task = { deployment, cluster, agent, prompt: "Do it." };
    const stranger = (await registerAgent(owner, { deployment })).agent;
    const missing = await expectCode(
      addTask(owner, { ...task, name: "x", agent: stranger }),
      "CLUSTER_AGENT_MISSING",
    );
    expect(missing.details).to.deep.equal({ task: "x", agent: stranger });
    await expectCode(addTask(owner, { ...task, name: "x", prompt: "" }), "CLUSTER_TEXT_LENGTH");
    await expectCode(addTask(owner, { ...task, name: "first" }), "CLUSTER_NAME_TAKEN");
  });
});
