import { expect } from "chai";
import { it } from "mocha";
import { keccak256, stringToHex } from "viem";
import { checkDeployment } from "../../../sdk/src/actions/checkDeployment.ts";
import { deploy } from "../../../sdk/src/actions/deploy.ts";
import { quote } from "../../../sdk/src/actions/quote.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import { plannedContracts } from "../../../sdk/src/deployment/plannedContracts.ts";
import { expectCode } from "../support/expectCode.ts";
import { CLIENT_KINDS, describeClients } from "../support/world.ts";

describeClients(
  "deploy",
  (world, kind) => {
    it("puts contracts that know each other on the chain", async () => {
      const { chain, connect, reader } = world();
      const client = await connect(kind);
      const salt = keccak256(stringToHex(kind));
      const deployment = await deploy(client, { salt });
      for (const { name, address } of plannedContracts({ salt })) {
        expect(deployment, name).to.have.property(name, address);
      }
      expect(deployment.salt).to.equal(salt);
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
