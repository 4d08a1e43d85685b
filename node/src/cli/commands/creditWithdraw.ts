import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { getCredit } from "@pleiad/sdk/actions/getCredit";
import { withdraw } from "@pleiad/sdk/actions/withdraw";
import { CREDIT_KINDS } from "@pleiad/sdk/types/states";
import { openSender } from "../account.ts";
import { addChainOptions, addKeyOptions, type ChainOptions, type KeyOptions } from "../chainOptions.ts";
import { openChain } from "../context.ts";
import { creditJson, creditText, creditWishOf, resolveCredit } from "../credits.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { addYesOption, type SendOptions, sendOne, sentFact, sentJson } from "../sending.ts";
import { ether } from "../text/amounts.ts";
import { printableLine } from "../text/printable.ts";

interface Options extends ChainOptions, KeyOptions, SendOptions {}

/** `pleiad credit withdraw KIND [ID]`: pays a credit out to whoever owns it, who signs. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<kind>", "whose credit: node, model, cluster or account")
    .argument("[id]", "the id (a cluster's slug, too); none for the account's own");
  addYesOption(command);
  addKeyOptions(addChainOptions(command));
  addExamples(command, [
    ["pleiad credit withdraw account", "takes out refunds and tips of the account that signs"],
    ["pleiad credit withdraw node 3 --key owner.key", "what node 3 earned, to its owner"],
    ["pleiad credit withdraw cluster document-brief --yes --json", "without asking; for a program"],
  ]);
  setAction<Options>(command, around, async (context, word = "", name) => {
    const { options, output } = context;
    const wish = creditWishOf(word, name);
    const chain = await openChain(options, around);
    const { client, deployment } = chain;
    const sender = await openSender(options, chain, output, around);
    const holder = await resolveCredit(chain, wish, sender.address);
    const { credit } = holder;
    const presentWei = await getCredit(client, { deployment, ...credit });
    const id = credit.kind === "Account" ? BigInt(credit.account) : credit.id;
    const call = {
      address: deployment.clusterExecutions,
      abi: clusterExecutionsAbi,
      functionName: "withdraw",
      args: [CREDIT_KINDS.indexOf(credit.kind), id],
    };
    const sent = await sendOne(
      {
        call,
        question: `Withdraw ${ether(presentWei)} of ${printableLine(creditText(holder))}`,
        doing: "withdrawing the credit",
        send: () => withdraw(sender.client, { deployment, ...credit }),
      },
      chain,
      sender,
      context,
    );
    output.json({ ...creditJson(holder), amountWei: sent.amountWei, to: sender.address, ...sentJson(sent) });
    output.facts([
      ["credit of", printableLine(creditText(holder))],
      ["paid out", `${output.style.title(ether(sent.amountWei))}, to ${sender.address}`],
      sentFact(sent),
    ]);
    return 0;
  });
};
