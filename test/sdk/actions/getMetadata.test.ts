import { expect } from "chai";
import { it } from "mocha";
import { getMetadata } from "../../../sdk/src/actions/getMetadata.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import { describeClients } from "../support/world.ts";

describeClients("getMetadata", (world, kind) => {
  it("reads what the agent was registered with, and its wallet", async () => {
    const { deployment, connect } = world();
    const owner = await connect(kind);
    const metadata = { agentName: "0x1234", empty: "0x" } as const;
    const { agent } = await registerAgent(owner, { deployment, uri: "", metadata });
    expect(await getMetadata(owner, { deployment, agent, key: "agentName" })).to.equal("0x1234");
    expect(await getMetadata(owner, { deployment, agent, key: "empty" })).to.equal("0x");
    expect(await getMetadata(owner, { deployment, agent, key: "agentWallet" })).to.equal(
      owner.account.address.toLowerCase(),
    );
  });
  it("answers nothing for what was never set, and for no agent", async () => {
    const { deployment, connect } = world();
    const owner = await connect(kind);
    const { agent } = await registerAgent(owner, { deployment });
    expect(await getMetadata(owner, { deployment, agent, key: "key" })).to.equal("0x");
    expect(await getMetadata(owner, { deployment, agent: 9_999n, key: "agentWallet" })).to.equal("0x");
  });
});
