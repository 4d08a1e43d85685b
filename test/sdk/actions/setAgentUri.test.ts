import { expect } from "chai";
import { it } from "mocha";

import { getAgent } from "../../../sdk/src/actions/getAgent.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import { setAgentUri } from "../../../sdk/src/actions/setAgentUri.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("setAgentUri", (world, kind) => {
  it("moves the registration file", async () => {
    const { deployment, connect } = world();
    const owner = await connect(kind);
    const { agent } = await registerAgent(owner, { deployment });
    await setAgentUri(owner, { deployment, agent, uri: "https://example.org" });
    expect(await getAgent(owner, { deployment, agent })).to.include({ uri: "https://example.org" });
  });
  it("is for the agent's owner alone", async () => {
    const { deployment, connect } = world();
    const { agent } = await registerAgent(await connect(), { deployment });
    const stranger = await connect(kind);
    await expectCode(setAgentUri(stranger, { deployment, agent, uri: "" }), "AGENT_NOT_AUTHORIZED");
    await expectCode(setAgentUri(stranger, { deployment, agent: 9_999n, uri: "" }), "AGENT_UNKNOWN");
  });
});
