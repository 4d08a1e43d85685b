import { expect } from "chai";
import { it } from "mocha";
import { getModel } from "../../../sdk/src/actions/getModel.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("getModel", (world, kind) => {
  it("names a model that does not exist", async () => {
    const { deployment, reader } = world();
    const error = await expectCode(getModel(reader(kind), { deployment, model: 999n }), "MODEL_UNKNOWN");
    expect(error.message).to.equal("model 999 does not exist");
  });
});
