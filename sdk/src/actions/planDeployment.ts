import type { Address, Hex } from "viem";
import { estimateGas, getGasPrice } from "viem/actions";
import { CREATE2_FACTORY, CREATE2_FACTORY_FUNDING_WEI } from "../deployment/create2Factory.ts";
import { hasFactory } from "../deployment/ensureFactory.ts";
import { DEPLOYMENT_SALT } from "../deployment/plan.ts";
import type { PlannedContract } from "../deployment/plannedContracts.ts";
import { type PlanOptions, planState } from "../deployment/planState.ts";
import { rpc } from "../internal/read.ts";
import type { ReadClient } from "../types/client.ts";
import type { DeployedName } from "../types/deployment.ts";

/** A contract as a deployment would find it. */
export interface ContractPreview {
  readonly name: DeployedName;
  readonly address: Address;
  readonly isThere: boolean;
  /** Gas of its creation; 0 where it is there. */
  readonly gas: bigint;
}

/** What `deploy` would do. */
export interface DeploymentPreview {
  readonly chainId: number;
  readonly salt: Hex;
  readonly factory: { readonly address: Address; readonly isThere: boolean };
  readonly contracts: readonly ContractPreview[];
  /** Of all transactions that would be sent from the account. */
  readonly gas: bigint;
  /** What the endpoint calls the price of gas now. */
  readonly gasPriceWei: bigint;
  /** Gas at that price, and what the factory's sender would be given. */
  readonly costWei: bigint;
}

/** A transfer, to the factory's sender. */
const TRANSFER_GAS = 21_000n;

/**
 * What a creation costs more by the factory than by a transaction of its own: the salt, and the code copied and hashed
 * once more. 8,000 was measured for 19,000 bytes, 11,000 is reckoned for 24 KiB; the estimate is to be on the safe side.
 */
const FACTORY_GAS_MAX = 20_000n;

/**
 * Tells what `deploy` would do, and does nothing: the addresses, what is there already, gas and cost.
 *
 * @throws PleiadError `DEPLOY_CODE_FOREIGN`, `CREATE2_FACTORY_FOREIGN`, `CODE_UNCHECKED`; the RPC errors.
 */
export async function planDeployment(
  client: ReadClient,
  options: Omit<PlanOptions<DeployedName>, "plan"> = {},
): Promise<DeploymentPreview> {
  const { salt = DEPLOYMENT_SALT } = options;
  const { chainId, contracts, missing } = await planState<DeployedName>(client, options);
  const isThere = await hasFactory(client);
  const previews: ContractPreview[] = [];
  for (const contract of contracts) {
    const { name, address } = contract;
    const isMissing = missing.includes(contract);
    const gas = isMissing ? await creationGas(client, contract, isThere) : 0n;
    previews.push({ name, address, isThere: !isMissing, gas });
  }
  const isFactoryNeeded = !isThere && missing.length > 0;
  const gas = previews.reduce((sum, preview) => sum + preview.gas, isFactoryNeeded ? TRANSFER_GAS : 0n);
  const gasPriceWei = await rpc(() => getGasPrice(client));
  const factoryWei = isFactoryNeeded ? CREATE2_FACTORY_FUNDING_WEI : 0n;
  return {
    chainId,
    salt,
    factory: { address: CREATE2_FACTORY, isThere },
    contracts: previews,
    gas,
    gasPriceWei,
    costWei: gas * gasPriceWei + factoryWei,
  };
}

async function creationGas(
  client: ReadClient,
  { calldata, initCode }: PlannedContract,
  isFactoryThere: boolean,
): Promise<bigint> {
  if (isFactoryThere) return rpc(() => estimateGas(client, { to: CREATE2_FACTORY, data: calldata }));
  return (await rpc(() => estimateGas(client, { data: initCode }))) + FACTORY_GAS_MAX;
}
