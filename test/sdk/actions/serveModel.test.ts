import { expect } from "chai";
import { it } from "mocha";
import { listServingNodes } from "../../../sdk/src/actions/listServingNodes.ts";
import { registerModel } from "../../../sdk/src/actions/registerModel.ts";
import { serveModel } from "../../../sdk/src/actions/serveModel.ts";
import { createNode } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("serveModel", (world, kind) => {
  it("lets a node join once both sides have said so", async () => {
    const { deployment, connect } = world();
    const { node, owner: operator } = await createNode(world(), kind);
    const owner = await connect(kind);
    const { model } = await registerModel(owner, {
      deployment,
      name: "reader",
      priceWei: 7n,
      nodeShareBps: 500,
    });
    const offered = await serveModel(owner, { deployment, model, node });
    expect(offered).to.include({ joined: false, place: undefined });
    expect(await listServingNodes(owner, { deployment, model })).to.deep.equal([]);
    const agreed = await serveModel(operator, { deployment, model, node });
    expect(agreed).to.include({ joined: true, place: 0 });
    await expectCode(serveModel(operator, { deployment, model, node }), "MODEL_ALREADY_SERVED");
  });
  it("refuses a stranger, an unknown node and an unknown model", async () => {
    const { deployment, connect } = world();
    const { node, owner } = await createNode(world());
    const { model } = await registerModel(owner, {
      deployment,
      name: "reader",
      priceWei: 7n,
      nodeShareBps: 500,
    });
    const stranger = await connect(kind);
    await expectCode(serveModel(stranger, { deployment, model, node }), "MODEL_SERVING_NOT_YOURS");
    await expectCode(serveModel(stranger, { deployment, model, node: 999n }), "MODEL_NODE_UNKNOWN");
    await expectCode(serveModel(stranger, { deployment, model: 999n, node }), "MODEL_UNKNOWN");
  });
});
