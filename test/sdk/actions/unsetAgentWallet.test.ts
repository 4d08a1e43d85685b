import { expect } from "chai";
import { it } from "mocha";
import { getAgentWallet } from "../../../sdk/src/actions/getAgentWallet.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import { unsetAgentWallet } from "../../../sdk/src/actions/unsetAgentWallet.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("unsetAgentWallet", (world, kind) => {
  it("leaves no wallet", async () => {
    const { deployment, connect } = world();
    const owner = await connect(kind);
    const { agent } = await registerAgent(owner, { deployment });
    await unsetAgentWallet(owner, { deployment, agent });
    expect(await getAgentWallet(owner, { deployment, agent })).to.equal(undefined);
  });
  it("is for the agent's owner alone", async () => {
    const { deployment, connect } = world();
    const { agent } = await registerAgent(await connect(), { deployment });
    const stranger = await connect(kind);
    await expectCode(unsetAgentWallet(stranger, { deployment, agent }), "AGENT_NOT_AUTHORIZED");
    await expectCode(unsetAgentWallet(stranger, { deployment, agent: 9_999n }), "AGENT_UNKNOWN");
  });
});
