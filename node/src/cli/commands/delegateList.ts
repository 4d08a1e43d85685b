import { listDelegates } from "@pleiad/sdk/actions/listDelegates";
import { chainCall } from "../chainCall.ts";
import { addChainOptions, type ChainOptions } from "../chainOptions.ts";
import { openChain } from "../context.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { listed, timeText } from "../text/amounts.ts";
import { resolveToken, tokenJson, tokenText, tokenWishOf } from "../tokens.ts";

/** `pleiad delegate list KIND ID`: who may act for a token's owner. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<kind>", "what it is about: node, model, agent or cluster")
    .argument("<id>", "its id (a cluster's slug, too)");
  addChainOptions(command);
  addExamples(command, [
    ["pleiad delegate list node 1", "who may act for the owner of node 1, and until when"],
    ["pleiad delegate list cluster document-brief --json", "for a program"],
  ]);
  setAction<ChainOptions>(command, around, async ({ options, output }, kind = "", id = "") => {
    const wish = tokenWishOf(kind, id);
    const chain = await openChain(options, around);
    const { client, deployment } = chain;
    const token = await resolveToken(chain, wish);
    const [delegates, { timestamp }] = await Promise.all([
      listDelegates(client, { deployment, kind: token.kind, token: token.token }),
      chainCall(() => client.getBlock()),
    ]);
    const list = delegates.map((delegate) => ({
      ...delegate,
      expired: delegate.expiresAt !== undefined && delegate.expiresAt < timestamp,
    }));
    output.json({
      ...tokenJson(token),
      delegates: list.map(({ account, roles, expiresAt, expired }) => ({
        delegate: account,
        roles,
        until: expiresAt === undefined ? null : Number(expiresAt),
        expired,
      })),
    });
    output.facts([
      ["of", tokenText(token)],
      ["owner", token.owner],
    ]);
    output.line();
    if (list.length === 0) {
      output.prose("Nobody but the owner may act for it.");
      return 0;
    }
    output.table(
      [{ header: "delegate" }, { header: "may", narrow: "wrap" }, { header: "until" }],
      list.map(({ account, roles, expiresAt, expired }) => [
        account,
        listed(roles),
        expiresAt === undefined ? "no end" : `${timeText(expiresAt)}${expired ? ", over" : ""}`,
      ]),
    );
    return 0;
  });
};
