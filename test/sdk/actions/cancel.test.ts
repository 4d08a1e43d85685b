import { expect } from "chai";
import { it } from "mocha";
import { cancel } from "../../../sdk/src/actions/cancel.ts";
import { getCancellableAt } from "../../../sdk/src/actions/getCancellableAt.ts";
import { getCredit } from "../../../sdk/src/actions/getCredit.ts";
import { getExecution } from "../../../sdk/src/actions/getExecution.ts";
import { waitForResponse } from "../../../sdk/src/actions/waitForResponse.ts";
import { createTestCluster, FEE_WEI, PRICE_WEI, startRun, WINDOW_SECONDS } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("cancel", (world, kind) => {
  it("ends the requester's run once its nodes have had their windows, and gives the escrow back", async () => {
    const { deployment, connect, passSeconds } = world();
    const cluster = await createTestCluster(world());
    const [requester, stranger] = [await connect(kind), await connect(kind)];
    const { execution } = await startRun(world(), requester, cluster);
    const { readyAt } = await getExecution(requester, { deployment, execution });
    const opensAt = await getCancellableAt(requester, { deployment, execution });
    expect(opensAt, "one node, one window").to.equal(readyAt + BigInt(WINDOW_SECONDS));
    const early = await expectCode(cancel(requester, { deployment, execution }), "EXECUTION_NOT_CANCELLABLE");
    expect(early.retryable).to.equal(true);
    expect(early.details).to.include({ opensAt });
    await passSeconds(WINDOW_SECONDS);
    await expectCode(cancel(stranger, { deployment, execution }), "EXECUTION_NOT_YOURS");
    const { refundWei } = await cancel(requester, { deployment, execution });
    expect(refundWei).to.equal(3n * PRICE_WEI + FEE_WEI);
    const account = requester.account.address;
    expect(await getCredit(requester, { deployment, kind: "Account", account })).to.equal(refundWei);
    const ended = await getExecution(requester, { deployment, execution });
    expect(ended).to.include({ state: "Cancelled", escrowWei: 0n });
    await expectCode(waitForResponse(requester, { deployment, execution }), "EXECUTION_CANCELLED");
    await expectCode(cancel(requester, { deployment, execution }), "EXECUTION_HAS_ENDED");
    await expectCode(getCancellableAt(requester, { deployment, execution }), "EXECUTION_HAS_ENDED");
  });
});
