import { expect } from "chai";
import { it } from "mocha";
import { getPaidFeedbackSummary } from "../../../sdk/src/actions/getPaidFeedbackSummary.ts";
import { givePaidFeedback } from "../../../sdk/src/actions/givePaidFeedback.ts";
import { revokeFeedback } from "../../../sdk/src/actions/revokeFeedback.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { settledRun, withPeriphery } from "../support/periphery.ts";
import { describeClients } from "../support/world.ts";

describeClients("revokeFeedback", (world, kind) => {
  it("takes a paid rating out of the totals, once", async () => {
    const deployment = await withPeriphery(world());
    const cluster = await createTestCluster(world());
    const requester = await world().connect(kind);
    const { execution } = await settledRun(world(), requester, cluster);
    const [agent = 0n] = cluster.agents;
    const { index } = await givePaidFeedback(requester, { deployment, agent, execution, value: 50n });
    await expectCode(
      revokeFeedback(await world().connect(kind), { deployment, agent, index }),
      "FEEDBACK_UNKNOWN",
    );
    await revokeFeedback(requester, { deployment, agent, index });
    expect((await getPaidFeedbackSummary(requester, { deployment, agent })).count).to.equal(0n);
    await expectCode(revokeFeedback(requester, { deployment, agent, index }), "FEEDBACK_REVOKED");
    await expectCode(revokeFeedback(requester, { deployment, agent, index: 0n }), "FEEDBACK_UNKNOWN");
  });
});
