import { expect } from "chai";
import { it } from "mocha";
import { hashTypedData, keccak256, recoverTypedDataAddress, stringToHex, zeroAddress } from "viem";
import { readContract } from "viem/actions";
import { executionRouterAbi } from "../../../sdk/src/abi/executionRouter.ts";
import { signExecutionRequest } from "../../../sdk/src/actions/signExecutionRequest.ts";
import { EXECUTION_REQUEST_TYPES, executionRequestDomain } from "../../../sdk/src/types/executionRequest.ts";
import { createTestCluster, FEE_WEI, PRICE_WEI } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { withPeriphery } from "../support/periphery.ts";
import { describeClients } from "../support/world.ts";

describeClients("signExecutionRequest", (world, kind) => {
  it("signs what the router hashes, for the exact quote, by the client's account", async () => {
    const deployment = await withPeriphery(world());
    const { cluster } = await createTestCluster(world());
    const requester = await world().connect(kind);
    const callback = { consumer: requester.account.address, gas: 50_000, budgetWei: 9n };
    const signed = await signExecutionRequest(requester, {
      ...{ deployment, cluster, input: "a document", callback, nonce: 7n },
    });
    const { request, signature } = signed;
    expect(request).to.deep.include({
      ...{
        executions: deployment.clusterExecutions,
        requester: requester.account.address,
        cluster,
        version: 1n,
      },
      ...{ currency: zeroAddress, quoteWei: 3n * PRICE_WEI + FEE_WEI, relayerFeeWei: 0n, nonce: 7n },
      inputDigest: keccak256(stringToHex("a document")),
    });
    const typed = {
      domain: executionRequestDomain(deployment.chainId, deployment.executionRouter),
      types: EXECUTION_REQUEST_TYPES,
      primaryType: "ExecutionRequest",
      message: request,
    } as const;
    const contract = { address: deployment.executionRouter, abi: executionRouterAbi } as const;
    const digest = await readContract(requester, {
      ...contract,
      functionName: "requestDigest",
      args: [request],
    });
    expect(hashTypedData(typed)).to.equal(digest);
    expect(await recoverTypedDataAddress({ ...typed, signature })).to.equal(requester.account.address);
  });
  it("is for ten minutes, takes a nonce of its own each time, and refuses a fee that cannot be paid", async () => {
    const deployment = await withPeriphery(world());
    const { cluster } = await createTestCluster(world());
    const requester = await world().connect(kind);
    const about = { deployment, cluster, input: "a document" } as const;
    const [one, two] = [
      await signExecutionRequest(requester, about),
      await signExecutionRequest(requester, about),
    ];
    expect(one.request.nonce).to.not.equal(two.request.nonce);
    expect(BigInt(one.request.params.deadline) - one.request.validUntil).to.equal(3_000n);
    const short = await signExecutionRequest(requester, { ...about, durationSeconds: 300n });
    expect(short.request.validUntil).to.equal(BigInt(short.request.params.deadline));
    await expectCode(
      signExecutionRequest(requester, { ...about, relayerFeeWei: 1n }),
      "REQUEST_FEE_UNPAYABLE",
    );
  });
});
