import { expect } from "chai";
import { it } from "mocha";
import { executeSigned } from "../../../sdk/src/actions/executeSigned.ts";
import { invalidateRequestNonces } from "../../../sdk/src/actions/invalidateRequestNonces.ts";
import { isRequestNonceUsed } from "../../../sdk/src/actions/isRequestNonceUsed.ts";
import { signExecutionRequest } from "../../../sdk/src/actions/signExecutionRequest.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { withPeriphery } from "../support/periphery.ts";
import { describeClients } from "../support/world.ts";

describeClients("invalidateRequestNonces", (world, kind) => {
  it("makes signed requests worthless, those of several words in one transaction, and no others", async () => {
    const deployment = await withPeriphery(world());
    const { cluster } = await createTestCluster(world());
    const [requester, relayer] = [await world().connect(kind), await world().connect()];
    const signed = await signExecutionRequest(requester, { deployment, cluster, input: "a", nonce: 5n });
    await invalidateRequestNonces(requester, { deployment, nonces: [5n, 6n, 256n, 2n ** 256n - 1n] });
    const isUsed = (nonce: bigint, whose = requester) =>
      isRequestNonceUsed(relayer, { deployment, requester: whose.account.address, nonce });
    for (const nonce of [5n, 6n, 256n, 2n ** 256n - 1n])
      expect(await isUsed(nonce), `${nonce}`).to.equal(true);
    for (const nonce of [4n, 7n, 257n, 261n]) expect(await isUsed(nonce), `${nonce}`).to.equal(false);
    expect(await isUsed(5n, relayer), "another's").to.equal(false);
    await expectCode(executeSigned(relayer, { deployment, ...signed }), "REQUEST_NONCE_USED");
  });
});
