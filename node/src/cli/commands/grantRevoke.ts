import { permissionRegistryAbi } from "@pleiad/sdk/abi/permissionRegistry";
import { setGrant } from "@pleiad/sdk/actions/setGrant";
import { gateOf, registryOf } from "@pleiad/sdk/types/permission";
import { addExamples, addressOf, type DefineCommand, setAction } from "../define.ts";
import { GRANT_KINDS, grantFacts, grantJson } from "../grants.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import { addSigningOptions, openSigning, type SigningOptions } from "../signing.ts";
import { resolveToken, tokenText, tokenWishOf } from "../tokens.ts";

/** `pleiad grant revoke KIND ID ADDRESS`: takes a grant back, for everything that is asked for from then on. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<kind>", "what could be used: model, agent or cluster")
    .argument("<id>", "its id (a cluster's slug, too)")
    .argument("<address>", "who may use it no longer");
  addSigningOptions(command);
  addExamples(command, [
    [
      "pleiad grant revoke cluster document-brief 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
      "runs that have begun go on",
    ],
    [
      "pleiad grant revoke model 2 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --yes --json",
      "versions that are published keep the model; for a program",
    ],
  ]);
  setAction<SigningOptions>(command, around, async (context, kind = "", id = "", account) => {
    const { output } = context;
    const [wish, grantee] = [tokenWishOf(kind, id, GRANT_KINDS), addressOf(account)];
    const { chain, sender } = await openSigning(context);
    const { deployment } = chain;
    const token = await resolveToken(chain, wish);
    const { kind: of, token: tokenId } = token;
    const call = {
      address: deployment.permissionRegistry,
      abi: permissionRegistryAbi,
      functionName: "setGrant",
      args: [registryOf(deployment, of), tokenId, gateOf(deployment, of), grantee, 0, 0],
    };
    const sent = await sendOne(
      {
        call,
        question: `Let ${grantee} use ${tokenText(token)} no longer`,
        doing: "revoking the grant",
        send: () => setGrant(sender.client, { deployment, kind: of, token: tokenId, grantee, uses: 0 }),
      },
      chain,
      sender,
      context,
    );
    const grant = { uses: 0, expiresAt: undefined };
    output.json({ ...grantJson(token, grantee, grant), ...sentJson(sent) });
    output.facts([...grantFacts(token, grantee, grant), sentFact(sent)]);
    return 0;
  });
};
