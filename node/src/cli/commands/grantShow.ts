import { getGrant } from "@pleiad/sdk/actions/getGrant";
import { addChainOptions, type ChainOptions } from "../chainOptions.ts";
import { openChain } from "../context.ts";
import { addExamples, addressOf, type DefineCommand, setAction } from "../define.ts";
import { GRANT_KINDS, grantFacts, grantJson } from "../grants.ts";
import { resolveToken, tokenWishOf } from "../tokens.ts";

/** `pleiad grant show KIND ID ADDRESS`: how often somebody may still use something. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<kind>", "what can be used: model, agent or cluster")
    .argument("<id>", "its id (a cluster's slug, too)")
    .argument("<address>", "whose grant");
  addChainOptions(command);
  addExamples(command, [
    [
      "pleiad grant show cluster document-brief 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
      "how many runs are left, and until when",
    ],
    ["pleiad grant show model 2 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --json", "for a program"],
  ]);
  setAction<ChainOptions>(command, around, async ({ options, output }, kind = "", id = "", account) => {
    const [wish, grantee] = [tokenWishOf(kind, id, GRANT_KINDS), addressOf(account)];
    const chain = await openChain(options, around);
    const { client, deployment } = chain;
    const token = await resolveToken(chain, wish);
    const grant = await getGrant(client, { deployment, kind: token.kind, token: token.token, grantee });
    output.json(grantJson(token, grantee, grant));
    output.facts(grantFacts(token, grantee, grant));
    return 0;
  });
};
