import { setGrant } from "@pleiad/sdk/actions/setGrant";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { addGrantArguments, openGranting } from "../granting.ts";
import { grantFacts, grantJson } from "../grants.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import type { SigningOptions } from "../signing.ts";
import { tokenText } from "../tokens.ts";

/** `pleiad grant revoke KIND ID ADDRESS`: takes a grant back, for everything that is asked for from then on. */
export const define: DefineCommand = (command, around) => {
  const words = { kind: "what could be used: model, agent or cluster", address: "who may use it no longer" };
  addGrantArguments(command, words);
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
  setAction<SigningOptions>(command, around, async (context, ...named) => {
    const { output } = context;
    const { chain, sender, token, grantee, call } = await openGranting(context, named);
    const { deployment } = chain;
    const { kind: of, token: tokenId } = token;
    const sent = await sendOne(
      {
        call: call(0),
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
