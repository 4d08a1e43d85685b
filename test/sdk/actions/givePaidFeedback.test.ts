import { expect } from "chai";
import { it } from "mocha";
import { getPaidFeedbackSummary } from "../../../sdk/src/actions/getPaidFeedbackSummary.ts";
import { givePaidFeedback } from "../../../sdk/src/actions/givePaidFeedback.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import { createTestCluster, startRun } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { settledRun, withPeriphery } from "../support/periphery.ts";
import { describeClients } from "../support/world.ts";

describeClients("givePaidFeedback", (world, kind) => {
  it("rates an agent for a run that its giver paid for, once", async () => {
    const deployment = await withPeriphery(world());
    const cluster = await createTestCluster(world());
    const requester = await world().connect(kind);
    const { execution } = await settledRun(world(), requester, cluster);
    const [agent = 0n] = cluster.agents;
    const call = { deployment, agent, execution, value: 875n, decimals: 1 };
    const { index } = await givePaidFeedback(requester, call);
    expect(index).to.equal(1n);
    expect(await getPaidFeedbackSummary(requester, { deployment, agent })).to.deep.equal({
      count: 1n,
      value: 875n * 10n ** 17n,
      decimals: 18,
    });
    await expectCode(givePaidFeedback(requester, call), "REPUTATION_PAID_ALREADY");
  });
  it("refuses whoever did not pay, or earns from it", async () => {
    const deployment = await withPeriphery(world());
    const cluster = await createTestCluster(world(), kind);
    const requester = await world().connect(kind);
    const { execution } = await settledRun(world(), requester, cluster);
    const [agent = 0n] = cluster.agents;
    const call = { deployment, agent, execution, value: 90n };
    await expectCode(givePaidFeedback(await world().connect(kind), call), "REPUTATION_NOT_REQUESTER");
    await expectCode(givePaidFeedback(requester, { ...call, value: 101n }), "REPUTATION_RATING_OUT_OF_RANGE");
    await expectCode(givePaidFeedback(requester, { ...call, execution: 9_999n }), "EXECUTION_UNKNOWN");
    const other = await registerAgent(requester, { deployment });
    await expectCode(
      givePaidFeedback(requester, { ...call, agent: other.agent }),
      "REPUTATION_AGENT_WITHOUT_TASK",
    );
    const own = await settledRun(world(), cluster.owner, cluster);
    const error = await expectCode(
      givePaidFeedback(cluster.owner, { ...call, execution: own.execution }),
      "REPUTATION_GIVER_INVOLVED",
    );
    expect(error.details).to.include({ giver: cluster.owner.account.address, token: agent });
  });
  it("waits for the response, and says where the run is", async () => {
    const deployment = await withPeriphery(world());
    const cluster = await createTestCluster(world());
    const requester = await world().connect(kind);
    const { execution } = await startRun(world(), requester, cluster);
    const [agent = 0n] = cluster.agents;
    const error = await expectCode(
      givePaidFeedback(requester, { deployment, agent, execution, value: 1n }),
      "REPUTATION_EXECUTION_NOT_SUCCEEDED",
    );
    expect(error.details).to.deep.equal({ execution, state: "Running" });
  });
});
