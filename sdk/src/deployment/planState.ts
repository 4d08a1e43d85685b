import type { Hex } from "viem";
import { getBlockNumber, getChainId } from "viem/actions";
import { sdkError } from "../errors/sdkError.ts";
import { rpc } from "../internal/read.ts";
import type { ReadClient } from "../types/client.ts";
import { codeState } from "./expectedCode.ts";
import type { PlanEntry } from "./plan.ts";
import { type PlannedContract, plannedContracts } from "./plannedContracts.ts";

/** Which contracts, with which salt. */
export interface PlanOptions<name extends string = string> {
  /** @default DEPLOYMENT_PLAN */
  readonly plan?: readonly PlanEntry<name>[];
  /** @default DEPLOYMENT_SALT */
  readonly salt?: Hex;
}

/** What of a plan is on a chain. */
export interface PlanState<name extends string = string> {
  readonly chainId: number;
  /** The newest block before the contracts were looked at: what was missing is younger. */
  readonly head: bigint;
  readonly contracts: readonly PlannedContract<name>[];
  readonly found: readonly PlannedContract<name>[];
  readonly missing: readonly PlannedContract<name>[];
}

/** Looks at the address of each contract of a plan. @throws PleiadError `DEPLOY_CODE_FOREIGN`, `CODE_UNCHECKED` */
export async function planState<name extends string>(
  client: ReadClient,
  options: PlanOptions<name>,
): Promise<PlanState<name>> {
  const chainId = await rpc(() => getChainId(client));
  const head = await rpc(() => getBlockNumber(client, { cacheTime: 0 }));
  const contracts = plannedContracts<name>(options);
  const found: PlannedContract<name>[] = [];
  const missing: PlannedContract<name>[] = [];
  for (const contract of contracts) {
    ((await isDeployed(client, contract)) ? found : missing).push(contract);
  }
  return { chainId, head, contracts, found, missing };
}

/** Whether a contract of a plan is there. @throws PleiadError `DEPLOY_CODE_FOREIGN`, `CODE_UNCHECKED` */
export async function isDeployed(client: ReadClient, contract: PlannedContract): Promise<boolean> {
  const state = await codeState(client, contract);
  if (state !== "foreign") return state === "deployed";
  const { name, address } = contract;
  throw sdkError("DEPLOY_CODE_FOREIGN", `${address}, where ${name} belongs, holds other code`, {
    details: { name, address },
  });
}
