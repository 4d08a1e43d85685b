import { expect } from "chai";
import { it } from "mocha";
import { bond } from "../../../sdk/src/actions/bond.ts";
import { getBond } from "../../../sdk/src/actions/getBond.ts";
import { requestUnbond } from "../../../sdk/src/actions/requestUnbond.ts";
import { createNode } from "../support/cluster.ts";
import { withPeriphery } from "../support/periphery.ts";
import { describeClients } from "../support/world.ts";

describeClients("getBond", (world, kind) => {
  it("tells both parts of a bond", async () => {
    const deployment = await withPeriphery(world());
    const { node, owner } = await createNode(world());
    const reader = world().reader(kind);
    const none = { bondedWei: 0n, unbondingWei: 0n, releasesAt: 0n, equivocations: 0n };
    expect(await getBond(reader, { deployment, node })).to.deep.equal(none);
    expect(await getBond(reader, { deployment, node: 9_999n })).to.deep.equal(none);
    await bond(owner, { deployment, node, valueWei: 5n });
    const { releasesAt } = await requestUnbond(owner, { deployment, node, amountWei: 2n });
    expect(await getBond(reader, { deployment, node })).to.deep.equal({
      bondedWei: 3n,
      unbondingWei: 2n,
      releasesAt,
      equivocations: 0n,
    });
  });
});
