import { permissionRegistryAbi } from "@pleiad/sdk/abi/permissionRegistry";
import { setDelegate } from "@pleiad/sdk/actions/setDelegate";
import { ROLE_BITS, registryOf } from "@pleiad/sdk/types/permission";
import { addExamples, addressOf, type DefineCommand, parseTimeOption, setAction } from "../define.ts";
import { rolesOf } from "../roles.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import { addSigningOptions, openSigning, type SigningOptions } from "../signing.ts";
import { listed, timeText } from "../text/amounts.ts";
import { resolveToken, tokenJson, tokenText, tokenWishOf } from "../tokens.ts";

interface Options extends SigningOptions {
  readonly roles: string;
  readonly until?: bigint;
}

/** `pleiad delegate add KIND ID ADDRESS`: names who may act for a token's owner, or changes what it may do. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<kind>", "what it is about: node, model, agent or cluster")
    .argument("<id>", "its id (a cluster's slug, too)")
    .argument("<address>", "the account that may act for the owner, who signs")
    .requiredOption("--roles <list>", "what it may do: edit, submit, grant, withdraw, with commas between")
    .option("--until <time>", "until when, UTC, a date to its end (default: no end)", parseTimeOption);
  addSigningOptions(command);
  addExamples(command, [
    [
      "pleiad delegate add node 1 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --roles submit",
      "a hot account that answers for node 1 and cannot take its money",
    ],
    [
      "pleiad delegate add cluster document-brief 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --roles edit,grant --until 2027-01-31",
      "an editor for a time",
    ],
    [
      "pleiad delegate add model 2 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --roles withdraw --yes --json",
      "an account that takes out all that model 2 earns; for a program",
    ],
  ]);
  setAction<Options>(command, around, async (context, kind = "", id = "", account) => {
    const { options, output } = context;
    const [wish, delegate, roles] = [tokenWishOf(kind, id), addressOf(account), rolesOf(options.roles)];
    const { chain, sender } = await openSigning(context);
    const { deployment } = chain;
    const token = await resolveToken(chain, wish);
    const bits = roles.reduce((sum, role) => sum | ROLE_BITS[role], 0);
    const until = options.until;
    const call = {
      address: deployment.permissionRegistry,
      abi: permissionRegistryAbi,
      functionName: "setDelegate",
      args: [registryOf(deployment, token.kind), token.token, delegate, bits, Number(until ?? 0n)],
    };
    const mayTake = roles.includes("withdraw") ? ", which may then take all that it earned" : "";
    const sent = await sendOne(
      {
        call,
        question: `Let ${delegate} ${listed(roles)} for ${tokenText(token)}${mayTake}`,
        doing: "naming the delegate",
        send: () =>
          setDelegate(sender.client, {
            deployment,
            kind: token.kind,
            token: token.token,
            delegate,
            roles,
            expiresAt: until,
          }),
      },
      chain,
      sender,
      context,
    );
    output.json({
      ...tokenJson(token),
      delegate,
      roles,
      until: until === undefined ? null : Number(until),
      ...sentJson(sent),
    });
    output.facts([
      ["of", tokenText(token)],
      ["delegate", output.style.title(delegate)],
      ["may", listed(roles)],
      ["until", until === undefined ? "revoked, or the token changes hands" : timeText(until)],
      sentFact(sent),
    ]);
    return 0;
  });
};
