import { expect } from "chai";
import { it } from "mocha";
import { getDraft } from "../../../sdk/src/actions/getDraft.ts";
import { replaceAgent } from "../../../sdk/src/actions/replaceAgent.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("replaceAgent", (world, kind) => {
  it("gives a member another persona and settings", async () => {
    const { deployment, connect } = world();
    const { cluster, agents, owner } = await createTestCluster(world(), kind);
    const entry = {
      agent: agents[1] ?? 0n,
      name: "author",
      role: "Author",
      tokensMax: 500,
      temperature: 0.7,
    };
    await replaceAgent(owner, { deployment, cluster, ...entry });
    const draft = await getDraft(owner, { deployment, cluster });
    expect(draft.agents[1]).to.deep.equal({ ...entry, goal: "", backstory: "" });
    await expectCode(
      replaceAgent(owner, { deployment, cluster, ...entry, temperature: 2.5 }),
      "CLUSTER_TEMPERATURE_TOO_HIGH",
    );
    await expectCode(replaceAgent(await connect(), { deployment, cluster, ...entry }), "CLUSTER_NOT_OWNED");
  });
});
