import type { Command } from "commander";
import { openSender, type Sender } from "./account.ts";
import { addChainOptions, addKeyOptions, type ChainOptions, type KeyOptions } from "./chainOptions.ts";
import { type ChainContext, openChain } from "./context.ts";
import type { ActionContext } from "./define.ts";
import { addYesOption, type SendOptions } from "./sending.ts";

/** Options of a command that sends a transaction to the contracts. */
export interface SigningOptions extends ChainOptions, KeyOptions, SendOptions {}

/** The chain, and who signs. */
export interface Signing {
  readonly chain: ChainContext;
  readonly sender: Sender;
}

/** Adds `--yes` and what says where the chain is and who signs. */
export function addSigningOptions(command: Command): Command {
  addYesOption(command);
  return addKeyOptions(addChainOptions(command));
}

/** Finds chain, contracts and key. @throws PleiadError those of `openChain` and `openSender` */
export async function openSigning({
  options,
  output,
  around,
}: ActionContext<SigningOptions>): Promise<Signing> {
  const chain = await openChain(options, around);
  return { chain, sender: await openSender(options, chain, output, around) };
}
