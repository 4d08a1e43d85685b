import { expect } from "chai";
import { it } from "mocha";
import { zeroAddress } from "viem";
import { getBlock } from "viem/actions";
import { getAgentWallet } from "../../../sdk/src/actions/getAgentWallet.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import { setAgentWallet } from "../../../sdk/src/actions/setAgentWallet.ts";
import { signAgentWallet } from "../../../sdk/src/actions/signAgentWallet.ts";
import { expectCode } from "../support/expectCode.ts";
import { type ClientKind, describeClients, type World } from "../support/world.ts";

/** An agent, an account that agreed to be its wallet, and all that `setAgentWallet` takes. */
async function consent(world: World, kind: ClientKind) {
  const { deployment, connect } = world;
  const [owner, wallet] = [await connect(kind), await connect(kind)];
  const { agent } = await registerAgent(owner, { deployment });
  const deadline = (await getBlock(owner)).timestamp + 200n;
  const signature = await signAgentWallet(wallet, {
    deployment,
    agent,
    owner: owner.account.address,
    deadline,
  });
  return { owner, call: { deployment, agent, wallet: wallet.account.address, deadline, signature } };
}

describeClients("setAgentWallet", (world, kind) => {
  it("names an account that agreed", async () => {
    const { owner, call } = await consent(world(), kind);
    expect(await getAgentWallet(owner, call)).to.equal(owner.account.address);
    await setAgentWallet(owner, call);
    expect(await getAgentWallet(owner, call)).to.equal(call.wallet);
  });
  it("refuses who did not agree, or not to this", async () => {
    const { owner, call } = await consent(world(), kind);
    const other = await consent(world(), kind);
    const { signature } = other.call;
    await expectCode(setAgentWallet(owner, { ...call, signature }), "AGENT_WALLET_SIGNATURE_INVALID");
    await expectCode(setAgentWallet(owner, { ...call, wallet: zeroAddress }), "AGENT_WALLET_INVALID");
    await expectCode(setAgentWallet(other.owner, call), "AGENT_NOT_AUTHORIZED");
    await expectCode(setAgentWallet(owner, { ...call, agent: 9_999n }), "AGENT_UNKNOWN");
  });
  it("refuses a deadline that is over or too far", async () => {
    const { owner, call } = await consent(world(), kind);
    await expectCode(setAgentWallet(owner, { ...call, deadline: 1n }), "AGENT_WALLET_DEADLINE_PASSED");
    const deadline = call.deadline + 100_000n;
    await expectCode(setAgentWallet(owner, { ...call, deadline }), "AGENT_WALLET_DEADLINE_TOO_FAR");
  });
});
