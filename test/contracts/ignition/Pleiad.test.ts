import { checkDeployment } from "@pleiad/sdk/actions/checkDeployment";
import { deploy } from "@pleiad/sdk/actions/deploy";
import { ensureFactory, hasFactory } from "@pleiad/sdk/deployment/ensureFactory";
import { plannedContracts } from "@pleiad/sdk/deployment/plannedContracts";
import { expect } from "chai";
import hre, { network } from "hardhat";
import { describe, it } from "mocha";
import type { Address } from "viem";
import Pleiad from "../../../ignition/modules/Pleiad.ts";

/** A new chain, on which accounts pay what they like. */
async function newChain() {
  const { ignition, viem } = await network.create();
  const [client] = await viem.getWalletClients();
  if (client === undefined) throw new Error("the chain has accounts");
  return { ignition, client, reader: await viem.getPublicClient() };
}

describe("the Ignition module", () => {
  it("ignition_wholeModule_succeedsAtTheAddressesOfThePlan", async () => {
    const { ignition, client, reader } = await newChain();
    // Hardhat's chain comes without it.
    expect(await hasFactory(client)).to.equal(false);
    await ensureFactory(client);
    const contracts: Readonly<Record<string, { readonly address: Address }>> = await ignition.deploy(Pleiad);
    for (const { name, address } of plannedContracts()) {
      expect(contracts[name]?.address, name).to.equal(address);
    }
    // And `deploy` finds them, code and all, without a transaction.
    const sent = await reader.getTransactionCount(client.account);
    const deployment = await deploy(client);
    expect(await reader.getTransactionCount(client.account)).to.equal(sent);
    expect(deployment.nodeRegistry).to.equal(contracts.nodeRegistry?.address);
    expect((await checkDeployment(client, { deployment })).isBlockChecked).to.equal(true);
  });

  it("ignition_productionProfile_succeedsWithTheSameCompiler", () => {
    // Ignition compiles with it before it deploys.
    const { default: usual, production } = hre.config.solidity.profiles;
    expect(production?.compilers).to.deep.equal(usual?.compilers);
    expect(production?.overrides).to.deep.equal(usual?.overrides);
    expect(production?.isolated).to.equal(usual?.isolated);
  });

  it("ignition_factoryMissing_revertsAfterTheFirstTransaction", async () => {
    const { ignition, client, reader } = await newChain();
    const outcome = await ignition.deploy(Pleiad).then(
      () => "deployed",
      (error: Error) => error.message,
    );
    expect(outcome).to.include("eip712Domain");
    expect(await reader.getTransactionCount(client.account)).to.equal(1);
  });
});
