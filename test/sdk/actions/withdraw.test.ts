import { expect } from "chai";
import { it } from "mocha";
import { getBalance } from "viem/actions";
import { getCredit } from "../../../sdk/src/actions/getCredit.ts";
import { submitCompletions } from "../../../sdk/src/actions/submitCompletions.ts";
import { withdraw } from "../../../sdk/src/actions/withdraw.ts";
import { createTestCluster, FEE_WEI, signedRun, startRun } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("withdraw", (world, kind) => {
  it("pays what was earned to the token's owner, once", async () => {
    const { deployment, connect } = world();
    const cluster = await createTestCluster(world(), kind);
    const run = await startRun(world(), await connect(), cluster);
    const items = await signedRun(world(), cluster, run);
    await submitCompletions(await connect(), { deployment, items });
    const contract = { address: deployment.clusterExecutions };
    const heldBefore = await getBalance(cluster.owner, contract);
    const credits = [
      { kind: "Node", id: cluster.node, expected: 2_400n },
      { kind: "Model", id: cluster.model, expected: 600n },
      { kind: "Cluster", id: cluster.cluster, expected: FEE_WEI },
    ] as const;
    for (const { expected, ...credit } of credits) {
      const before = await getCredit(cluster.owner, { deployment, ...credit });
      expect(before, credit.kind).to.equal(expected);
      await expectCode(withdraw(await connect(kind), { deployment, ...credit }), "CREDIT_NOT_YOURS");
      const { amountWei } = await withdraw(cluster.owner, { deployment, ...credit });
      expect(amountWei, credit.kind).to.equal(expected);
      await expectCode(withdraw(cluster.owner, { deployment, ...credit }), "CREDIT_EMPTY");
    }
    expect(heldBefore - (await getBalance(cluster.owner, contract))).to.equal(3_050n);
  });
  it("says in words whose credit it is", async () => {
    const { deployment, connect } = world();
    const stranger = await connect(kind);
    const account = (await connect()).account.address;
    const error = await expectCode(
      withdraw(stranger, { deployment, kind: "Account", account }),
      "CREDIT_NOT_YOURS",
    );
    expect(error.details).to.include({ kind: "Account", caller: stranger.account.address });
    await expectCode(withdraw(stranger, { deployment, kind: "Node", id: 999n }), "ERC721_NONEXISTENT_TOKEN");
  });
});
