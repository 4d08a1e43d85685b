import { serveModel } from "@pleiad/sdk/actions/serveModel";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { addServingArguments, openServing, servingFacts, servingJson } from "../modelServing.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import type { SigningOptions } from "../signing.ts";
import { printableLine } from "../text/printable.ts";

/** `pleiad model serve MODEL NODE`: one side's word that the node shall serve the model; it takes both. */
export const define: DefineCommand = (command, around) => {
  addServingArguments(command);
  addExamples(command, [
    ["pleiad model serve 4 2", "as the owner of both: node 2 serves model 4 at once"],
    ["pleiad model serve 4 2 --key model-owner.key", "an offer, which the node's owner accepts by the same"],
    ["pleiad model serve 4 2 --yes --json", "without asking; for a program"],
  ]);
  setAction<SigningOptions>(command, around, async (context, ...ids) => {
    const { output } = context;
    const serving = await openServing(context, ids);
    const { chain, sender, model, node, call } = serving;
    const name = printableLine(model.name);
    const about = { deployment: chain.deployment, model: model.model, node: node.node };
    const sent = await sendOne(
      {
        call: call("serve"),
        question: `Have node ${node.node} serve model ${model.model} (${name})`,
        doing: "telling the registry",
        send: () => serveModel(sender.client, about),
      },
      chain,
      sender,
      context,
    );
    const { joined, place } = sent;
    output.json({ ...servingJson(serving), joined, place: place ?? null, ...sentJson(sent) });
    output.facts([
      ...servingFacts(serving),
      ["state", joined ? output.style.good("serves") : output.style.warning("offered")],
      sentFact(sent),
    ]);
    output.line();
    if (joined) {
      output.prose(
        `Next: name the model and its service in the node's pleiad.yaml, and start the daemon anew. It answers ` +
          "executions that are created from now on.",
      );
      return 0;
    }
    const other = sender.address === model.owner ? `node, ${node.owner},` : `model, ${model.owner},`;
    output.prose(
      `The owner of the ${other} has to agree by the same: pleiad model serve ${model.model} ${node.node}`,
    );
    return 0;
  });
};
