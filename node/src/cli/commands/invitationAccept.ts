import { permissionRegistryAbi } from "@pleiad/sdk/abi/permissionRegistry";
import { acceptInvitation } from "@pleiad/sdk/actions/acceptInvitation";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { invitationFacts, invitationJson } from "../invitationFile.ts";
import { openInvitation } from "../invitationSigning.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import { addSigningOptions, type SigningOptions } from "../signing.ts";

/** `pleiad invitation accept FILE`: makes a grant of an invitation. */
export const define: DefineCommand = (command, around) => {
  command.argument("<file>", "what `invitation sign` wrote; anybody may bring it, once");
  addSigningOptions(command);
  addExamples(command, [
    ["pleiad invitation accept guest.json", "adds to the uses that there are"],
    ["pleiad invitation accept guest.json --key mine.key --yes --json", "without asking; for a program"],
  ]);
  setAction<SigningOptions>(command, around, async (context, file = "") => {
    const { output } = context;
    const { chain, sender, signed } = await openInvitation(context, file);
    const { deployment } = chain;
    const { invitation, signer, signature } = signed;
    const sent = await sendOne(
      {
        call: {
          address: deployment.permissionRegistry,
          abi: permissionRegistryAbi,
          functionName: "acceptInvitation",
          args: [invitation, signer, signature],
        },
        question: `Accept the invitation of ${signer} for ${invitation.grantee}`,
        doing: "accepting the invitation",
        send: () => acceptInvitation(sender.client, { deployment, ...signed }),
      },
      chain,
      sender,
      context,
    );
    output.json({ ...invitationJson(deployment, signed), accepted: true, ...sentJson(sent) });
    output.facts([...invitationFacts(deployment, signed), sentFact(sent)]);
    return 0;
  });
};
