import { type Address, zeroAddress } from "viem";
import { openSender } from "../account.ts";
import { addChainOptions, addKeyOptions, type ChainOptions, type KeyOptions } from "../chainOptions.ts";
import { openChain } from "../context.ts";
import { type Credit, creditJson, listCredits, totalsOf } from "../credits.ts";
import { amountText } from "../currencies.ts";
import { addExamples, type DefineCommand, parseAddressOption, setAction } from "../define.ts";
import type { Output } from "../output.ts";
import { printableLine } from "../text/printable.ts";
import { shellWord } from "../typed.ts";

interface Options extends ChainOptions, KeyOptions {
  readonly account?: Address;
}

/** `pleiad credit list`: what an account, and what it owns, has earned or got back and not yet taken out. */
export const define: DefineCommand = (command, around) => {
  command.option(
    "--account <address>",
    "whose credits (default: the account that would sign)",
    parseAddressOption,
  );
  addKeyOptions(addChainOptions(command));
  addExamples(command, [
    ["pleiad credit list", "credits of the account and of its nodes, models and clusters"],
    ["pleiad credit list --key owner.key", "those of another key's account"],
    [
      "pleiad credit list --account 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --json",
      "those of any account, without its key; for a program",
    ],
  ]);
  setAction<Options>(command, around, async ({ options, output }) => {
    const chain = await openChain(options, around);
    const account = options.account ?? (await openSender(options, chain, output, around)).address;
    const progress = output.progress();
    progress.say("looking for what the account owns");
    const credits = await listCredits(chain, account).finally(() => progress.end());
    const totals = totalsOf(credits);
    output.json({
      account,
      totalWei: totals.find(({ currency }) => currency.address === zeroAddress)?.totalWei ?? 0n,
      totals: totals.map(({ currency, totalWei }) => ({ currency: currency.address, totalWei })),
      credits: credits.map((credit) => ({
        ...creditJson(credit),
        currency: credit.currency.address,
        creditWei: credit.creditWei,
      })),
    });
    printCredits(account, credits, options, output);
    return 0;
  });
};

function printCredits(account: Address, credits: readonly Credit[], { key }: Options, output: Output): void {
  const { style } = output;
  output.line(`Credits of ${style.title(account)} and of what it owns`);
  output.line();
  output.table(
    [
      { header: "of" },
      { header: "id", align: "right" },
      { header: "name", narrow: "cut" },
      { header: "credit", align: "right" },
    ],
    [
      ...credits.map(({ credit, name, creditWei, currency }) => [
        credit.kind.toLowerCase(),
        credit.kind === "Account" ? "" : `${credit.id}`,
        printableLine(name),
        amountText(creditWei, currency),
      ]),
      ...totalsOf(credits).map(({ currency, totalWei }) => [
        style.title("in all"),
        "",
        "",
        style.title(amountText(totalWei, currency)),
      ]),
    ],
  );
  const first = credits.find(({ creditWei }) => creditWei > 0n);
  if (first === undefined) return;
  const { credit } = first;
  const named = credit.kind === "Account" ? "account" : `${credit.kind.toLowerCase()} ${credit.id}`;
  output.line();
  const by = key === undefined ? "" : ` --key ${shellWord(key)}`;
  output.line(`Take one out:  pleiad credit withdraw ${named}${by}`);
}
