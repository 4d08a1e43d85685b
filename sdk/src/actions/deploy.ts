import { type DeployedPlan, type DeployPlanOptions, deployPlan } from "../deployment/deployPlan.ts";
import { DEPLOYMENT_SALT } from "../deployment/plan.ts";
import type { WriteClient } from "../types/client.ts";
import { type DeployedName, type Deployment, deploymentOfAddresses } from "../types/deployment.ts";

/** How to deploy the contracts. */
export type DeployOptions = Omit<DeployPlanOptions<DeployedName>, "plan">;

/**
 * Deploys the contracts from the bytecode that comes with the SDK, by the CREATE2 factory, to the addresses that
 * `plannedContracts` tells. Only what is missing is sent: where all is there, nothing is.
 *
 * @returns Where they are, once all of them are mined.
 * @throws PleiadError `CREATE2_FACTORY_REFUSED` and `CREATE2_FACTORY_FOREIGN` where the chain has no factory,
 * `DEPLOY_CODE_FOREIGN` where other code is at an address, `DEPLOYMENT_BLOCK_UNKNOWN` and `CODE_UNCHECKED` where the
 * endpoint knows too little; the typed RPC errors. After any of them another call carries on.
 *
 * @example
 * const deployment = await deploy(client);
 * writeFileSync("deployment.json", serializeDeployment(deployment));
 */
export async function deploy(client: WriteClient, options: DeployOptions = {}): Promise<Deployment> {
  const { salt = DEPLOYMENT_SALT } = options;
  const plan: DeployedPlan<DeployedName> = await deployPlan(client, options);
  const { chainId, fromBlock, contracts } = plan;
  const addresses = new Map(contracts.map(({ name, address }) => [name, address]));
  return deploymentOfAddresses({ chainId, fromBlock, salt }, addresses);
}
