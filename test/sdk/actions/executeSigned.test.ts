import { expect } from "chai";
import { it } from "mocha";
import { executeSigned } from "../../../sdk/src/actions/executeSigned.ts";
import { getExecution } from "../../../sdk/src/actions/getExecution.ts";
import { isRequestNonceUsed } from "../../../sdk/src/actions/isRequestNonceUsed.ts";
import { signExecutionRequest } from "../../../sdk/src/actions/signExecutionRequest.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { withPeriphery } from "../support/periphery.ts";
import { allowToken, createTokenCluster, mintToken, TOKEN_QUOTE_WEI } from "../support/token.ts";
import { describeClients } from "../support/world.ts";

describeClients("executeSigned", (world, kind) => {
  it("executes for whoever signed, once, and the relayer pays in the chain's own currency", async () => {
    const deployment = await withPeriphery(world());
    const { cluster, version } = await createTestCluster(world());
    const [requester, relayer] = [await world().connect(kind), await world().connect(kind)];
    const signed = await signExecutionRequest(requester, { deployment, cluster, input: "a document" });
    const { nonce } = signed.request;
    const isUsed = () =>
      isRequestNonceUsed(relayer, { deployment, requester: requester.account.address, nonce });
    expect(await isUsed()).to.equal(false);
    const { execution } = await executeSigned(relayer, { deployment, ...signed });
    const { requester: whose, escrowWei } = await getExecution(relayer, { deployment, execution });
    expect(whose).to.equal(requester.account.address);
    expect(escrowWei).to.equal(version.quoteWei);
    expect(await isUsed()).to.equal(true);
    await expectCode(executeSigned(relayer, { deployment, ...signed }), "REQUEST_NONCE_USED");
  });
  it("takes quote and fee in a token from the requester's allowance for the router", async () => {
    const deployment = await withPeriphery(world());
    const { cluster, currency } = await createTokenCluster(world());
    const [requester, relayer] = [await world().connect(kind), await world().connect(kind)];
    const about = { deployment, cluster, input: "a document", relayerFeeWei: 5n } as const;
    const signed = await signExecutionRequest(requester, about);
    await expectCode(executeSigned(relayer, { deployment, ...signed }), "REQUEST_PAYMENT_FAILED");
    await mintToken(requester, currency, TOKEN_QUOTE_WEI + 5n);
    await allowToken(requester, currency, deployment.executionRouter, TOKEN_QUOTE_WEI + 5n);
    const { execution } = await executeSigned(relayer, { deployment, ...signed });
    const view = await getExecution(relayer, { deployment, execution });
    expect(view).to.include({ requester: requester.account.address, escrowWei: TOKEN_QUOTE_WEI });
  });
  it("refuses what was changed, and what came too late", async () => {
    const deployment = await withPeriphery(world());
    const { cluster } = await createTestCluster(world());
    const [requester, relayer] = [await world().connect(kind), await world().connect(kind)];
    const signed = await signExecutionRequest(requester, { deployment, cluster, input: "a document" });
    const { request } = signed;
    const refused = (change: Partial<typeof signed>, code: string) =>
      expectCode(executeSigned(relayer, { deployment, ...signed, ...change }), code);
    await refused({ input: "0x01" }, "REQUEST_INPUT_MISMATCH");
    await refused({ request: { ...request, quoteWei: 1n } }, "REQUEST_QUOTE_MISMATCH");
    await refused({ request: { ...request, nonce: request.nonce ^ 1n } }, "REQUEST_SIGNATURE_INVALID");
    await world().passSeconds(601);
    await refused({}, "REQUEST_EXPIRED");
  });
});
