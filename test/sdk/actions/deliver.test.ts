import { expect } from "chai";
import { it } from "mocha";
import { zeroAddress } from "viem";
import { deliver } from "../../../sdk/src/actions/deliver.ts";
import { expire } from "../../../sdk/src/actions/expire.ts";
import { getCredit } from "../../../sdk/src/actions/getCredit.ts";
import { getExecution } from "../../../sdk/src/actions/getExecution.ts";
import { submitCompletions } from "../../../sdk/src/actions/submitCompletions.ts";
import { deployArtifact } from "../support/artifact.ts";
import { createTestCluster, signedRun, startRun } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("deliver", (world, kind) => {
  it("tells the consumer of the response, once, and earns the budget", async () => {
    const { deployment, connect } = world();
    const cluster = await createTestCluster(world());
    const [requester, deliverer] = [await connect(kind), await connect(kind)];
    const consumer = await deployArtifact(requester, "contracts/test/Consumer__MockForExecutions.sol");
    const callback = { consumer, gas: 200_000, budgetWei: 77n };
    const run = await startRun(world(), requester, cluster, { callback });
    const { execution } = run;
    const view = await getExecution(requester, { deployment, execution });
    expect(view).to.include({ callbackGas: 200_000, callbackBudgetWei: 77n });
    expect(view.consumer.toLowerCase()).to.equal(consumer.toLowerCase());
    await expectCode(deliver(deliverer, { deployment, execution }), "EXECUTION_IS_RUNNING");
    const items = await signedRun(world(), cluster, run);
    await submitCompletions(requester, { deployment, items });
    expect(await deliver(deliverer, { deployment, execution })).to.include({ success: true });
    const account = deliverer.account.address;
    expect(await getCredit(deliverer, { deployment, kind: "Account", account })).to.equal(77n);
    expect(await getExecution(requester, { deployment, execution })).to.include({ consumer: zeroAddress });
    await expectCode(deliver(deliverer, { deployment, execution }), "CALLBACK_UNKNOWN");
  });
  it("tells of an end without a response", async () => {
    const { deployment, connect, passSeconds } = world();
    const cluster = await createTestCluster(world());
    const requester = await connect(kind);
    const callback = { consumer: cluster.owner.account.address, gas: 50_000, budgetWei: 0n };
    const { execution } = await startRun(world(), requester, cluster, { callback, durationSeconds: 600n });
    await passSeconds(601);
    await expire(requester, { deployment, execution });
    // An account without code: it was told, and nobody heard it.
    expect(await deliver(requester, { deployment, execution })).to.include({ success: false });
  });
  it("refuses a callback without gas in words", async () => {
    const { connect } = world();
    const cluster = await createTestCluster(world());
    const callback = { consumer: cluster.owner.account.address, gas: 0, budgetWei: 1n };
    await expectCode(
      startRun(world(), await connect(kind), cluster, { callback }),
      "EXECUTION_CALLBACK_INVALID",
    );
  });
});
