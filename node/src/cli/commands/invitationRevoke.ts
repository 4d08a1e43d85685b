import { permissionRegistryAbi } from "@pleiad/sdk/abi/permissionRegistry";
import { revokeInvitation } from "@pleiad/sdk/actions/revokeInvitation";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { invitationFacts, invitationJson } from "../invitationFile.ts";
import { openInvitation } from "../invitationSigning.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import { addSigningOptions, type SigningOptions } from "../signing.ts";

/** `pleiad invitation revoke FILE`: makes an invitation worthless that nobody has brought. */
export const define: DefineCommand = (command, around) => {
  command.argument("<file>", "what `invitation sign` wrote; who owns what it is about signs");
  addSigningOptions(command);
  addExamples(command, [
    ["pleiad invitation revoke guest.json", "a grant that was made of it stays: pleiad grant revoke"],
    ["pleiad invitation revoke guest.json --yes --json", "without asking; for a program"],
  ]);
  setAction<SigningOptions>(command, around, async (context, file = "") => {
    const { output } = context;
    const { chain, sender, signed } = await openInvitation(context, file);
    const { deployment } = chain;
    const { invitation } = signed;
    const sent = await sendOne(
      {
        call: {
          address: deployment.permissionRegistry,
          abi: permissionRegistryAbi,
          functionName: "revokeInvitation",
          args: [invitation],
        },
        question: `Make the invitation for ${invitation.grantee} worthless`,
        doing: "revoking the invitation",
        send: () => revokeInvitation(sender.client, { deployment, invitation }),
      },
      chain,
      sender,
      context,
    );
    output.json({ ...invitationJson(deployment, signed), revoked: true, ...sentJson(sent) });
    output.facts([...invitationFacts(deployment, signed), ["state", "worthless"], sentFact(sent)]);
    return 0;
  });
};
