import { expect } from "chai";
import { it } from "mocha";
import { sha256 } from "viem";
import { getAgent } from "../../../sdk/src/actions/getAgent.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import { setAgentDigest } from "../../../sdk/src/actions/setAgentDigest.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("setAgentDigest", (world, kind) => {
  it("names the registration file by its digest", async () => {
    const { deployment, connect } = world();
    const owner = await connect(kind);
    const { agent } = await registerAgent(owner, { deployment });
    const digest = sha256("0x12");
    await setAgentDigest(owner, { deployment, agent, digest });
    expect(await getAgent(owner, { deployment, agent })).to.include({
      uri: `ipfs://f01551220${digest.slice(2)}`,
    });
  });
  it("is for the agent's owner alone", async () => {
    const { deployment, connect } = world();
    const { agent } = await registerAgent(await connect(), { deployment });
    const stranger = await connect(kind);
    await expectCode(
      setAgentDigest(stranger, { deployment, agent, digest: sha256("0x") }),
      "AGENT_NOT_AUTHORIZED",
    );
    await expectCode(
      setAgentDigest(stranger, { deployment, agent: 9_999n, digest: sha256("0x") }),
      "AGENT_UNKNOWN",
    );
  });
});
