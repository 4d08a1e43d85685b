import { expect } from "chai";
import { AbstractProvider, FallbackProvider, JsonRpcProvider } from "ethers";
import { describe, it } from "mocha";
import { getNode } from "../../../sdk/src/actions/getNode.ts";
import { PleiadError } from "../../../sdk/src/errors/base.ts";
import { fromEthersProvider } from "../../../sdk/src/ethers/fromEthersProvider.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeOnChain, ethersProvider } from "../support/world.ts";

describeOnChain("fromEthersProvider", (world) => {
  it("reads, with the contract's typed errors", async () => {
    const { chain, deployment } = world();
    const client = fromEthersProvider(ethersProvider(chain));
    await expectCode(getNode(client, { deployment, node: 999n }), "NODE_UNKNOWN");
  });
  it("types an endpoint that is not there", async () => {
    const { deployment } = world();
    const provider = new JsonRpcProvider("http://127.0.0.1:9", 31337, { staticNetwork: true });
    try {
      await expectCode(getNode(fromEthersProvider(provider), { deployment, node: 1n }), "RPC_UNREACHABLE");
    } finally {
      provider.destroy();
    }
  });
  it("looks as often as the provider does", () => {
    const provider = ethersProvider(world().chain);
    provider.pollingInterval = 123;
    expect(fromEthersProvider(provider).pollingInterval).to.equal(123);
  });
});

describe("fromEthersProvider", () => {
  it("refuses a provider that cannot send JSON-RPC requests", async () => {
    for (const provider of [new AbstractProvider(1), new FallbackProvider([new AbstractProvider(1)], 1)]) {
      try {
        fromEthersProvider(provider);
        expect.fail("it was taken");
      } catch (error) {
        if (!(error instanceof PleiadError)) throw error;
        expect(error.code).to.equal("SIGNER_UNSUPPORTED");
      }
      await provider.destroy();
    }
  });
});
