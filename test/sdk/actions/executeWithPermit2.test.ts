import { expect } from "chai";
import { before, it } from "mocha";
import { getCode } from "viem/actions";
import { executeWithPermit2 } from "../../../sdk/src/actions/executeWithPermit2.ts";
import { getExecution } from "../../../sdk/src/actions/getExecution.ts";
import { signExecutionPermit2 } from "../../../sdk/src/actions/signExecutionPermit2.ts";
import { PERMIT2_ADDRESS } from "../../../sdk/src/types/executionRequest.ts";
import { testClientOf } from "../../fixtures/chain.ts";
import { deployArtifact } from "../support/artifact.ts";
import { expectCode } from "../support/expectCode.ts";
import { withPeriphery } from "../support/periphery.ts";
import { allowToken, createTokenCluster, mintToken, TOKEN_QUOTE_WEI } from "../support/token.ts";
import { describeClients } from "../support/world.ts";

describeClients("executeWithPermit2", (world, kind) => {
  // A stand-in where Permit2 stands, which checks signatures as that does.
  before(async () => {
    const client = await world().connect();
    const address = await deployArtifact(client, "contracts/test/Permit2__MockForRouter.sol");
    const bytecode = (await getCode(client, { address })) ?? "0x";
    await testClientOf(world().chain).setCode({ address: PERMIT2_ADDRESS, bytecode });
  });
  it("pays and executes by one signature, once, and the relayer gets its fee", async () => {
    const deployment = await withPeriphery(world());
    const { cluster, currency } = await createTokenCluster(world());
    const [requester, relayer] = [await world().connect(kind), await world().connect(kind)];
    await mintToken(requester, currency, TOKEN_QUOTE_WEI + 5n);
    await allowToken(requester, currency, PERMIT2_ADDRESS, TOKEN_QUOTE_WEI + 5n);
    const about = { deployment, cluster, input: "a document", relayerFeeWei: 5n } as const;
    const signed = await signExecutionPermit2(requester, about);
    const { execution } = await executeWithPermit2(relayer, { deployment, ...signed });
    const view = await getExecution(relayer, { deployment, execution });
    expect(view).to.include({ requester: requester.account.address, escrowWei: TOKEN_QUOTE_WEI });
    await expectCode(executeWithPermit2(relayer, { deployment, ...signed }), "REQUEST_NONCE_USED");
  });
  it("refuses another request than was signed", async () => {
    const deployment = await withPeriphery(world());
    const { cluster, currency } = await createTokenCluster(world());
    const [requester, relayer] = [await world().connect(kind), await world().connect(kind)];
    await mintToken(requester, currency, TOKEN_QUOTE_WEI);
    await allowToken(requester, currency, PERMIT2_ADDRESS, TOKEN_QUOTE_WEI);
    const signed = await signExecutionPermit2(requester, { deployment, cluster, input: "a document" });
    const request = { ...signed.request, nonce: signed.request.nonce ^ 1n };
    await expectCode(executeWithPermit2(relayer, { deployment, ...signed, request }), "CONTRACT_REVERTED");
  });
});
