import { expect } from "chai";
import { it } from "mocha";
import { getModel } from "../../../sdk/src/actions/getModel.ts";
import { registerModel } from "../../../sdk/src/actions/registerModel.ts";
import { setModelTerms } from "../../../sdk/src/actions/setModelTerms.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("setModelTerms", (world, kind) => {
  it("changes price, share and policy", async () => {
    const { deployment, connect } = world();
    const owner = await connect(kind);
    const { model } = await registerModel(owner, {
      deployment,
      name: "reader",
      priceWei: 7n,
      nodeShareBps: 500,
    });
    await setModelTerms(owner, { deployment, model, priceWei: 9n, nodeShareBps: 100, open: false });
    const terms = await getModel(owner, { deployment, model });
    expect(terms).to.include({ priceWei: 9n, nodeShareBps: 100, open: false });
  });
  it("is for the model's owner alone", async () => {
    const { deployment, connect } = world();
    const owner = await connect();
    const { model } = await registerModel(owner, {
      deployment,
      name: "reader",
      priceWei: 7n,
      nodeShareBps: 500,
    });
    const call = setModelTerms(await connect(kind), { deployment, model, priceWei: 9n, nodeShareBps: 100 });
    await expectCode(call, "MODEL_NOT_OWNED");
  });
});
