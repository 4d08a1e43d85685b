import {
  type Abi,
  type Address,
  type ContractEventName,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type Hex,
  type ParseEventLogsReturnType,
  parseEventLogs,
  type TransactionReceipt,
} from "viem";
import { simulateContract, waitForTransactionReceipt, writeContract } from "viem/actions";
import { chainError } from "../errors/chainError.ts";
import { sdkError } from "../errors/sdkError.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";
import { requireContract, rpc } from "./read.ts";
import { withRepeatingBlocks } from "./repeatingBlocks.ts";

/** A call of one of a deployment's contracts that changes state. */
export interface WriteCall<
  abi extends Abi | readonly unknown[],
  name extends ContractFunctionName<abi, "nonpayable" | "payable">,
  args extends ContractFunctionArgs<abi, "nonpayable" | "payable", name>,
> extends WriteOptions {
  readonly deployment: Deployment;
  readonly address: Address;
  readonly abi: abi;
  readonly functionName: name;
  readonly args: args;
  readonly valueWei?: bigint;
}

/** A chain that is known to be slow still mines within this time. */
const TIMEOUT_MS_DEFAULT = 180_000;

/** viem asks every 4 s by default, which is longer than the blocks of many chains. */
const RECEIPT_POLL_MS_MAX = 1_000;

/**
 * Simulates a call, sends it, waits for its receipt.
 *
 * Chain id and contract are checked before anything is signed. A call that would revert is not sent: it fails with the typed
 * error. One that reverts all the same, since the state changed in between, is simulated again on the block that took
 * it, to find the typed error.
 */
export async function write<
  const abi extends Abi | readonly unknown[],
  name extends ContractFunctionName<abi, "nonpayable" | "payable">,
  const args extends ContractFunctionArgs<abi, "nonpayable" | "payable", name>,
>(client: WriteClient, call: WriteCall<abi, name, args>): Promise<TransactionReceipt> {
  const { deployment, address } = call;
  await requireContract(client, deployment, address);
  const request = {
    abi: call.abi as Abi,
    address,
    functionName: call.functionName as string,
    args: call.args as readonly unknown[],
    account: client.account,
    ...(call.valueWei === undefined ? {} : { value: call.valueWei }),
  };
  await rpc(() => simulateContract(client, request));
  const hash = await rpc(() => writeContract(client, { ...request, chain: null }));
  const receipt = await minedReceipt(client, hash, call.timeoutMs);
  if (receipt.status === "success") return receipt;
  const at = { blockNumber: receipt.blockNumber };
  const revert = await simulateContract(client, { ...request, ...at }).then(() => undefined, chainError);
  if (revert !== undefined) throw revert;
  throw sdkError("TRANSACTION_REVERTED", `transaction ${receipt.transactionHash} reverted`, {
    details: { hash: receipt.transactionHash, blockNumber: receipt.blockNumber },
  });
}

/**
 * Waits until a transaction is mined. One that the wallet sent again with another fee is followed; one that another
 * transaction replaced is an error.
 */
export async function minedReceipt(
  client: WriteClient,
  hash: Hex,
  timeoutMs: number = TIMEOUT_MS_DEFAULT,
): Promise<TransactionReceipt> {
  let replacement: Hex | undefined;
  const receipt = await rpc(() =>
    waitForTransactionReceipt(withRepeatingBlocks(client), {
      hash,
      timeout: timeoutMs,
      pollingInterval: Math.min(client.pollingInterval, RECEIPT_POLL_MS_MAX),
      onReplaced: ({ reason, transaction }) => {
        if (reason !== "repriced") replacement = transaction.hash;
      },
    }),
  );
  if (replacement === undefined) return receipt;
  const message = `transaction ${hash} was replaced by ${replacement}`;
  throw sdkError("TRANSACTION_REPLACED", message, { details: { hash, replacement } });
}

/** What every write says of its receipt. */
export function sentOf(receipt: TransactionReceipt): Sent {
  return { hash: receipt.transactionHash, blockNumber: receipt.blockNumber, gasUsed: receipt.gasUsed };
}

/** The first event of a name that the contract logged in a transaction. A receipt without it was not ours. */
export function eventOf<const abi extends Abi, name extends ContractEventName<abi>>(
  receipt: TransactionReceipt,
  source: { readonly abi: abi; readonly address: Address; readonly eventName: name },
): ParseEventLogsReturnType<abi, name, true>[number] {
  const [found] = eventsOf(receipt, source);
  if (found !== undefined) return found;
  const message = `the receipt of ${receipt.transactionHash} lacks the event ${source.eventName}`;
  throw sdkError("RPC_INCONSISTENT", message, { details: { hash: receipt.transactionHash } });
}

/** All events of a name that the contract logged in a transaction. */
export function eventsOf<const abi extends Abi, name extends ContractEventName<abi>>(
  receipt: TransactionReceipt,
  source: { readonly abi: abi; readonly address: Address; readonly eventName: name },
): ParseEventLogsReturnType<abi, name, true> {
  const address = source.address.toLowerCase();
  const logs = receipt.logs.filter((log) => log.address.toLowerCase() === address);
  return parseEventLogs({ abi: source.abi, eventName: source.eventName, logs, strict: true });
}
