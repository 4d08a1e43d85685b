import { expect } from "chai";
import { it } from "mocha";
import { sha256 } from "viem";
import { getAgent } from "../../../sdk/src/actions/getAgent.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import { registerModel } from "../../../sdk/src/actions/registerModel.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("registerAgent", (world, kind) => {
  it("registers by digest, on a model, and answers the digest as an IPFS address", async () => {
    const { deployment, connect } = world();
    const owner = await connect(kind);
    const { model } = await registerModel(owner, { deployment, name: "m", priceWei: 1n, nodeShareBps: 1 });
    const digest = sha256("0x1234");
    const { agent } = await registerAgent(owner, { deployment, digest, model });
    expect(await getAgent(owner, { deployment, agent })).to.deep.equal({
      agent,
      owner: owner.account.address,
      model,
      uri: `ipfs://f01551220${digest.slice(2)}`,
      cluster: 0n,
    });
  });
  it("registers by URI, or bare, on no model", async () => {
    const { deployment, connect } = world();
    const owner = await connect(kind);
    const byUri = await registerAgent(owner, { deployment, uri: "https://example.org/agent.json" });
    const bare = await registerAgent(owner, { deployment });
    expect(bare.agent).to.equal(byUri.agent + 1n);
    const agent = await getAgent(owner, { deployment, agent: byUri.agent });
    expect(agent).to.include({ uri: "https://example.org/agent.json", model: 0n });
    expect(await getAgent(owner, { deployment, agent: bare.agent })).to.include({ uri: "", model: 0n });
  });
  it("refuses an unknown model and a URI that is too long", async () => {
    const { deployment, connect } = world();
    const owner = await connect(kind);
    const digest = sha256("0x");
    await expectCode(registerAgent(owner, { deployment, digest, model: 999n }), "AGENT_MODEL_UNKNOWN");
    await expectCode(registerAgent(owner, { deployment, uri: "x".repeat(2_049) }), "AGENT_URI_TOO_LONG");
    const many = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`key ${i}`, "0x" as const]));
    await expectCode(
      registerAgent(owner, { deployment, uri: "", metadata: many }),
      "AGENT_METADATA_TOO_MANY",
    );
    await expectCode(
      registerAgent(owner, { deployment, uri: "", metadata: { agentWallet: "0x" } }),
      "AGENT_METADATA_KEY_RESERVED",
    );
  });
});
