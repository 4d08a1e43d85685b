import { expect } from "chai";
import { it } from "mocha";
import { leaveModel } from "../../../sdk/src/actions/leaveModel.ts";
import { listServingNodes } from "../../../sdk/src/actions/listServingNodes.ts";
import { registerModel } from "../../../sdk/src/actions/registerModel.ts";
import { serveModel } from "../../../sdk/src/actions/serveModel.ts";
import { createNode } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("leaveModel", (world, kind) => {
  it("keeps the node's place, inactive", async () => {
    const { deployment } = world();
    const { node, owner } = await createNode(world(), kind);
    const { model } = await registerModel(owner, {
      deployment,
      name: "reader",
      priceWei: 7n,
      nodeShareBps: 500,
    });
    await serveModel(owner, { deployment, model, node });
    await leaveModel(owner, { deployment, model, node });
    const [place] = await listServingNodes(owner, { deployment, model });
    expect(place).to.include({ node, place: 0, active: false });
    await expectCode(leaveModel(owner, { deployment, model, node }), "MODEL_NOT_SERVED");
  });
});
