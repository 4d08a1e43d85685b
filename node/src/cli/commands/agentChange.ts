import { agentRegistryAbi } from "@pleiad/sdk/abi/agentRegistry";
import { getAgent } from "@pleiad/sdk/actions/getAgent";
import { setAgentModel } from "@pleiad/sdk/actions/setAgentModel";
import { setAgentUri } from "@pleiad/sdk/actions/setAgentUri";
import { openSender } from "../account.ts";
import { agentFacts, agentJson } from "../agentText.ts";
import { addChainOptions, addKeyOptions, type ChainOptions, type KeyOptions } from "../chainOptions.ts";
import { cliError } from "../cliError.ts";
import { openChain } from "../context.ts";
import { addExamples, type DefineCommand, idOf, setAction } from "../define.ts";
import { addRegistrationOptions, type RegistrationOptions, registrationUri } from "../registrationFile.ts";
import { addYesOption, type SendOptions, sendOne, sentFact, sentJson, type Transaction } from "../sending.ts";

interface Options extends ChainOptions, KeyOptions, SendOptions, RegistrationOptions {
  readonly model?: string;
}

/** `pleiad agent change AGENT`: puts it on a model, or says anew what it is and can do. */
export const define: DefineCommand = (command, around) => {
  command.argument("<agent>", "the agent's id; agents count from 0");
  command.option("--model <id>", "the model it is on; 0 for none. Published versions keep the one they have");
  addRegistrationOptions(command, []);
  addYesOption(command);
  addKeyOptions(addChainOptions(command));
  addExamples(command, [
    ["pleiad agent change 3 --model 2", "puts it on model 2"],
    [
      "pleiad agent change 3 --name poet --capability writing --capability checking",
      "says all that it can do; what is not named again is said no more",
    ],
  ]);
  setAction<Options>(command, around, async (context, id) => {
    const { options, output } = context;
    const about = { agent: idOf(id) };
    const model = options.model === undefined ? undefined : idOf(options.model);
    const uri = registrationUri(options);
    if (model === undefined && uri === undefined)
      throw cliError(
        "USAGE_INVALID",
        "say what to change: --model ID, --capability TEXT, --name NAME or --uri URI",
      );
    const chain = await openChain(options, around);
    const { client, deployment } = chain;
    const sender = await openSender(options, chain, output, around);
    const callOf = (functionName: string, value: unknown) => ({
      address: deployment.agentRegistry,
      abi: agentRegistryAbi,
      functionName,
      args: [about.agent, value],
    });
    const changes: Transaction<Awaited<ReturnType<typeof setAgentUri>>>[] = [];
    if (uri !== undefined)
      changes.push({
        call: callOf("setAgentURI", uri),
        question: `Change what agent ${about.agent} says of itself`,
        doing: "changing the registration file",
        send: () => setAgentUri(sender.client, { deployment, ...about, uri }),
      });
    if (model !== undefined)
      changes.push({
        call: callOf("setModel", model),
        question: `Put agent ${about.agent} on ${model === 0n ? "no model" : `model ${model}`}`,
        doing: `putting agent ${about.agent} on ${model === 0n ? "no model" : `model ${model}`}`,
        send: () => setAgentModel(sender.client, { deployment, ...about, model }),
      });
    const sent = [];
    for (const change of changes) sent.push(await sendOne(change, chain, sender, context));
    const agent = await getAgent(client, { deployment, ...about });
    output.json({ ...agentJson(agent), transactions: sent.map(sentJson) });
    output.facts([...agentFacts(agent, output), ...sent.map(sentFact)]);
    return 0;
  });
};
