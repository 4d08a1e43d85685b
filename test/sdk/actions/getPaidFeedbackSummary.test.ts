import { expect } from "chai";
import { it } from "mocha";
import { getPaidFeedbackSummary } from "../../../sdk/src/actions/getPaidFeedbackSummary.ts";
import { giveFeedback } from "../../../sdk/src/actions/giveFeedback.ts";
import { givePaidFeedback } from "../../../sdk/src/actions/givePaidFeedback.ts";
import { createTestCluster } from "../support/cluster.ts";
import { settledRun, withPeriphery } from "../support/periphery.ts";
import { describeClients } from "../support/world.ts";

describeClients("getPaidFeedbackSummary", (world, kind) => {
  it("is the mean of what was paid for alone", async () => {
    const deployment = await withPeriphery(world());
    const cluster = await createTestCluster(world());
    const requester = await world().connect();
    const [agent = 0n] = cluster.agents;
    const reader = world().reader(kind);
    expect(await getPaidFeedbackSummary(reader, { deployment, agent })).to.deep.equal({
      count: 0n,
      value: 0n,
      decimals: 18,
    });
    await giveFeedback(requester, { deployment, agent, value: 1n });
    for (const value of [80n, 91n]) {
      const { execution } = await settledRun(world(), requester, cluster);
      await givePaidFeedback(requester, { deployment, agent, execution, value });
    }
    expect(await getPaidFeedbackSummary(reader, { deployment, agent })).to.deep.equal({
      count: 2n,
      value: 855n * 10n ** 17n,
      decimals: 18,
    });
  });
});
