import { leaveModel } from "@pleiad/sdk/actions/leaveModel";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { addServingArguments, openServing, servingFacts, servingJson } from "../modelServing.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import type { SigningOptions } from "../signing.ts";
import { printableLine } from "../text/printable.ts";

/** `pleiad model leave MODEL NODE`: the node serves the model no longer, or an offer is taken back. */
export const define: DefineCommand = (command, around) => {
  addServingArguments(command);
  addExamples(command, [
    ["pleiad model leave 4 2", "node 2 serves model 4 no longer; the owner of either may say so"],
    ["pleiad model leave 4 2 --key owner.key --yes --json", "without asking; for a program"],
  ]);
  setAction<SigningOptions>(command, around, async (context, ...ids) => {
    const { output } = context;
    const serving = await openServing(context, ids);
    const { chain, sender, model, node, call } = serving;
    const name = printableLine(model.name);
    const about = { deployment: chain.deployment, model: model.model, node: node.node };
    const sent = await sendOne(
      {
        call: call("leave"),
        question: `Have node ${node.node} leave model ${model.model} (${name})`,
        doing: "telling the registry",
        send: () => leaveModel(sender.client, about),
      },
      chain,
      sender,
      context,
    );
    output.json({ ...servingJson(serving), ...sentJson(sent) });
    output.facts([...servingFacts(serving), ["state", "serves no longer"], sentFact(sent)]);
    output.line();
    output.prose("Its place in the list stays. It may still answer executions that were created before.");
    return 0;
  });
};
