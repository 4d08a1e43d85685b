import type { Sent } from "@pleiad/sdk/types/sent";
import type { Command } from "commander";
import type { Abi, Address } from "viem";
import { simulateContract } from "viem/actions";
import type { Sender } from "./account.ts";
import { chainCall } from "./chainCall.ts";
import type { RpcContext } from "./context.ts";
import type { ActionContext } from "./define.ts";
import type { Fact } from "./output.ts";
import { confirm } from "./prompt.ts";
import { ether, grouped } from "./text/amounts.ts";

/** Options of a command that asks before it sends. */
export interface SendOptions {
  readonly yes?: boolean;
}

/** A call as the chain would get it. */
export interface ContractCall {
  readonly address: Address;
  readonly abi: Abi;
  readonly functionName: string;
  readonly args: readonly unknown[];
  /** What goes along, in the chain's own currency. @default nothing */
  readonly value?: bigint;
}

/** One transaction that a person is asked about first. */
export interface Transaction<Result extends Sent> {
  /** Tried without sending before anybody is asked, so that nobody confirms what would fail; undefined where that takes
   * what is only made once somebody has confirmed. */
  readonly call?: ContractCall;
  /** What it does, as the beginning of a question: "Expire execution 3". */
  readonly question: string;
  /** How many follow from one yes. @default 1 */
  readonly transactions?: number;
  /** What is said while it is under way. */
  readonly doing: string;
  readonly send: () => Promise<Result>;
}

/** What it cost, gas and its price. */
export type Paid<Result> = Result & { readonly costWei: bigint };

/** Adds `--yes`. */
export function addYesOption(command: Command): Command {
  return command.option("-y, --yes", "do not ask before sending");
}

/**
 * Tries a call, asks, sends it and waits until it is mined.
 *
 * @throws the contract's error where it would fail; PleiadError PROMPT_IMPOSSIBLE, NOT_CONFIRMED; the SDK's errors
 */
export async function sendOne<Result extends Sent>(
  transaction: Transaction<Result>,
  chain: RpcContext,
  sender: Sender,
  { options, output, around }: ActionContext<SendOptions>,
): Promise<Paid<Result>> {
  const { call, question, transactions = 1, doing, send } = transaction;
  if (call !== undefined)
    await chainCall(() => simulateContract(sender.client, { ...call, account: sender.client.account }));
  if (options.yes !== true)
    await confirm(`${question}? ${transactionsText(transactions)} from ${sender.address}.`, around);
  const progress = output.progress();
  progress.say(doing);
  const sent = await send().finally(() => progress.end());
  return { ...sent, costWei: await costOf(chain, sent) };
}

function transactionsText(count: number): string {
  return count === 1 ? "One transaction" : `${count} transactions`;
}

/** What a mined transaction cost. */
async function costOf({ client }: RpcContext, { hash }: Sent): Promise<bigint> {
  const { gasUsed, effectiveGasPrice } = await chainCall(() => client.getTransactionReceipt({ hash }));
  return gasUsed * effectiveGasPrice;
}

/** A transaction for a program. */
export function sentJson({ hash, gasUsed, costWei }: Paid<Sent>) {
  return { transaction: hash, gas: Number(gasUsed), costWei };
}

/** A transaction for a person. */
export function sentFact({ hash, gasUsed, costWei }: Paid<Sent>): Fact {
  return ["transaction", `${hash}, ${grouped(gasUsed)} gas, ${ether(costWei)}`];
}
