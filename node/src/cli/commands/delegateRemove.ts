import { permissionRegistryAbi } from "@pleiad/sdk/abi/permissionRegistry";
import { revokeDelegate } from "@pleiad/sdk/actions/revokeDelegate";
import { registryOf } from "@pleiad/sdk/types/permission";
import { addExamples, addressOf, type DefineCommand, setAction } from "../define.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import { addSigningOptions, openSigning, type SigningOptions } from "../signing.ts";
import { resolveToken, tokenJson, tokenText, tokenWishOf } from "../tokens.ts";

/** `pleiad delegate remove KIND ID ADDRESS`: takes all roles from a delegate. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<kind>", "what it is about: node, model, agent or cluster")
    .argument("<id>", "its id (a cluster's slug, too)")
    .argument("<address>", "the delegate; it may sign this itself");
  addSigningOptions(command);
  addExamples(command, [
    [
      "pleiad delegate remove node 1 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
      "from the next block on it may do nothing for node 1",
    ],
    [
      "pleiad delegate remove cluster document-brief 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --yes --json",
      "without asking; for a program",
    ],
  ]);
  setAction<SigningOptions>(command, around, async (context, kind = "", id = "", account) => {
    const { output } = context;
    const [wish, delegate] = [tokenWishOf(kind, id), addressOf(account)];
    const { chain, sender } = await openSigning(context);
    const { deployment } = chain;
    const token = await resolveToken(chain, wish);
    const call = {
      address: deployment.permissionRegistry,
      abi: permissionRegistryAbi,
      functionName: "revokeDelegate",
      args: [registryOf(deployment, token.kind), token.token, delegate],
    };
    const about = { deployment, kind: token.kind, token: token.token, delegate };
    const sent = await sendOne(
      {
        call,
        question: `Take all roles for ${tokenText(token)} from ${delegate}`,
        doing: "revoking the delegate",
        send: () => revokeDelegate(sender.client, about),
      },
      chain,
      sender,
      context,
    );
    output.json({ ...tokenJson(token), delegate, roles: [], ...sentJson(sent) });
    output.facts([
      ["of", tokenText(token)],
      ["delegate", delegate],
      ["may", "nothing any more"],
      sentFact(sent),
    ]);
    return 0;
  });
};
