import type { Address } from "viem";
import { getBlockNumber } from "viem/actions";
import { hasCodeAt } from "../deployment/creationBlock.ts";
import { codeState } from "../deployment/expectedCode.ts";
import { DEPLOYMENT_PLAN } from "../deployment/plan.ts";
import { initCodeOf } from "../deployment/plannedContracts.ts";
import { sdkError } from "../errors/sdkError.ts";
import { requireChain, rpc } from "../internal/read.ts";
import type { ReadClient } from "../types/client.ts";
import { contractsOf, type Deployment } from "../types/deployment.ts";

/** What could be checked of a deployment. */
export interface DeploymentCheck {
  /** Names of the contracts, all of which are there. */
  readonly contracts: readonly string[];
  /** Whether the endpoint still has the state that shows that no contract is older than `fromBlock`. */
  readonly isBlockChecked: boolean;
}

/**
 * Makes sure that a deployment is what is on the chain: the endpoint is on its chain, each address holds the code
 * that comes with the SDK, made with the other addresses, and none of the contracts is older than `fromBlock`.
 *
 * @throws PleiadError `CHAIN_ID_MISMATCH`, `CONTRACT_MISSING`, `CONTRACT_UNEXPECTED`, `DEPLOYMENT_BLOCK_WRONG`,
 * `CODE_UNCHECKED` where the endpoint cannot run a constructor; the RPC errors.
 */
export async function checkDeployment(
  client: ReadClient,
  parameters: { readonly deployment: Deployment },
): Promise<DeploymentCheck> {
  const { deployment } = parameters;
  await requireChain(client, deployment);
  const contracts = contractsOf(deployment);
  const addresses = new Map<string, Address>(contracts);
  for (const [name, address] of contracts) await checkCode(client, deployment, { name, address, addresses });
  const isBlockChecked = await checkBlock(client, deployment.fromBlock, [...addresses.values()]);
  return { contracts: [...addresses.keys()], isBlockChecked };
}

interface NamedContract {
  readonly name: string;
  readonly address: Address;
  /** Of the whole deployment, by name. */
  readonly addresses: ReadonlyMap<string, Address>;
}

async function checkCode(client: ReadClient, deployment: Deployment, contract: NamedContract): Promise<void> {
  const { name, address, addresses } = contract;
  const entry = DEPLOYMENT_PLAN.find((planned) => planned.name === name);
  if (entry === undefined) throw new Error(`the plan has no ${name}`);
  const state = await codeState(client, { name, address, initCode: initCodeOf(entry, addresses) });
  const details = { name, address, chainId: deployment.chainId };
  if (state === "missing") {
    const message = `there is no contract at ${address} (${name}) on chain ${deployment.chainId}`;
    throw sdkError("CONTRACT_MISSING", message, { details });
  }
  if (state === "foreign") {
    const message = `the code at ${address} is not that of ${name} with the other addresses of the deployment`;
    throw sdkError("CONTRACT_UNEXPECTED", message, { details });
  }
}

/** @returns whether it could be checked */
async function checkBlock(
  client: ReadClient,
  fromBlock: bigint,
  addresses: readonly Address[],
): Promise<boolean> {
  const head = await rpc(() => getBlockNumber(client, { cacheTime: 0 }));
  if (fromBlock > head) {
    const message = `the deployment begins at block ${fromBlock}, the chain ends at ${head}`;
    throw sdkError("DEPLOYMENT_BLOCK_WRONG", message, { details: { fromBlock, head } });
  }
  if (fromBlock === 0n) return true;
  for (const address of addresses) {
    const isOlder = await hasCodeAt(client, address, fromBlock - 1n);
    if (isOlder === undefined) return false;
    if (!isOlder) continue;
    const message = `the deployment begins at block ${fromBlock}, the contract at ${address} is older`;
    throw sdkError("DEPLOYMENT_BLOCK_WRONG", message, { details: { fromBlock, address } });
  }
  return true;
}
