import { expect } from "chai";
import { it } from "mocha";
import { getFeedbackSummary } from "../../../sdk/src/actions/getFeedbackSummary.ts";
import { giveFeedback } from "../../../sdk/src/actions/giveFeedback.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import { expectCode } from "../support/expectCode.ts";
import { withPeriphery } from "../support/periphery.ts";
import { describeClients } from "../support/world.ts";

describeClients("giveFeedback", (world, kind) => {
  it("gives feedback, and answers its index", async () => {
    const deployment = await withPeriphery(world());
    const { agent } = await registerAgent(await world().connect(), { deployment });
    const client = await world().connect(kind);
    const first = await giveFeedback(client, {
      deployment,
      agent,
      value: 9_977n,
      decimals: 2,
      tag1: "uptime",
    });
    const second = await giveFeedback(client, { deployment, agent, value: -5n });
    expect([first.index, second.index]).to.deep.equal([1n, 2n]);
    const clients = [client.account.address];
    expect(await getFeedbackSummary(client, { deployment, agent, clients, tag1: "uptime" })).to.deep.equal({
      count: 1n,
      value: 9_977n,
      decimals: 2,
    });
  });
  it("refuses the owner, unknown agents, and values and texts out of range", async () => {
    const deployment = await withPeriphery(world());
    const owner = await world().connect(kind);
    const client = await world().connect(kind);
    const { agent } = await registerAgent(owner, { deployment });
    const call = { deployment, agent, value: 1n };
    await expectCode(giveFeedback(owner, call), "FEEDBACK_ON_ONESELF");
    await expectCode(giveFeedback(client, { ...call, agent: 9_999n }), "ERC721_NONEXISTENT_TOKEN");
    await expectCode(giveFeedback(client, { ...call, decimals: 19 }), "FEEDBACK_VALUE_INVALID");
    await expectCode(giveFeedback(client, { ...call, value: 10n ** 38n + 1n }), "FEEDBACK_VALUE_INVALID");
    await expectCode(giveFeedback(client, { ...call, tag2: "t".repeat(65) }), "REPUTATION_TEXT_TOO_LONG");
  });
});
