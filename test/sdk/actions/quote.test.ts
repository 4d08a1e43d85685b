import { expect } from "chai";
import { it } from "mocha";
import { zeroAddress } from "viem";
import { quote } from "../../../sdk/src/actions/quote.ts";
import { setModelTerms } from "../../../sdk/src/actions/setModelTerms.ts";
import { createTestCluster, FEE_WEI, PRICE_WEI } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("quote", (world, kind) => {
  it("is the prices that the version pinned and the fee, whatever the model costs now", async () => {
    const { deployment, reader } = world();
    const { cluster, owner, model } = await createTestCluster(world());
    await setModelTerms(owner, { deployment, model, priceWei: 99n, nodeShareBps: 0 });
    expect(await quote(reader(kind), { deployment, cluster })).to.deep.equal({
      totalWei: 3n * PRICE_WEI + FEE_WEI,
      currency: zeroAddress,
      accepting: true,
      version: 1n,
    });
  });
  it("names an unknown cluster and version", async () => {
    const { deployment, reader } = world();
    const { cluster } = await createTestCluster(world());
    await expectCode(quote(reader(kind), { deployment, cluster: 999n, version: 1n }), "CLUSTER_UNKNOWN");
    await expectCode(quote(reader(kind), { deployment, cluster, version: 9n }), "CLUSTER_VERSION_UNKNOWN");
  });
});
