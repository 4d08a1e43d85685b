import { expect } from "chai";
import { it } from "mocha";
import { zeroAddress } from "viem";
import { getBalance } from "viem/actions";
import { bond } from "../../../sdk/src/actions/bond.ts";
import { requestUnbond } from "../../../sdk/src/actions/requestUnbond.ts";
import { withdrawBond } from "../../../sdk/src/actions/withdrawBond.ts";
import { createNode } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { withPeriphery } from "../support/periphery.ts";
import { describeClients } from "../support/world.ts";

const DELAY_SECONDS = 1_814_400;

describeClients("withdrawBond", (world, kind) => {
  it("pays once the delay is over, to whomever the owner names", async () => {
    const deployment = await withPeriphery(world());
    const { node, owner } = await createNode(world(), kind);
    const to = `0x${node.toString(16).padStart(40, "b")}` as const;
    await bond(owner, { deployment, node, valueWei: 10n });
    await expectCode(withdrawBond(owner, { deployment, node }), "BOND_NOTHING_UNBONDING");
    await requestUnbond(owner, { deployment, node, amountWei: 7n });
    const error = await expectCode(withdrawBond(owner, { deployment, node, to }), "BOND_NOT_RELEASED");
    expect(error.retryable).to.equal(true);
    expect(error.message).to.match(/\(\d{4}-\d\d-\d\dT/);
    await world().passSeconds(DELAY_SECONDS);
    await expectCode(withdrawBond(await world().connect(kind), { deployment, node, to }), "BOND_NOT_YOURS");
    await expectCode(withdrawBond(owner, { deployment, node, to: zeroAddress }), "BOND_RECEIVER_ZERO");
    // A contract that takes no money.
    const refuser = deployment.nodeRegistry;
    await expectCode(withdrawBond(owner, { deployment, node, to: refuser }), "BOND_TRANSFER_FAILED");
    const before = await getBalance(owner, { address: to });
    expect((await withdrawBond(owner, { deployment, node, to })).amountWei).to.equal(7n);
    expect((await getBalance(owner, { address: to })) - before).to.equal(7n);
  });
});
