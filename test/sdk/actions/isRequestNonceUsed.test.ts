import { expect } from "chai";
import { it } from "mocha";
import { getBlockNumber } from "viem/actions";
import { invalidateRequestNonces } from "../../../sdk/src/actions/invalidateRequestNonces.ts";
import { isRequestNonceUsed } from "../../../sdk/src/actions/isRequestNonceUsed.ts";
import { withPeriphery } from "../support/periphery.ts";
import { describeClients } from "../support/world.ts";

describeClients("isRequestNonceUsed", (world, kind) => {
  it("tells it as of a block", async () => {
    const deployment = await withPeriphery(world());
    const requester = await world().connect(kind);
    const before = await getBlockNumber(requester, { cacheTime: 0 });
    await invalidateRequestNonces(requester, { deployment, nonces: [300n] });
    const about = { deployment, requester: requester.account.address, nonce: 300n };
    expect(await isRequestNonceUsed(world().reader(kind), about)).to.equal(true);
    expect(await isRequestNonceUsed(requester, { ...about, at: { blockNumber: before } })).to.equal(false);
  });
});
