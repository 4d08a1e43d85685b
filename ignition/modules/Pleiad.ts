import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { Future, NamedArtifactContractAtFuture } from "@nomicfoundation/ignition-core";
import { CREATE2_FACTORY } from "@pleiad/sdk/deployment/create2Factory";
import { plannedContracts } from "@pleiad/sdk/deployment/plannedContracts";
import type { DeployedName } from "@pleiad/sdk/types/deployment";

type Contract = NamedArtifactContractAtFuture<string>;

/**
 * The contracts as a Hardhat Ignition module, at the addresses of `pleiad deploy`: what it sends is what that sends.
 * Ignition's own strategy for CREATE2 would not do, as it uses another factory and makes salts of its own.
 *
 * The CREATE2 factory has to be on the chain. Where contracts are there that Ignition's journal knows nothing of, the
 * factory reverts, and so does the module: `pleiad deploy` deploys what is missing then.
 *
 *   npx hardhat ignition deploy ignition/modules/Pleiad.ts --network NAME
 */
// Ignition takes a module's default export.
export default buildModule("Pleiad", (m) => {
  const contracts: Partial<Record<DeployedName, Contract>> = {};
  let after: Future[] = [];
  for (const { name, source, address, calldata } of plannedContracts<DeployedName>()) {
    const created = m.send(`create_${name}`, CREATE2_FACTORY, 0n, calldata, { after });
    const contract = m.contractAt(source, address, { id: name, after: [created] });
    contracts[name] = contract;
    // An address without code takes any transaction: whether the factory is there, the first contract tells.
    if (after.length === 0) after = [m.staticCall(contract, "eip712Domain", [], 0, { after: [created] })];
  }
  return contracts as Record<DeployedName, Contract>;
});
