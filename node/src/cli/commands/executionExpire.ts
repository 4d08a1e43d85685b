import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { expire } from "@pleiad/sdk/actions/expire";
import { getExecution } from "@pleiad/sdk/actions/getExecution";
import { openSender } from "../account.ts";
import { addChainOptions, addKeyOptions, type ChainOptions, type KeyOptions } from "../chainOptions.ts";
import { openChain } from "../context.ts";
import { amountText, currencyOf } from "../currencies.ts";
import { addExamples, type DefineCommand, idOf, setAction } from "../define.ts";
import { addYesOption, type SendOptions, sendOne, sentFact, sentJson } from "../sending.ts";

interface Options extends ChainOptions, KeyOptions, SendOptions {}

/** `pleiad execution expire ID`: ends a run that nobody finished, so that its requester gets the rest back. */
export const define: DefineCommand = (command, around) => {
  addYesOption(command.argument("<id>", "the execution's id; its deadline must be over"));
  addKeyOptions(addChainOptions(command));
  addExamples(command, [
    ["pleiad execution expire 3", "asks, ends the run, and says what went back to its requester"],
    ["pleiad execution expire 3 --key mine.key --yes --json", "anybody may; for a program"],
  ]);
  setAction<Options>(command, around, async (context, id) => {
    const { options, output } = context;
    const execution = idOf(id);
    const chain = await openChain(options, around);
    const { client, deployment } = chain;
    const { requester, currency } = await getExecution(client, { deployment, execution });
    const money = await currencyOf(chain, currency);
    const sender = await openSender(options, chain, output, around);
    const call = {
      address: deployment.clusterExecutions,
      abi: clusterExecutionsAbi,
      functionName: "expire",
      args: [execution],
    };
    const sent = await sendOne(
      {
        call,
        question: `Expire execution ${execution}`,
        doing: "expiring the execution",
        send: () => expire(sender.client, { deployment, execution }),
      },
      chain,
      sender,
      context,
    );
    output.json({
      executionId: Number(execution),
      state: "Expired",
      requester,
      currency,
      refundWei: sent.refundWei,
      ...sentJson(sent),
    });
    output.facts([
      ["execution", `${output.style.title(`${execution}`)}, expired`],
      ["refunded", `${amountText(sent.refundWei, money)}, to the credit of its requester ${requester}`],
      sentFact(sent),
    ]);
    if (sent.refundWei === 0n) return 0;
    output.line();
    output.line("The requester takes it out:  pleiad credit withdraw account");
    return 0;
  });
};
