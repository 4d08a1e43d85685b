import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { cancel } from "@pleiad/sdk/actions/cancel";
import { getExecution } from "@pleiad/sdk/actions/getExecution";
import { amountText, currencyOf } from "../currencies.ts";
import { addExamples, type DefineCommand, idOf, setAction } from "../define.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import { addSigningOptions, openSigning, type SigningOptions } from "../signing.ts";

/** `pleiad execution cancel ID`: the requester ends a run that the nodes let lie, and gets the rest back. */
export const define: DefineCommand = (command, around) => {
  command.argument("<id>", "the execution's id; its requester signs");
  addSigningOptions(command);
  addExamples(command, [
    ["pleiad execution cancel 3", "asks, ends the run, and says what came back"],
    ["pleiad execution cancel 3 --key mine.key --yes --json", "without asking; for a program"],
  ]);
  setAction<SigningOptions>(command, around, async (context, id) => {
    const { output } = context;
    const execution = idOf(id);
    const { chain, sender } = await openSigning(context);
    const { client, deployment } = chain;
    const known = await getExecution(client, { deployment, execution });
    const currency = await currencyOf(chain, known.currency);
    const call = {
      address: deployment.clusterExecutions,
      abi: clusterExecutionsAbi,
      functionName: "cancel",
      args: [execution],
    };
    const sent = await sendOne(
      {
        call,
        question: `Cancel execution ${execution}, of which ${amountText(known.escrowWei, currency)} are not spent`,
        doing: "cancelling the execution",
        send: () => cancel(sender.client, { deployment, execution }),
      },
      chain,
      sender,
      context,
    );
    output.json({
      executionId: Number(execution),
      state: "Cancelled",
      requester: known.requester,
      currency: currency.address,
      refundWei: sent.refundWei,
      ...sentJson(sent),
    });
    output.facts([
      ["execution", `${output.style.title(`${execution}`)}, cancelled`],
      ["refunded", `${amountText(sent.refundWei, currency)}, to the credit of ${known.requester}`],
      sentFact(sent),
    ]);
    if (sent.refundWei === 0n) return 0;
    output.line();
    output.line("Take it out:  pleiad credit withdraw account");
    return 0;
  });
};
