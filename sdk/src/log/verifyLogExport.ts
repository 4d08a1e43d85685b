import { bytesToHex, isAddressEqual, sha256 } from "viem";
import type { PleiadError } from "../errors/base.ts";
import { sdkError } from "../errors/sdkError.ts";
import { headOf } from "../internal/head.ts";
import { createLogCertificates } from "../internal/logCertificates.ts";
import { createLogFeeds, truncated } from "../internal/logFeeds.ts";
import { createLogKeys } from "../internal/logKeys.ts";
import { logMembers } from "../internal/logMembers.ts";
import { logProblem } from "../internal/logProblem.ts";
import { requireChain } from "../internal/read.ts";
import { type TextSource, textLines } from "../internal/textLines.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import { deploymentOf } from "../types/deployments.ts";
import type { DecodedLogEntry } from "../types/logEntry.ts";
import type {
  LogExportCounts,
  LogExportHeader,
  LogExportLine,
  LogExportVerification,
  VerifiedLogEntry,
} from "../types/logExport.ts";
import { decodeLogEntry } from "./decodeLogEntry.ts";
import { decodeLogExportLine } from "./decodeLogExportLine.ts";
import { type CheckEd25519, isLogEntrySigned } from "./isLogEntrySigned.ts";
import { logSpaceDigest } from "./logSpaceDigest.ts";

export interface VerifyLogExportParameters {
  /** The contracts that you trust. @default the public deployment on the chain that the export names */
  readonly deployment?: Deployment | undefined;
  /** The export: its text, its lines, or pieces of its text as they come. One line is in memory at a time. */
  readonly source: TextSource;
  /** Hears each entry once it is verified, feed by feed; what comes later may still fail. @default nobody */
  readonly onEntry?: ((entry: VerifiedLogEntry) => void | Promise<void>) | undefined;
  /** Checks an Ed25519 signature faster than JavaScript does, as `node:crypto` can. @default in JavaScript */
  readonly checkEd25519?: CheckEd25519 | undefined;
}

/**
 * Verifies what `pleiad workspace export` wrote, with nothing but the chain: that it is of these contracts; that each entry is
 * of this cluster's log, has the next number of its feed, links to the one before it and is dated after it; that the peer
 * signed it whom a certificate of its node names, at a time at which that certificate held, that it holds for a day at most,
 * and that a key signed it which the chain says is or was the node's; that each feed reaches the head that the first line
 * names; that a feed which was forked ends before that, and that the fork is proven.
 *
 * That it answers means that all of this holds. What it does not prove: that nothing newer exists, or that the heads in the
 * first line are the newest that whoever exported it had, or that no feed was left out (nobody signs the first line; compare
 * the exports of several members); that an agent said what its node signed in its name; that a node was a member when it
 * wrote (`members` are those of now); that a node whose old key was stolen wrote what is signed with it; that an entry was
 * written when its stamp says, beyond the day of its certificate.
 *
 * @throws PleiadError `LOG_EXPORT_…` and `LOG_ENTRY_…` for the first thing that is wrong, with `node`, `generation` and
 * `sequence` in its details where it is about an entry; `DEPLOYMENT_UNKNOWN`; the RPC errors
 *
 * @example
 * const source = createReadStream("cluster-7.log.ndjson", "utf8");
 * const { feeds, entries, members } = await verifyLogExport(client, { deployment, source });
 */
