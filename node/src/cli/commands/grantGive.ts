import { permissionRegistryAbi } from "@pleiad/sdk/abi/permissionRegistry";
import { setGrant } from "@pleiad/sdk/actions/setGrant";
import { gateOf, registryOf } from "@pleiad/sdk/types/permission";
import { addExamples, addressOf, type DefineCommand, parseTimeOption, setAction } from "../define.ts";
import { GRANT_KINDS, grantFacts, grantJson, parseUsesOption, usesOf, usesText } from "../grants.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import { addSigningOptions, openSigning, type SigningOptions } from "../signing.ts";
import { resolveToken, tokenText, tokenWishOf } from "../tokens.ts";

interface Options extends SigningOptions {
  readonly uses: number | "any";
  readonly until?: bigint;
}

/** `pleiad grant give KIND ID ADDRESS`: lets somebody use a model, an agent or a restricted cluster. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<kind>", "what may be used: model (by agents), agent (in a cluster) or cluster (be executed)")
    .argument("<id>", "its id (a cluster's slug, too)")
    .argument("<address>", "who may use it")
    .option("--uses <n>", 'how often, or "any"; replaces the grant that there is', parseUsesOption, 1)
    .option("--until <time>", "until when, UTC, a date to its end (default: no end)", parseTimeOption);
  addSigningOptions(command);
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
  setAction<Options>(command, around, async (context, kind = "", id = "", account) => {
    const { options, output } = context;
    const [wish, grantee] = [tokenWishOf(kind, id, GRANT_KINDS), addressOf(account)];
    const grant = { uses: usesOf(options.uses), expiresAt: options.until };
    const { chain, sender } = await openSigning(context);
    const { deployment } = chain;
    const token = await resolveToken(chain, wish);
    const { kind: of, token: tokenId } = token;
    const call = {
      address: deployment.permissionRegistry,
      abi: permissionRegistryAbi,
      functionName: "setGrant",
      args: [
        ...[registryOf(deployment, of), tokenId, gateOf(deployment, of)],
        ...[grantee, grant.uses, Number(grant.expiresAt ?? 0n)],
      ],
    };
    const sent = await sendOne(
      {
        call,
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
