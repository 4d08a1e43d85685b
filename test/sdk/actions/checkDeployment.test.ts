import { expect } from "chai";
import { it } from "mocha";
import { zeroAddress } from "viem";
import { checkDeployment } from "../../../sdk/src/actions/checkDeployment.ts";
import { execute } from "../../../sdk/src/actions/execute.ts";
import { getCluster } from "../../../sdk/src/actions/getCluster.ts";
import { getNode } from "../../../sdk/src/actions/getNode.ts";
import { withdraw } from "../../../sdk/src/actions/withdraw.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("checkDeployment", (world, kind) => {
  it("passes where all is right", async () => {
    const { deployment, reader } = world();
    await checkDeployment(reader(kind), { deployment });
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
    expect(error.message).to.equal(`there is no contract at ${nodeRegistry} on chain 31337`);
    await expectCode(getNode(reader(kind), { deployment: wrong, node: 1n }), "CONTRACT_MISSING");
    const bare = { ...deployment, clusterRegistry: zeroAddress };
    const client = await connect(kind);
    await expectCode(execute(client, { deployment: bare, cluster: 1n, input: "x" }), "CONTRACT_MISSING");
  });
  it("names another contract at the address", async () => {
    const { deployment, reader } = world();
    const wrong = { ...deployment, clusterRegistry: deployment.nodeRegistry };
    await expectCode(getCluster(reader(kind), { deployment: wrong, cluster: 1n }), "CONTRACT_REVERTED");
  });
});
