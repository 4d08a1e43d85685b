import { expect } from "chai";
import { it } from "mocha";

import { getAgent } from "../../../sdk/src/actions/getAgent.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import { registerModel } from "../../../sdk/src/actions/registerModel.ts";
import { setAgentModel } from "../../../sdk/src/actions/setAgentModel.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("setAgentModel", (world, kind) => {
  it("puts the agent on another model", async () => {
    const { deployment, connect } = world();
    const owner = await connect(kind);
    const { agent } = await registerAgent(owner, { deployment });
    const { model } = await registerModel(owner, { deployment, name: "m", priceWei: 1n, nodeShareBps: 1 });
    await setAgentModel(owner, { deployment, agent, model });
    expect(await getAgent(owner, { deployment, agent })).to.include({ model });
  });
  it("is for the agent's owner alone", async () => {
    const { deployment, connect } = world();
    const { agent } = await registerAgent(await connect(), { deployment });
    const stranger = await connect(kind);
    await expectCode(setAgentModel(stranger, { deployment, agent, model: 0n }), "AGENT_NOT_AUTHORIZED");
    await expectCode(setAgentModel(stranger, { deployment, agent: 9_999n, model: 0n }), "AGENT_UNKNOWN");
  });
});