export async function verifyLogExport(
  client: ReadClient,
  parameters: VerifyLogExportParameters,
): Promise<LogExportVerification> {
  const { onEntry, checkEd25519 } = parameters;
  const lines = decodedLines(textLines(parameters.source));
  const header = await firstLine(lines);
  const deployment = parameters.deployment ?? deploymentOf(header.chainId);
  requireSame(header, deployment);
  await requireChain(client, deployment);

  const space = bytesToHex(logSpaceDigest(header));
  const certificates = createLogCertificates(client, deployment);
  const feeds = createLogFeeds(header.feeds);
  const keys = createLogKeys();
  let forks = 0;
  let readable = 0;
  let firstAtMs: number | undefined;
  let lastAtMs: number | undefined;

  async function requireSigned(entry: DecodedLogEntry): Promise<void> {
    const peerKey = await certificates.peerKeyFor(entry);
    if (await isLogEntrySigned(entry, peerKey, checkEd25519)) return;
    throw logProblem(entry, "LOG_EXPORT_SIGNATURE_INVALID", "is not signed by the certified peer");
  }

  function decoded(bytes: Uint8Array): DecodedLogEntry {
    const entry = decodeLogEntry(bytes);
    if (bytesToHex(entry.space) !== space)
      throw logProblem(entry, "LOG_EXPORT_OTHER_LOG", "belongs to another log");
    feeds.of(entry);
    return entry;
  }

  async function takeEntry(bytes: Uint8Array): Promise<void> {
    const entry = decoded(bytes);
    const missing = feeds.missingBefore(entry);
    if (missing !== undefined) throw await outOfOrder({ ...entry, sequence: missing }, lines);
    await requireSigned(entry);
    feeds.requireFollows(entry);
    const hash = sha256(bytes);
    feeds.take(entry, hash);
    await tell(entry, hash, false);
  }

  async function takeKept(bytes: Uint8Array): Promise<void> {
    const entry = decoded(bytes);
    const hash = sha256(bytes);
    feeds.takeKept(entry, hash);
    await requireSigned(entry);
    await tell(entry, hash, true);
  }

  async function takeFork([one, other]: readonly [Uint8Array, Uint8Array]): Promise<void> {
    const [mine, theirs] = [decoded(one), decoded(other)];
    const isPair =
      mine.feed.node === theirs.feed.node &&
      mine.feed.generation === theirs.feed.generation &&
      mine.sequence === theirs.sequence &&
      bytesToHex(one) !== bytesToHex(other);
    if (!isPair)
      throw logProblem(
        mine,
        "LOG_EXPORT_FORK_INVALID",
        "is no fork: the two are not of one number, or the same",
      );
    feeds.takeFork(mine);
    await requireSigned(mine);
    await requireSigned(theirs);
    forks += 1;
  }

  async function tell(
    entry: DecodedLogEntry,
    hash: VerifiedLogEntry["hash"],
    isKept: boolean,
  ): Promise<void> {
    const { feed, sequence, stamp, kind } = entry;
    const atMs = Number(stamp >> 16n);
    firstAtMs = Math.min(atMs, firstAtMs ?? atMs);
    lastAtMs = Math.max(atMs, lastAtMs ?? atMs);
    const said = keys.read(entry);
    if (said !== undefined) readable += 1;
    await onEntry?.({ feed, sequence, stamp, atMs, kind, hash, isKept, said });
  }

  /** @returns the counts that the last line names */
  async function take(line: LogExportLine): Promise<LogExportCounts | undefined> {
    switch (line.kind) {
      case "entry":
        await takeEntry(line.bytes);
        return undefined;
      case "kept":
        await takeKept(line.bytes);
        return undefined;
      case "certificate":
        certificates.add(line.bytes);
        return undefined;
      case "fork":
        await takeFork(line.entries);
        return undefined;
      case "key":
        keys.add(line.key);
        return undefined;
      case "end":
        return line.counts;
      case "header":
        throw malformed("it has two first lines");
      default:
        return line satisfies never;
    }
  }

  let counts: LogExportCounts | undefined;
  for await (const line of lines) {
    if (counts !== undefined) throw malformed("it goes on after its last line");
    counts = await take(line);
  }
  feeds.requireWhole();
  const all = feeds.all();
  const entries = sumOf(all, "entries");
  const kept = sumOf(all, "kept");
  const { added, used } = certificates.counts();
  requireCounts(counts, { keys: keys.count(), certificates: added, forks, kept, entries });

  const head = await headOf(client);
  const members = await logMembers(client, { deployment, cluster: header.cluster }, head);
  return {
    chainId: header.chainId,
    cluster: header.cluster,
    exportedAtMs: header.exportedAtMs,
    feeds: all.map((feed) => ({
      ...feed.says,
      entries: feed.entries,
      kept: feed.kept,
      isMember: members.includes(feed.says.feed.node),
    })),
    entries,
    kept,
    forks,
    certificates: used,
    firstAtMs,
    lastAtMs,
    members,
    readable,
    asOf: { number: head.number, hash: head.hash },
  };
}

/** The lines, taken apart. */
async function* decodedLines(lines: AsyncIterable<string>): AsyncGenerator<LogExportLine, void, undefined> {
  for await (const text of lines) yield decodeLogExportLine(text);
}

async function firstLine(lines: AsyncGenerator<LogExportLine, void, undefined>): Promise<LogExportHeader> {
  const { value } = await lines.next();
  if (value?.kind === "header") return value.header;
  throw malformed("it does not begin with the line that says what it is");
}

function requireSame(header: LogExportHeader, deployment: Deployment): void {
  const wrong =
    header.chainId !== deployment.chainId
      ? `chain ${header.chainId}, not ${deployment.chainId}`
      : !isAddressEqual(header.clusterRegistry, deployment.clusterRegistry)
        ? `cluster registry ${header.clusterRegistry}, not ${deployment.clusterRegistry}`
        : !isAddressEqual(header.nodeRegistry, deployment.nodeRegistry)
          ? `node registry ${header.nodeRegistry}, not ${deployment.nodeRegistry}`
          : undefined;
  if (wrong === undefined) return;
  throw sdkError("LOG_EXPORT_OTHER_DEPLOYMENT", `the export is of ${wrong}`, {
    details: { chainId: header.chainId, expected: deployment.chainId },
  });
}

/** What is wrong where a number is left out: the entry comes later, or not at all. */
async function outOfOrder(
  missing: DecodedLogEntry,
  rest: AsyncGenerator<LogExportLine, void, undefined>,
): Promise<PleiadError> {
  for await (const line of rest) {
    if (line.kind !== "entry") continue;
    const { feed, sequence } = decodeLogEntry(line.bytes);
    const isIt =
      feed.node === missing.feed.node &&
      feed.generation === missing.feed.generation &&
      sequence === missing.sequence;
    if (isIt) return logProblem(missing, "LOG_EXPORT_REORDERED", "comes after one that follows it");
  }
  return logProblem(missing, "LOG_EXPORT_GAP", "is missing, what follows it is here");
}

function requireCounts(said: LogExportCounts | undefined, read: LogExportCounts): void {
  if (said === undefined) throw truncated("its last line is missing");
  for (const [what, count] of Object.entries(read) as [keyof LogExportCounts, number][]) {
    if (said[what] !== count)
      throw truncated(`its last line counts ${said[what]} ${what}, here are ${count}`, { what, count });
  }
}

function sumOf(
  feeds: readonly { readonly entries: number; readonly kept: number }[],
  what: "entries" | "kept",
): number {
  return feeds.reduce((total, feed) => total + feed[what], 0);
}

function malformed(reason: string): PleiadError {
  return sdkError("LOG_EXPORT_MALFORMED", `the export is malformed: ${reason}`);
}
