import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { withdraw } from "@pleiad/sdk/actions/withdraw";
import { CREDIT_KINDS } from "@pleiad/sdk/types/states";
import type { Address } from "viem";
import { openSender, type Sender } from "../account.ts";
import { addChainOptions, addKeyOptions, type ChainOptions, type KeyOptions } from "../chainOptions.ts";
import { type ChainContext, openChain } from "../context.ts";
import {
  type Credit,
  type CreditHolder,
  creditIn,
  creditJson,
  creditsOf,
  creditText,
  creditWishOf,
  resolveCredit,
} from "../credits.ts";
import { amountText } from "../currencies.ts";
import {
  type ActionContext,
  addExamples,
  type DefineCommand,
  parseAddressOption,
  setAction,
} from "../define.ts";
import { addYesOption, type SendOptions, sendOne, sentFact, sentJson } from "../sending.ts";
import { printableLine } from "../text/printable.ts";

interface Options extends ChainOptions, KeyOptions, SendOptions {
  readonly currency?: Address;
  readonly to?: Address;
}

/** `pleiad credit withdraw KIND [ID]`: pays a credit out, in each currency that something is there in. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<kind>", "whose credit: node, model, cluster or account")
    .argument("[id]", "the id (a cluster's slug, too); none for the account's own")
    .option(
      "--currency <token>",
      "one currency alone: a token's address, or 0x000…0 for the chain's own",
      parseAddressOption,
    )
    .option("--to <address>", "who gets the money (default: the account that signs)", parseAddressOption);
  addYesOption(command);
  addKeyOptions(addChainOptions(command));
  addExamples(command, [
    ["pleiad credit withdraw account", "takes out refunds and tips of the account that signs"],
    [
      "pleiad credit withdraw node 3 --key owner.key",
      "what node 3 earned, to its owner, a transaction a currency",
    ],
    [
      "pleiad credit withdraw cluster document-brief --yes --json",
      "without asking; for a program, a line a currency",
    ],
    [
      "pleiad credit withdraw model 2 --currency 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
      "what model 2 earned in one token",
    ],
  ]);
  setAction<Options>(command, around, async (context, word = "", name) => {
    const { options, output } = context;
    const wish = creditWishOf(word, name);
    const chain = await openChain(options, around);
    const sender = await openSender(options, chain, output, around);
    const holder = await resolveCredit(chain, wish, sender.address);
    for (const credit of await wanted(chain, holder, options.currency)) {
      await withdrawOne(credit, chain, sender, context);
    }
    return 0;
  });
};

/** The credits to take out; where all are empty the first one, of which the contract says so. */
async function wanted(
  chain: ChainContext,
  holder: CreditHolder,
  currency: Address | undefined,
): Promise<Credit[]> {
  if (currency !== undefined) return [await creditIn(chain, holder, currency)];
  const credits = await creditsOf(chain, holder);
  const filled = credits.filter(({ creditWei }) => creditWei > 0n);
  return filled.length > 0 ? filled : credits.slice(0, 1);
}

async function withdrawOne(
  holder: Credit,
  chain: ChainContext,
  sender: Sender,
  context: ActionContext<Options>,
): Promise<void> {
  const { options, output } = context;
  const { deployment } = chain;
  const { credit, currency, creditWei } = holder;
  const id = credit.kind === "Account" ? BigInt(credit.account) : credit.id;
  const to = options.to ?? sender.address;
  const sent = await sendOne(
    {
      call: {
        address: deployment.clusterExecutions,
        abi: clusterExecutionsAbi,
        functionName: "withdraw",
        args: [CREDIT_KINDS.indexOf(credit.kind), id, currency.address, to],
      },
      question: `Withdraw ${amountText(creditWei, currency)} of ${printableLine(creditText(holder))}${to === sender.address ? "" : `, to ${to}`}`,
      doing: "withdrawing the credit",
      send: () => withdraw(sender.client, { deployment, ...credit, currency: currency.address, to }),
    },
    chain,
    sender,
    context,
  );
  output.json({
    ...creditJson(holder),
    currency: currency.address,
    amountWei: sent.amountWei,
    to,
    ...sentJson(sent),
  });
  output.facts([
    ["credit of", printableLine(creditText(holder))],
    ["paid out", `${output.style.title(amountText(sent.amountWei, currency))}, to ${to}`],
    sentFact(sent),
  ]);
}
