import { expect } from "chai";
import { it } from "mocha";
import { recoverTypedDataAddress } from "viem";
import { signExecutionPermit2 } from "../../../sdk/src/actions/signExecutionPermit2.ts";
import { EXECUTION_PERMIT2_TYPES, permit2Domain } from "../../../sdk/src/types/executionRequest.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { withPeriphery } from "../support/periphery.ts";
import { createTokenCluster, TOKEN_QUOTE_WEI } from "../support/token.ts";
import { describeClients } from "../support/world.ts";

describeClients("signExecutionPermit2", (world, kind) => {
  it("signs quote and fee together as the amount, with the request as the witness", async () => {
    const deployment = await withPeriphery(world());
    const { cluster, currency } = await createTokenCluster(world());
    const requester = await world().connect(kind);
    const about = { deployment, cluster, input: "a document", relayerFeeWei: 5n } as const;
    const signed = await signExecutionPermit2(requester, { ...about, permitNonce: 3n });
    const { request, permitNonce, permitDeadline, signature } = signed;
    expect(permitNonce).to.equal(3n);
    expect(permitDeadline).to.equal(request.validUntil);
    const signer = await recoverTypedDataAddress({
      domain: permit2Domain(deployment.chainId),
      types: EXECUTION_PERMIT2_TYPES,
      primaryType: "PermitWitnessTransferFrom",
      message: {
        permitted: { token: currency, amount: TOKEN_QUOTE_WEI + 5n },
        spender: deployment.executionRouter,
        nonce: permitNonce,
        deadline: permitDeadline,
        witness: request,
      },
      signature,
    });
    expect(signer).to.equal(requester.account.address);
  });
  it("refuses a version in the chain's own currency", async () => {
    const deployment = await withPeriphery(world());
    const { cluster } = await createTestCluster(world());
    const requester = await world().connect(kind);
    const about = { deployment, cluster, input: "a document" } as const;
    await expectCode(signExecutionPermit2(requester, about), "CURRENCY_IS_NATIVE");
  });
});
