import { expect } from "chai";
import { it } from "mocha";
import { attachTool } from "../../../sdk/src/actions/attachTool.ts";
import { getDraft } from "../../../sdk/src/actions/getDraft.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("attachTool", (world, kind) => {
  it("gives a task a tool with arguments, and takes it away", async () => {
    const { deployment, connect } = world();
    const { cluster, owner } = await createTestCluster(world(), kind);
    await attachTool(owner, { deployment, cluster, task: 1, tool: "search", toolArguments: "{}" });
    const draft = await getDraft(owner, { deployment, cluster });
    expect(draft.tasks[1]).to.include({ tool: "search", toolArguments: "{}", prompt: "Write it." });
    await attachTool(owner, { deployment, cluster, task: 1, tool: "" });
    expect((await getDraft(owner, { deployment, cluster })).tasks[1]?.tool).to.equal("");
    await expectCode(
      attachTool(await connect(), { deployment, cluster, task: 1, tool: "search", toolArguments: "{}" }),
      "CLUSTER_NOT_OWNED",
    );
  });
});
