import { expect } from "chai";
import { Wallet } from "ethers";
import { describe, it } from "mocha";
import { hexToBytes, recoverMessageAddress } from "viem";
import { signMessage } from "viem/actions";
import { submitCompletions } from "../../../sdk/src/actions/submitCompletions.ts";
import { verifyResponse } from "../../../sdk/src/actions/verifyResponse.ts";
import { waitForResponse } from "../../../sdk/src/actions/waitForResponse.ts";
import { withdraw } from "../../../sdk/src/actions/withdraw.ts";
import { fromEthersSigner } from "../../../sdk/src/ethers/fromEthersSigner.ts";
import { accountOf } from "../../fixtures/chain.ts";
import { createTestCluster, signedRun, startRun } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { CLIENT_KINDS, describeClients, describeOnChain, ethersProvider, keyOf } from "../support/world.ts";

describeClients(
  "the story of a run",
  (world, kind) => {
    it("from a node's registration to a verified response and a payment", async () => {
      const { deployment, connect, reader } = world();
      const cluster = await createTestCluster(world(), kind);
      const requester = await connect(kind);
      const run = await startRun(world(), requester, cluster);
      const items = await signedRun(world(), cluster, run);
      await submitCompletions(await connect(kind), { deployment, items });
      const { execution } = run;
      const { text } = await waitForResponse(reader(kind), { deployment, execution });
      const { verified } = await verifyResponse(reader(kind), { deployment, execution, response: text });
      expect(verified).to.equal(true);
      const { amountWei } = await withdraw(cluster.owner, { deployment, kind: "Node", id: cluster.node });
      expect(amountWei).to.equal(2_400n);
    });
    it("signs messages with the signer's key", async () => {
      const client = await world().connect(kind);
      const signature = await signMessage(client, { account: client.account, message: "hello" });
      expect(await recoverMessageAddress({ message: "hello", signature })).to.equal(client.account.address);
      expect(hexToBytes(signature)).to.have.length(65);
    });
  },
  CLIENT_KINDS,
);

describeOnChain("fromEthersSigner", (world) => {
  it("says so where the wallet is empty", async () => {
    const { chain, deployment } = world();
    const cluster = await createTestCluster(world());
    const poor = await fromEthersSigner(Wallet.createRandom(ethersProvider(chain)));
    const call = startRun(world(), poor, cluster);
    await expectCode(call, "INSUFFICIENT_FUNDS");
    await expectCode(withdraw(poor, { deployment, kind: "Node", id: cluster.node }), "CREDIT_NOT_YOURS");
  });
  it("says so where the wallet's owner refuses", async () => {
    const { chain } = world();
    const cluster = await createTestCluster(world());
    const wallet = new Wallet(keyOf(accountOf(3)), ethersProvider(chain));
    wallet.sendTransaction = async () => {
      throw Object.assign(new Error("user denied"), {
        code: "ACTION_REJECTED",
        info: { error: { code: -32603 } },
      });
    };
    await expectCode(startRun(world(), await fromEthersSigner(wallet), cluster), "REQUEST_REJECTED");
  });
});

describe("fromEthersSigner", () => {
  it("refuses a signer without a provider", async () => {
    const error = await expectCode(fromEthersSigner(Wallet.createRandom()), "SIGNER_UNSUPPORTED");
    expect(error.message).to.include("no provider");
  });
});
