import { expect } from "chai";
import { it } from "mocha";
import { getFeedbackSummary } from "../../../sdk/src/actions/getFeedbackSummary.ts";
import { giveFeedback } from "../../../sdk/src/actions/giveFeedback.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import { expectCode } from "../support/expectCode.ts";
import { withPeriphery } from "../support/periphery.ts";
import { describeClients } from "../support/world.ts";

describeClients("getFeedbackSummary", (world, kind) => {
  it("is the mean of what the named clients say", async () => {
    const deployment = await withPeriphery(world());
    const { agent } = await registerAgent(await world().connect(), { deployment });
    const [one, two] = [await world().connect(), await world().connect()];
    await giveFeedback(one, { deployment, agent, value: 10n, tag1: "a" });
    await giveFeedback(one, { deployment, agent, value: 20n, tag1: "a", tag2: "b" });
    await giveFeedback(two, { deployment, agent, value: 90n });
    const reader = world().reader(kind);
    const clients = [one.account.address];
    const all = [...clients, two.account.address];
    expect(await getFeedbackSummary(reader, { deployment, agent, clients })).to.deep.include({ value: 15n });
    expect(await getFeedbackSummary(reader, { deployment, agent, clients: all })).to.deep.equal({
      count: 3n,
      value: 40n,
      decimals: 0,
    });
    expect(
      await getFeedbackSummary(reader, { deployment, agent, clients: all, tag1: "a", tag2: "b" }),
    ).to.deep.include({ count: 1n, value: 20n });
  });
  it("wants clients to be named", async () => {
    const deployment = await withPeriphery(world());
    const call = getFeedbackSummary(world().reader(kind), { deployment, agent: 0n, clients: [] });
    await expectCode(call, "FEEDBACK_CLIENTS_MISSING");
  });
});
