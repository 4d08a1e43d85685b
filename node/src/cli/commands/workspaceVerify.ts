import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { resolve } from "node:path";
import type { CheckEd25519 } from "@pleiad/sdk/log/isLogEntrySigned";
import { verifyLogExport } from "@pleiad/sdk/log/verifyLogExport";
import type { LogAuthor } from "@pleiad/sdk/types/logEntry";
import type { LogExportVerification, VerifiedLogEntry } from "@pleiad/sdk/types/logExport";
import { addChainOptions, type ChainOptions } from "../chainOptions.ts";
import { openChain } from "../context.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { readLogFile } from "../logFile.ts";
import type { Output } from "../output.ts";
import { counted, grouped, listed } from "../text/amounts.ts";
import { printableLine } from "../text/printable.ts";

interface Options extends ChainOptions {
  readonly entries?: boolean;
}

/** `pleiad workspace verify FILE`: checks an exported log against a chain. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<file>", "a log, as pleiad workspace export writes it")
    .option("--entries", "print each entry once it is verified; with the keys in the file, what it says");
  addChainOptions(command);
  addExamples(command, [
    ["pleiad workspace verify cluster-1.log", "against the data folder's chain"],
    [
      "pleiad workspace verify cluster-1.log --rpc https://rpc.example.org --deployment mine.json",
      "against any endpoint of the log's chain, with the contracts that you trust",
    ],
  ]);
  setAction<Options>(command, around, async ({ options, output }, file = "") => {
    const { client, deployment } = await openChain(options, around);
    const report = await verifyLogExport(client, {
      deployment,
      source: readLogFile(resolve(around.cwd, file)),
      checkEd25519: createOpenSslCheck(),
      ...(options.entries === true ? { onEntry: (entry) => tell(entry, output) } : {}),
    });
    output.json({ verified: true, ...report });
    print(report, output);
    return 0;
  });
};

function tell(entry: VerifiedLogEntry, output: Output): void {
  const { feed, sequence, atMs, kind, said } = entry;
  output.json({ ...entry, said: said ?? null });
  const words =
    said === undefined
      ? kind
      : `${authorText(said.author)} ${said.type} ${printableLine(JSON.stringify(said.data))}`;
  output.line(`${timeOf(atMs)}  node ${feed.node}  ${sequence}  ${words}`);
}

function authorText(author: LogAuthor): string {
  switch (author.kind) {
    case "agent":
      return `agent:${author.agent}`;
    case "helper":
      return `helper:${author.name}`;
    case "user":
      return `user:${author.user}`;
    case "node":
      return "node";
    default:
      return author satisfies never;
  }
}

function print(report: LogExportVerification, output: Output): void {
  const { style } = output;
  output.table(
    [
      { header: "node" },
      { header: "feed begun" },
      { header: "entries" },
      { header: "from" },
      { header: "to" },
      { header: "single" },
      { header: "member now" },
      { header: "", narrow: "wrap" },
    ],
    report.feeds.map(({ feed, base, head, entries, kept, isMember, forkedAt }) => [
      `${feed.node}`,
      timeOf(feed.generation),
      grouped(entries),
      grouped(entries === 0 ? 0 : base.sequence + 1),
      grouped(head.sequence),
      grouped(kept),
      isMember ? "yes" : "no",
      forkedAt === undefined ? "" : style.warning(`its node said two things at ${forkedAt}`),
    ]),
  );
  output.line();
  const span =
    report.firstAtMs === undefined || report.lastAtMs === undefined
      ? "it has no entry"
      : `${timeOf(report.firstAtMs)} to ${timeOf(report.lastAtMs)}`;
  const members = report.members.length === 0 ? "none" : listed(report.members.map(String));
  output.facts([
    ["log", `cluster ${report.cluster} on chain ${report.chainId}, exported ${timeOf(report.exportedAtMs)}`],
    [
      "entries",
      `${grouped(report.entries + report.kept)}, ${grouped(report.readable)} of them readable with the keys in the file`,
    ],
    ["dated", span],
    ["members", `${members} (block ${report.asOf.number})`],
  ]);
  output.line();
  output.prose(
    `${style.good("Verified:")} every entry is in its place and signed under a key of its node (${counted(report.certificates, "certificate")}). That nothing newer exists, and that an author said what its node signed, nobody can verify.`,
  );
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** By OpenSSL, some ten times as fast as in JavaScript. An export has few peers, each with many entries. */
function createOpenSslCheck(): CheckEd25519 {
  let last: { readonly raw: Uint8Array; readonly key: KeyObject } | undefined;
  return (signature, message, raw) => {
    if (last === undefined || Buffer.compare(last.raw, raw) !== 0) {
      const x = Buffer.from(raw).toString("base64url");
      last = { raw, key: createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x } }) };
    }
    return verify(null, message, last.key, signature);
  };
}
