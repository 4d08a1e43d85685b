import { expect } from "chai";
import { it } from "mocha";
import { getBlock } from "viem/actions";
import { bond } from "../../../sdk/src/actions/bond.ts";
import { requestUnbond } from "../../../sdk/src/actions/requestUnbond.ts";
import { createNode } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { withPeriphery } from "../support/periphery.ts";
import { describeClients } from "../support/world.ts";

const DELAY_SECONDS = 1_814_400n;

describeClients("requestUnbond", (world, kind) => {
  it("answers all that is on its way out, and from when on it is paid", async () => {
    const deployment = await withPeriphery(world());
    const { node, owner } = await createNode(world(), kind);
    await bond(owner, { deployment, node, valueWei: 10n });
    for (const unbondingWei of [4n, 8n]) {
      const sent = await requestUnbond(owner, { deployment, node, amountWei: 4n });
      const { timestamp } = await getBlock(owner, { blockNumber: sent.blockNumber });
      expect(sent).to.include({ unbondingWei, releasesAt: timestamp + DELAY_SECONDS });
    }
    await expectCode(requestUnbond(owner, { deployment, node, amountWei: 3n }), "BOND_AMOUNT_OUT_OF_RANGE");
    const stranger = await world().connect(kind);
    await expectCode(requestUnbond(stranger, { deployment, node, amountWei: 1n }), "BOND_NOT_YOURS");
    await expectCode(requestUnbond(owner, { deployment, node: 9_999n, amountWei: 1n }), "BOND_NODE_UNKNOWN");
  });
});
