import { expect } from "chai";
import { it } from "mocha";
import { keccak256, stringToHex, zeroAddress } from "viem";
import { checkDeployment } from "../../../sdk/src/actions/checkDeployment.ts";
import { deploy } from "../../../sdk/src/actions/deploy.ts";
import { execute } from "../../../sdk/src/actions/execute.ts";
import { getCluster } from "../../../sdk/src/actions/getCluster.ts";
import { getNode } from "../../../sdk/src/actions/getNode.ts";
import { withdraw } from "../../../sdk/src/actions/withdraw.ts";
import { CONTRACT_NAMES, PERIPHERY_NAMES } from "../../../sdk/src/types/deployment.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("checkDeployment", (world, kind) => {
  it("passes where all is right", async () => {
    const { deployment, reader } = world();
    expect(await checkDeployment(reader(kind), { deployment })).to.deep.equal({
      contracts: [...CONTRACT_NAMES, ...PERIPHERY_NAMES],
      isBlockChecked: true,
    });
  });
  it("names the wrong chain, before anything is signed", async () => {
    const { deployment, connect, reader } = world();
    const wrong = { ...deployment, chainId: 5 };
    const error = await expectCode(checkDeployment(reader(kind), { deployment: wrong }), "CHAIN_ID_MISMATCH");
    expect(error.message).to.equal("the RPC endpoint is on chain 31337, the deployment on chain 5");
    const credit = { kind: "Node", id: 1n } as const;
    await expectCode(withdraw(await connect(kind), { deployment: wrong, ...credit }), "CHAIN_ID_MISMATCH");
  });
  it("names an address without a contract, also from the actions", async () => {
    const { deployment, connect, reader } = world();
    const nodeRegistry = `0x${"12".repeat(20)}` as const;
    const wrong = { ...deployment, nodeRegistry };
    const error = await expectCode(checkDeployment(reader(kind), { deployment: wrong }), "CONTRACT_MISSING");
    expect(error.message).to.equal(`there is no contract at ${nodeRegistry} (nodeRegistry) on chain 31337`);
    await expectCode(getNode(reader(kind), { deployment: wrong, node: 1n }), "CONTRACT_MISSING");
    const bare = { ...deployment, clusterRegistry: zeroAddress };
    const client = await connect(kind);
    await expectCode(execute(client, { deployment: bare, cluster: 1n, input: "x" }), "CONTRACT_MISSING");
  });
  it("names a contract that is another one, or was made with other addresses", async () => {
    const { deployment, connect, reader } = world();
    const swapped = { ...deployment, agentRegistry: deployment.nodeRegistry };
    const error = await expectCode(
      checkDeployment(reader(kind), { deployment: swapped }),
      "CONTRACT_UNEXPECTED",
    );
    expect(error.details).to.include({ name: "agentRegistry", address: deployment.nodeRegistry });
    // The executions of another Pleiad: the same code but for its immutables.
    const salt = keccak256(stringToHex(`other ${kind}`));
    const { clusterExecutions } = await deploy(await connect(kind), { salt });
    const mixed = { ...deployment, clusterExecutions };
    const other = await expectCode(
      checkDeployment(reader(kind), { deployment: mixed }),
      "CONTRACT_UNEXPECTED",
    );
    expect(other.details).to.include({ name: "clusterExecutions", address: clusterExecutions });
  });
  it("names a start block that is too late, in the past or in the future", async () => {
    const { deployment, reader } = world();
    const check = (fromBlock: bigint) =>
      checkDeployment(reader(kind), { deployment: { ...deployment, fromBlock } });
    for (const fromBlock of [deployment.fromBlock + 1n, 1_000_000n]) {
      const error = await expectCode(check(fromBlock), "DEPLOYMENT_BLOCK_WRONG");
      expect(error.message).to.include(`${fromBlock}`);
    }
    expect(await check(0n)).to.include({ isBlockChecked: true });
  });
  it("names another contract at the address", async () => {
    const { deployment, reader } = world();
    const wrong = { ...deployment, clusterRegistry: deployment.nodeRegistry };
    await expectCode(getCluster(reader(kind), { deployment: wrong, cluster: 1n }), "CONTRACT_REVERTED");
  });
});
