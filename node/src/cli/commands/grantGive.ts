import { setGrant } from "@pleiad/sdk/actions/setGrant";
import { addExamples, type DefineCommand, parseTimeOption, setAction } from "../define.ts";
import { addGrantArguments, openGranting } from "../granting.ts";
import { grantFacts, grantJson, parseUsesOption, usesOf, usesText } from "../grants.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import type { SigningOptions } from "../signing.ts";
import { tokenText } from "../tokens.ts";

interface Options extends SigningOptions {
  readonly uses: number | "any";
  readonly until?: bigint;
}

/** `pleiad grant give KIND ID ADDRESS`: lets somebody use a model, an agent or a restricted cluster. */
export const define: DefineCommand = (command, around) => {
  const words = {
    kind: "what may be used: model (by agents), agent (in a cluster) or cluster (be executed)",
    address: "who may use it",
  };
  addGrantArguments(command, words)
    .option("--uses <n>", 'how often, or "any"; replaces the grant that there is', parseUsesOption, 1)
    .option("--until <time>", "until when, UTC, a date to its end (default: no end)", parseTimeOption);
  addExamples(command, [
    [
      "pleiad grant give cluster document-brief 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --uses 10",
      "ten runs of a restricted cluster",
    ],
    [
      "pleiad grant give model 2 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --uses any --until 2027-01-31",
      "agents of that account on a model that is for its owner's alone",
    ],
    [
      "pleiad grant give agent 4 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --yes --json",
      "once; for a program",
    ],
  ]);
  setAction<Options>(command, around, async (context, ...named) => {
    const { options, output } = context;
    const grant = { uses: usesOf(options.uses), expiresAt: options.until };
    const { chain, sender, token, grantee, call } = await openGranting(context, named);
    const { deployment } = chain;
    const { kind: of, token: tokenId } = token;
    const sent = await sendOne(
      {
        call: call(grant.uses, grant.expiresAt),
        question: `Let ${grantee} use ${tokenText(token)} ${usesText(grant.uses)}`,
        doing: "giving the grant",
        send: () => setGrant(sender.client, { deployment, kind: of, token: tokenId, grantee, ...grant }),
      },
      chain,
      sender,
      context,
    );
    output.json({ ...grantJson(token, grantee, grant), ...sentJson(sent) });
    output.facts([...grantFacts(token, grantee, grant), sentFact(sent)]);
    return 0;
  });
};
