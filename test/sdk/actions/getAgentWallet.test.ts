import { expect } from "chai";
import { it } from "mocha";
import { getAgentWallet } from "../../../sdk/src/actions/getAgentWallet.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import { describeClients } from "../support/world.ts";

describeClients("getAgentWallet", (world, kind) => {
  it("is the owner of a new agent, and nobody for no agent", async () => {
    const { deployment, connect } = world();
    const owner = await connect(kind);
    const { agent } = await registerAgent(owner, { deployment });
    expect(await getAgentWallet(owner, { deployment, agent })).to.equal(owner.account.address);
    expect(await getAgentWallet(owner, { deployment, agent: 9_999n })).to.equal(undefined);
  });
});
