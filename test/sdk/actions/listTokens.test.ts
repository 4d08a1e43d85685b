import { expect } from "chai";
import { it } from "mocha";
import { waitForTransactionReceipt, writeContract } from "viem/actions";
import { nodeRegistryAbi } from "../../../sdk/src/abi/nodeRegistry.ts";
import { listTokens } from "../../../sdk/src/actions/listTokens.ts";
import { createNode, createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { lyingClient } from "../support/lyingClient.ts";
import { describeClients } from "../support/world.ts";

describeClients("listTokens", (world, kind) => {
  it("lists what an account owns, of each kind", async () => {
    const { deployment, reader } = world();
    const { owner, node, model, cluster, agents } = await createTestCluster(world(), kind);
    const { address } = owner.account;
    const list = (of: "Node" | "Model" | "Cluster" | "Agent") =>
      listTokens(reader(kind), { deployment, kind: of, owner: address });
    expect(await list("Node")).to.deep.equal([node]);
    expect(await list("Model")).to.deep.equal([model]);
    expect(await list("Cluster")).to.deep.equal([cluster]);
    expect(await list("Agent")).to.deep.equal(agents);
  });
  it("lists a token for its new owner, and no more for the one before", async () => {
    const { deployment, connect, reader } = world();
    const { owner, node } = await createNode(world(), "viem");
    const buyer = (await connect()).account.address;
    const hash = await writeContract(owner, {
      address: deployment.nodeRegistry,
      abi: nodeRegistryAbi,
      functionName: "transferFrom",
      args: [owner.account.address, buyer, node],
      chain: null,
      account: owner.account,
    });
    await waitForTransactionReceipt(owner, { hash });
    const list = (account: `0x${string}`) =>
      listTokens(reader(kind), { deployment, kind: "Node", owner: account });
    expect(await list(buyer)).to.deep.equal([node]);
    expect(await list(owner.account.address)).to.deep.equal([]);
  });
  it("says so where the log lacks what storage has", async () => {
    const { deployment } = world();
    const { owner } = await createNode(world());
    const liar = lyingClient(world(), (method, answer) => (method === "eth_getLogs" ? [] : answer));
    const call = listTokens(liar, { deployment, kind: "Node", owner: owner.account.address });
    expect((await expectCode(call, "RPC_INCONSISTENT")).message).to.include("0 of the 1 tokens");
  });
});
