import { expect } from "chai";
import { it } from "mocha";
import { recoverTypedDataAddress } from "viem";
import { signAgentWallet } from "../../../sdk/src/actions/signAgentWallet.ts";
import { AGENT_WALLET_TYPES, agentWalletDomain } from "../../../sdk/src/types/agentWallet.ts";
import { describeClients } from "../support/world.ts";

describeClients("signAgentWallet", (world, kind) => {
  it("makes a signature that recovers to the wallet", async () => {
    const { deployment, connect } = world();
    const wallet = await connect(kind);
    const owner = (await connect()).account.address;
    const signature = await signAgentWallet(wallet, { deployment, agent: 0n, owner, deadline: 7n });
    const recovered = await recoverTypedDataAddress({
      domain: agentWalletDomain(deployment.chainId, deployment.agentRegistry),
      types: AGENT_WALLET_TYPES,
      primaryType: "AgentWalletSet",
      message: { agentId: 0n, newWallet: wallet.account.address, owner, deadline: 7n },
      signature,
    });
    expect(recovered).to.equal(wallet.account.address);
  });
});
