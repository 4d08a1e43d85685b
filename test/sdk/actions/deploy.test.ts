import { expect } from "chai";
import { it } from "mocha";
import { checkDeployment } from "../../../sdk/src/actions/checkDeployment.ts";
import { deploy } from "../../../sdk/src/actions/deploy.ts";
import { quote } from "../../../sdk/src/actions/quote.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import { expectCode } from "../support/expectCode.ts";
import { CLIENT_KINDS, describeClients } from "../support/world.ts";

describeClients(
  "deploy",
  (world, kind) => {
    it("puts five contracts that know each other on the chain", async () => {
      const { chain, connect, reader } = world();
      const client = await connect(kind);
      const deployment = await deploy(client);
      expect(deployment.chainId).to.equal(chain.chainId);
      expect(deployment.fromBlock > 0n).to.equal(true);
      await checkDeployment(reader(kind), { deployment });
      // The core asks the cluster registry, the agent registry the models: both addresses were right.
      await expectCode(quote(client, { deployment, cluster: 1n, version: 1n }), "CLUSTER_UNKNOWN");
      const agent = { deployment, digest: `0x${"11".repeat(32)}`, model: 1n } as const;
      await expectCode(registerAgent(client, agent), "AGENT_MODEL_UNKNOWN");
    });
  },
  CLIENT_KINDS,
);
