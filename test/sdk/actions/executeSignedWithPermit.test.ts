import { expect } from "chai";
import { it } from "mocha";
import { executeSignedWithPermit } from "../../../sdk/src/actions/executeSignedWithPermit.ts";
import { getExecution } from "../../../sdk/src/actions/getExecution.ts";
import { signExecutionRequest } from "../../../sdk/src/actions/signExecutionRequest.ts";
import { signPermit } from "../../../sdk/src/actions/signPermit.ts";
import { expectCode } from "../support/expectCode.ts";
import { withPeriphery } from "../support/periphery.ts";
import { createTokenCluster, mintToken, TOKEN_QUOTE_WEI } from "../support/token.ts";
import { describeClients } from "../support/world.ts";

describeClients("executeSignedWithPermit", (world, kind) => {
  it("pays by a permit that comes along, so that the requester sends nothing at all", async () => {
    const deployment = await withPeriphery(world());
    const { cluster, currency } = await createTokenCluster(world());
    const [requester, relayer] = [await world().connect(kind), await world().connect(kind)];
    await mintToken(requester, currency, TOKEN_QUOTE_WEI);
    const signed = await signExecutionRequest(requester, { deployment, cluster, input: "a document" });
    const permit = await signPermit(requester, { deployment, currency, amountWei: TOKEN_QUOTE_WEI });
    const { execution } = await executeSignedWithPermit(relayer, { deployment, ...signed, permit });
    const view = await getExecution(relayer, { deployment, execution });
    expect(view).to.include({ requester: requester.account.address, escrowWei: TOKEN_QUOTE_WEI });
    const again = executeSignedWithPermit(relayer, { deployment, ...signed, permit });
    await expectCode(again, "REQUEST_NONCE_USED");
  });
  it("fails for a permit over too little", async () => {
    const deployment = await withPeriphery(world());
    const { cluster, currency } = await createTokenCluster(world());
    const [requester, relayer] = [await world().connect(kind), await world().connect(kind)];
    await mintToken(requester, currency, TOKEN_QUOTE_WEI);
    const signed = await signExecutionRequest(requester, { deployment, cluster, input: "a document" });
    const permit = await signPermit(requester, { deployment, currency, amountWei: TOKEN_QUOTE_WEI - 1n });
    await expectCode(
      executeSignedWithPermit(relayer, { deployment, ...signed, permit }),
      "REQUEST_PAYMENT_FAILED",
    );
  });
});
