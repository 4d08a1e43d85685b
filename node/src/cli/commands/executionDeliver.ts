import { deliver } from "@pleiad/sdk/actions/deliver";
import { getExecution } from "@pleiad/sdk/actions/getExecution";
import { contractError } from "@pleiad/sdk/errors/contractError";
import { zeroAddress } from "viem";
import { blobFetcher } from "../daemons.ts";
import { addExamples, type DefineCommand, idOf, setAction } from "../define.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import { addSigningOptions, openSigning, type SigningOptions } from "../signing.ts";
import { ether, grouped } from "../text/amounts.ts";

/** `pleiad execution deliver ID`: tells the contract that a requester named of a run's end, for the budget that is on it. */
export const define: DefineCommand = (command, around) => {
  command.argument("<id>", "the execution's id; it must have ended");
  addSigningOptions(command);
  addExamples(command, [
    ["pleiad execution deliver 3", "asks, calls the consumer, and says whether it did its part"],
    ["pleiad execution deliver 3 --key mine.key --yes --json", "anybody may; for a program"],
  ]);
  setAction<SigningOptions>(command, around, async (context, id) => {
    const { output } = context;
    const execution = idOf(id);
    const { chain, sender } = await openSigning(context);
    const { client, deployment, data } = chain;
    const known = await getExecution(client, { deployment, execution });
    const { consumer, callbackGas, callbackBudgetWei } = known;
    // What the call takes is put together from the log, so these two are looked at before anybody is asked.
    if (known.state === "Running") throw contractError("ExecutionIsRunning", [execution]);
    if (consumer === zeroAddress) throw contractError("CallbackUnknown", [execution]);
    const sent = await sendOne(
      {
        question: `Call ${consumer} with ${grouped(callbackGas)} gas about the end of execution ${execution}, for ${ether(callbackBudgetWei)}`,
        doing: "delivering the callback",
        send: () => deliver(sender.client, { deployment, execution, fetchBlob: blobFetcher(data) }),
      },
      chain,
      sender,
      context,
    );
    output.json({
      executionId: Number(execution),
      state: known.state,
      consumer,
      success: sent.success,
      budgetWei: callbackBudgetWei,
      ...sentJson(sent),
    });
    const { style } = output;
    output.facts([
      ["execution", `${style.title(`${execution}`)}, ${known.state.toLowerCase()}`],
      ["consumer", consumer],
      [
        "it",
        sent.success
          ? style.good("took the response")
          : style.warning("did not do its part; it is not called again"),
      ],
      ["earned", `${ether(callbackBudgetWei)}, to the credit of ${sender.address}`],
      sentFact(sent),
    ]);
    return 0;
  });
};
