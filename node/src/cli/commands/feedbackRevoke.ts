import { reputationRegistryAbi } from "@pleiad/sdk/abi/reputationRegistry";
import { revokeFeedback } from "@pleiad/sdk/actions/revokeFeedback";
import { addExamples, type DefineCommand, idOf, setAction } from "../define.ts";
import { withContract } from "../periphery.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import { addSigningOptions, openSigning, type SigningOptions } from "../signing.ts";

/** `pleiad feedback revoke AGENT INDEX`: takes feedback back. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<agent>", "the agent's id")
    .argument("<index>", "what `feedback give` told: the account's feedback on the agent counts from 1");
  addSigningOptions(command);
  addExamples(command, [
    ["pleiad feedback revoke 0 1", "takes the account's first feedback on agent 0 back"],
    ["pleiad feedback revoke 0 1 --yes --json", "a paid rating cannot be given again; for a program"],
  ]);
  setAction<SigningOptions>(command, around, async (context, id, number) => {
    const { output } = context;
    const [agent, index] = [idOf(id), idOf(number)];
    const { chain, sender } = await openSigning(context);
    const deployment = withContract(chain.deployment, "reputationRegistry");
    const sent = await sendOne(
      {
        call: {
          address: deployment.reputationRegistry,
          abi: reputationRegistryAbi,
          functionName: "revokeFeedback",
          args: [agent, index],
        },
        question: `Take feedback ${index} of ${sender.address} on agent ${agent} back`,
        doing: "revoking the feedback",
        send: () => revokeFeedback(sender.client, { deployment, agent, index }),
      },
      chain,
      sender,
      context,
    );
    output.json({ agent: Number(agent), index: Number(index), revoked: true, ...sentJson(sent) });
    output.facts([["agent", `${agent}`], ["feedback", `number ${index}, taken back`], sentFact(sent)]);
    return 0;
  });
};
