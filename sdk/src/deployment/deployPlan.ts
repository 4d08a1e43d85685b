import type { Address, Hex } from "viem";
import { getTransactionCount, sendTransaction } from "viem/actions";
import { sdkError } from "../errors/sdkError.ts";
import { rpc } from "../internal/read.ts";
import { minedReceipt } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { WriteOptions } from "../types/sent.ts";
import { CREATE2_FACTORY } from "./create2Factory.ts";
import { creationBlock } from "./creationBlock.ts";
import { ensureFactory } from "./ensureFactory.ts";
import type { PlannedContract } from "./plannedContracts.ts";
import { isDeployed, type PlanOptions, planState } from "./planState.ts";

/** How to deploy a plan. */
export interface DeployPlanOptions<name extends string = string> extends PlanOptions<name>, WriteOptions {
  /**
   * A block that is not after the first of the contracts that are there already, where the endpoint no longer has
   * old state to find it in. @default looked for
   */
  readonly fromBlock?: bigint | undefined;
  /** Hears of each contract as it is found or created. */
  readonly onContract?: ((contract: DeployedContract<name>) => void) | undefined;
}

/** A contract of a plan that is on the chain. */
export interface DeployedContract<name extends string = string> {
  readonly name: name;
  readonly address: Address;
  /** Whether it was there before. */
  readonly wasThere: boolean;
}

/** A plan that is on the chain. */
export interface DeployedPlan<name extends string = string> {
  readonly chainId: number;
  /** The block of the first contract, or one before it. */
  readonly fromBlock: bigint;
  readonly contracts: readonly DeployedContract<name>[];
}

interface SentCreation<name extends string> {
  readonly contract: PlannedContract<name>;
  readonly hash: Hex;
}

/**
 * Deploys what is missing of a plan. What is there is compared with what should be; what a run before this one has
 * sent or deployed, or anybody else, is taken as it is. All transactions are sent at once, so the account must send
 * nothing else meanwhile.
 *
 * @throws PleiadError `DEPLOY_CODE_FOREIGN`, `CODE_UNCHECKED`, `DEPLOYMENT_BLOCK_UNKNOWN`, those of `ensureFactory`,
 * `TRANSACTION_REVERTED`, `NONCE_CONFLICT`, the RPC errors. After any of them another run carries on.
 */
export async function deployPlan<name extends string>(
  client: WriteClient,
  options: DeployPlanOptions<name>,
): Promise<DeployedPlan<name>> {
  const { timeoutMs, onContract } = options;
  const { chainId, head, contracts, found, missing } = await planState(client, options);
  const addresses = found.map(({ address }) => address);
  // Before anything is paid for.
  const blocks = found.length === 0 ? [] : [options.fromBlock ?? (await blockOf(client, addresses, head))];
  const tell = ({ name, address }: PlannedContract<name>, wasThere: boolean): void =>
    onContract?.({ name, address, wasThere });
  for (const contract of found) tell(contract, true);
  if (missing.length > 0) await ensureFactory(client, timeoutMs);
  const sent = await sendCreations(client, missing);
  for (const { contract, hash } of sent) {
    const { blockNumber, status } = await minedReceipt(client, hash, timeoutMs);
    await checkCreated(client, contract, hash);
    // Where it reverted as somebody else was quicker, the contract is a little older, but not older than the look.
    blocks.push(status === "success" ? blockNumber : head + 1n);
    tell(contract, false);
  }
  // So are those for which nothing was sent, as somebody else created them between two looks.
  if (sent.length < missing.length) blocks.push(head + 1n);
  return {
    chainId,
    fromBlock: blocks.toSorted((left, right) => (left < right ? -1 : 1))[0] ?? head,
    contracts: contracts.map(({ name, address }) => ({
      name,
      address,
      wasThere: addresses.includes(address),
    })),
  };
}

async function blockOf(client: WriteClient, addresses: readonly Address[], head: bigint): Promise<bigint> {
  const block = await creationBlock(client, addresses, head);
  if (block !== undefined) return block;
  const message =
    "the endpoint has no state of old blocks, so nobody knows since when the contracts are there";
  throw sdkError("DEPLOYMENT_BLOCK_UNKNOWN", message, { details: { addresses } });
}

/** Sends all creations, in the order of the account's nonces; skips one that somebody else has created meanwhile. */
async function sendCreations<name extends string>(
  client: WriteClient,
  missing: readonly PlannedContract<name>[],
): Promise<SentCreation<name>[]> {
  if (missing.length === 0) return [];
  const { account } = client;
  const address = account.address;
  let nonce = await rpc(() => getTransactionCount(client, { address, blockTag: "pending" }));
  const sent: SentCreation<name>[] = [];
  for (const contract of missing) {
    const request = { account, chain: null, to: CREATE2_FACTORY, data: contract.calldata, nonce };
    try {
      sent.push({ contract, hash: await rpc(() => sendTransaction(client, request)) });
      nonce += 1;
    } catch (error) {
      // The factory reverts where the contract is there, which the estimate of gas shows.
      if (!(await isDeployed(client, contract))) throw error;
    }
  }
  return sent;
}

/** A creation that reverted is none the worse where the contract is there: somebody else was quicker. */
async function checkCreated(client: WriteClient, contract: PlannedContract, hash: Hex): Promise<void> {
  if (await isDeployed(client, contract)) return;
  const { name, address } = contract;
  throw sdkError("TRANSACTION_REVERTED", `the deployment of ${name} did nothing`, {
    details: { name, address, hash },
  });
}
