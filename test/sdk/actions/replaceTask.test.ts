import { expect } from "chai";
import { it } from "mocha";
import { getDraft } from "../../../sdk/src/actions/getDraft.ts";
import { replaceTask } from "../../../sdk/src/actions/replaceTask.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("replaceTask", (world, kind) => {
  it("puts another task in its place", async () => {
    const { deployment, connect } = world();
    const { cluster, agents, owner } = await createTestCluster(world(), kind);
    const entry = { name: "draft", agent: agents[0] ?? 0n, prompt: "Draft it.", quorum: 3 };
    await replaceTask(owner, { deployment, cluster, task: 1, ...entry });
    const draft = await getDraft(owner, { deployment, cluster });
    expect(draft.tasks[1]).to.deep.include({ name: "draft", prompt: "Draft it.", quorum: 3, dependsOn: [0] });
    expect(draft.tasks[2]).to.deep.include({ name: "check", dependsOn: [1] });
    await expectCode(
      replaceTask(await connect(), { deployment, cluster, task: 1, ...entry }),
      "CLUSTER_NOT_OWNED",
    );
  });
});
