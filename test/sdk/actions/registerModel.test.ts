import { expect } from "chai";
import { it } from "mocha";
import { zeroAddress } from "viem";
import { getModel } from "../../../sdk/src/actions/getModel.ts";
import { registerModel } from "../../../sdk/src/actions/registerModel.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("registerModel", (world, kind) => {
  it("registers a model, open to all unless said otherwise", async () => {
    const { deployment, connect, reader } = world();
    const owner = await connect(kind);
    const { model } = await registerModel(owner, {
      deployment,
      name: "reader",
      priceWei: 7n,
      nodeShareBps: 500,
    });
    expect(await getModel(reader(kind), { deployment, model })).to.deep.equal({
      model,
      owner: owner.account.address,
      name: "reader",
      priceWei: 7n,
      nodeShareBps: 500,
      open: true,
      currency: zeroAddress,
      isClosed: false,
    });
  });
  it("refuses a share above the whole, a currency without code and an empty name", async () => {
    const { deployment, connect } = world();
    const owner = await connect(kind);
    const right = { deployment, name: "reader", priceWei: 7n, nodeShareBps: 500 };
    await expectCode(registerModel(owner, { ...right, nodeShareBps: 10_001 }), "MODEL_SHARE_TOO_HIGH");
    const currency = owner.account.address;
    await expectCode(registerModel(owner, { ...right, currency }), "MODEL_CURRENCY_UNSUPPORTED");
    await expectCode(registerModel(owner, { ...right, name: "" }), "MODEL_NAME_LENGTH");
    // A contract may be an ERC-20.
    const { model } = await registerModel(owner, { ...right, currency: deployment.nodeRegistry });
    expect((await getModel(owner, { deployment, model })).currency).to.equal(deployment.nodeRegistry);
  });
});
