import { nodeBondsAbi } from "@pleiad/sdk/abi/nodeBonds";
import { claimPenalty } from "@pleiad/sdk/actions/claimPenalty";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { withContract } from "../periphery.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import { addSigningOptions, openSigning, type SigningOptions } from "../signing.ts";
import { ether } from "../text/amounts.ts";

/** `pleiad bond claim`: pays out what proven lies about the account's runs took from bonds. */
export const define: DefineCommand = (command, around) => {
  addSigningOptions(command);
  addExamples(command, [
    ["pleiad bond claim", "asks, and takes out all that there is for the account that signs"],
    ["pleiad bond claim --key mine.key --yes --json", "without asking; for a program"],
  ]);
  setAction<SigningOptions>(command, around, async (context) => {
    const { output } = context;
    const { chain, sender } = await openSigning(context);
    const deployment = withContract(chain.deployment, "nodeBonds");
    const sent = await sendOne(
      {
        call: {
          address: deployment.nodeBonds,
          abi: nodeBondsAbi,
          functionName: "claim",
          args: [sender.address],
        },
        question: `Take out what proven lies about runs of ${sender.address} took from bonds`,
        doing: "claiming",
        send: () => claimPenalty(sender.client, { deployment }),
      },
      chain,
      sender,
      context,
    );
    output.json({ amountWei: sent.amountWei, to: sender.address, ...sentJson(sent) });
    output.facts([["paid out", `${ether(sent.amountWei)}, to ${sender.address}`], sentFact(sent)]);
    return 0;
  });
};
