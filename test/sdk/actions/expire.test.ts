import { expect } from "chai";
import { it } from "mocha";
import { expire } from "../../../sdk/src/actions/expire.ts";
import { getCredit } from "../../../sdk/src/actions/getCredit.ts";
import { getExecution } from "../../../sdk/src/actions/getExecution.ts";
import { createTestCluster, FEE_WEI, PRICE_WEI, startRun } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("expire", (world, kind) => {
  it("ends a run after its deadline, by anyone, and gives the escrow back", async () => {
    const { deployment, connect, passSeconds } = world();
    const cluster = await createTestCluster(world());
    const [requester, stranger] = [await connect(kind), await connect(kind)];
    const { execution } = await startRun(world(), requester, cluster, { durationSeconds: 600n });
    const early = await expectCode(expire(stranger, { deployment, execution }), "EXECUTION_NOT_EXPIRED");
    expect(early.retryable).to.equal(true);
    await passSeconds(601);
    const { refundWei } = await expire(stranger, { deployment, execution });
    expect(refundWei).to.equal(3n * PRICE_WEI + FEE_WEI);
    const account = requester.account.address;
    expect(await getCredit(requester, { deployment, kind: "Account", account })).to.equal(refundWei);
    const ended = await getExecution(requester, { deployment, execution });
    expect(ended).to.include({ state: "Expired", escrowWei: 0n });
    expect(ended.ended).to.include({ state: "Expired", refundWei });
    await expectCode(expire(stranger, { deployment, execution }), "EXECUTION_HAS_ENDED");
  });
});
