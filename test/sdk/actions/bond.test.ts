import { expect } from "chai";
import { it } from "mocha";
import { bond } from "../../../sdk/src/actions/bond.ts";
import { getBond } from "../../../sdk/src/actions/getBond.ts";
import { createNode } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { withPeriphery } from "../support/periphery.ts";
import { describeClients } from "../support/world.ts";

describeClients("bond", (world, kind) => {
  it("puts anybody's money behind a node", async () => {
    const deployment = await withPeriphery(world());
    const { node, owner } = await createNode(world());
    for (const client of [owner, await world().connect(kind)]) {
      await bond(client, { deployment, node, valueWei: 5n });
    }
    expect((await getBond(owner, { deployment, node })).bondedWei).to.equal(10n);
  });
  it("refuses no money, and no node", async () => {
    const deployment = await withPeriphery(world());
    const client = await world().connect(kind);
    await expectCode(bond(client, { deployment, node: 1n, valueWei: 0n }), "BOND_VALUE_OUT_OF_RANGE");
    await expectCode(bond(client, { deployment, node: 9_999n, valueWei: 1n }), "BOND_NODE_UNKNOWN");
  });
});
