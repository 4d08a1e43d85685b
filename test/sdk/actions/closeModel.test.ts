import { expect } from "chai";
import { it } from "mocha";
import { closeModel } from "../../../sdk/src/actions/closeModel.ts";
import { getModel } from "../../../sdk/src/actions/getModel.ts";
import { publish } from "../../../sdk/src/actions/publish.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("closeModel", (world, kind) => {
  it("keeps a model out of new versions, and opens it again", async () => {
    const { deployment, connect } = world();
    const { cluster, model, owner } = await createTestCluster(world(), kind);
    const terms = { deployment, cluster, windowSeconds: 60 };
    await closeModel(owner, { deployment, model });
    expect((await getModel(owner, { deployment, model })).isClosed).to.equal(true);
    await expectCode(publish(owner, terms), "CLUSTER_MODEL_CLOSED");
    await closeModel(owner, { deployment, model, closed: false });
    expect((await publish(owner, terms)).version).to.equal(2n);
    await expectCode(closeModel(await connect(), { deployment, model }), "MODEL_NOT_OWNED");
  });
});
