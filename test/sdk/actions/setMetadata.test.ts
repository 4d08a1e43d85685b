import { expect } from "chai";
import { it } from "mocha";
import { getMetadata } from "../../../sdk/src/actions/getMetadata.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import { setMetadata } from "../../../sdk/src/actions/setMetadata.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("setMetadata", (world, kind) => {
  it("sets and takes away", async () => {
    const { deployment, connect } = world();
    const owner = await connect(kind);
    const { agent } = await registerAgent(owner, { deployment });
    for (const value of ["0x01", "0x"] as const) {
      await setMetadata(owner, { deployment, agent, key: "key", value });
      expect(await getMetadata(owner, { deployment, agent, key: "key" })).to.equal(value);
    }
  });
  it("is for the agent's owner alone", async () => {
    const { deployment, connect } = world();
    const { agent } = await registerAgent(await connect(), { deployment });
    const call = { deployment, agent, key: "key", value: "0x" } as const;
    await expectCode(setMetadata(await connect(kind), call), "AGENT_NOT_AUTHORIZED");
    await expectCode(setMetadata(await connect(kind), { ...call, agent: 9_999n }), "AGENT_UNKNOWN");
  });
  it("refuses the reserved key, and what is too long", async () => {
    const { deployment, connect } = world();
    const owner = await connect(kind);
    const { agent } = await registerAgent(owner, { deployment });
    const set = (key: string, bytes: number) =>
      setMetadata(owner, { deployment, agent, key, value: `0x${"00".repeat(bytes)}` });
    await expectCode(set("agentWallet", 20), "AGENT_METADATA_KEY_RESERVED");
    await expectCode(set("k".repeat(65), 0), "AGENT_METADATA_KEY_TOO_LONG");
    await expectCode(set("k", 1_025), "AGENT_METADATA_VALUE_TOO_LONG");
  });
});
