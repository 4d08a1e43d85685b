import { resolve } from "node:path";
import { signInvitation } from "@pleiad/sdk/actions/signInvitation";
import { openSender } from "../account.ts";
import { addChainOptions, addKeyOptions, type ChainOptions, type KeyOptions } from "../chainOptions.ts";
import { openChain } from "../context.ts";
import { addExamples, addressOf, type DefineCommand, parseTimeOption, setAction } from "../define.ts";
import { GRANT_KINDS, parseUsesOption, usesOf } from "../grants.ts";
import { invitationFacts, invitationJson, serializeInvitation } from "../invitationFile.ts";
import { refuseExisting, writeNewFile } from "../outputFile.ts";
import { resolveToken, tokenWishOf } from "../tokens.ts";

interface Options extends ChainOptions, KeyOptions {
  readonly out: string;
  readonly uses: number | "any";
  readonly until?: bigint;
}

/** `pleiad invitation sign KIND ID ADDRESS`: a grant as a file, which costs its giver nothing. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<kind>", "what may be used: model, agent or cluster")
    .argument("<id>", "its id (a cluster's slug, too)")
    .argument("<address>", "who may use it, and brings the file")
    .requiredOption("--out <file>", "where the invitation is written, mode 0600")
    .option("--uses <n>", 'how often, or "any"', parseUsesOption, 1)
    .option("--until <time>", "until when, UTC, a date to its end (default: no end)", parseTimeOption);
  addKeyOptions(addChainOptions(command));
  addExamples(command, [
    [
      "pleiad invitation sign cluster document-brief 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --uses 5 --out guest.json",
      "sends nothing: the guest brings the file",
    ],
    [
      "pleiad invitation sign model 2 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --out guest.json --json",
      "once; for a program",
    ],
  ]);
  setAction<Options>(command, around, async ({ options, output }, kind = "", id = "", account) => {
    const [wish, grantee] = [tokenWishOf(kind, id, GRANT_KINDS), addressOf(account)];
    const path = resolve(around.cwd, options.out);
    refuseExisting(path);
    const chain = await openChain(options, around);
    const { deployment } = chain;
    const token = await resolveToken(chain, wish);
    const sender = await openSender(options, chain, output, around);
    const signed = await signInvitation(sender.client, {
      ...{ deployment, kind: token.kind, token: token.token, grantee },
      ...{ uses: usesOf(options.uses), expiresAt: options.until },
    });
    await writeNewFile(path, serializeInvitation(deployment, signed));
    output.json({ ...invitationJson(deployment, signed), file: path });
    output.facts([...invitationFacts(deployment, signed), ["file", path]]);
    output.line();
    output.line(`Who has it types:  pleiad invitation accept ${options.out}`);
    return 0;
  });
};
