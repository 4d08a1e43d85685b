import { expect } from "chai";
import { it } from "mocha";
import { getCluster } from "../../../sdk/src/actions/getCluster.ts";
import { setInputs } from "../../../sdk/src/actions/setInputs.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("setInputs", (world, kind) => {
  it("names the variables that an input brings", async () => {
    const { deployment, connect } = world();
    const { cluster, owner } = await createTestCluster(world(), kind);
    await setInputs(owner, { deployment, cluster, inputs: ["question", "document"] });
    expect((await getCluster(owner, { deployment, cluster })).inputs).to.deep.equal(["question", "document"]);
    await expectCode(
      setInputs(await connect(), { deployment, cluster, inputs: ["question", "document"] }),
      "CLUSTER_NOT_OWNED",
    );
  });
});
