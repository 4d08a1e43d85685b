import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Hex } from "viem";
import { checkBackup } from "./backup.ts";
import type { BackupManifest } from "./backupFormat.ts";
import { digestsIn, readBlob } from "./blobs.ts";
import { decodeRecord } from "./codec.ts";
import { openDatabaseCopy } from "./databaseCopy.ts";
import { decodeEnvelope } from "./envelope.ts";
import { toStoreError } from "./errors.ts";
import { MARK_FILE, readSequenceMark } from "./mark.ts";
import { MARKER_FILE, readMarker } from "./marker.ts";
import { SCHEMA_VERSION } from "./migrations.ts";
import { BLOBS_FOLDER } from "./open.ts";
import { createRecordsCheck, type RecordsReport } from "./recordsCheck.ts";
import { ASIDE, requireHistory } from "./setAside.ts";
import { SIGNING_PREFIX, signingKeyOf, signingSchema } from "./signingJournal.ts";
import { LEDGER_FILE, readLedgerEntries } from "./signingLedger.ts";
import { readWatermark, WATERMARK_FILE } from "./watermark.ts";

/** One thing that was looked at. */
export interface StoreCheck {
  readonly name: string;
  readonly outcome: "ok" | "note" | "wrong";
  readonly text: string;
  /** What to do, where something is wrong. */
  readonly hint?: string;
}

/** What a look at a whole store came to. */
export interface StoreReport {
  /** Nothing is wrong. */
  readonly isSound: boolean;
  readonly checks: readonly StoreCheck[];
}

/** Damaged blobs that are named; the rest is counted. */
const BLOBS_NAMED_MAX = 5;

const REBUILD_HINT = "pleiad node rebuild, or pleiad node restore with a backup";

/**
 * Looks at everything in a data folder whose daemon does not run, and changes nothing there: the marker, all records and
 * whether the journals agree, the mark, the ledger against the records, the watermark, and each blob's digest.
 *
 * @throws STORE_HISTORY_MISSING; STORE_LOCKED when a daemon works there meanwhile; STORE_FULL (for the copy that is looked
 * at), STORE_IO
 */
export async function verifyStore(dataFolder: string): Promise<StoreReport> {
  try {
    await requireHistory(dataFolder);
    const checks: StoreCheck[] = [await checkMarker(dataFolder)];
    const database = await checkDatabase(dataFolder);
    checks.push(...database.checks, await checkMark(dataFolder, database.report));
    checks.push(await checkLedger(dataFolder, database.signings));
    checks.push(await checkWatermark(dataFolder), await checkBlobs(join(dataFolder, BLOBS_FOLDER)));
    checks.push(...(await asides(dataFolder)));
    return reportOf(checks);
  } catch (error) {
    throw toStoreError(error, dataFolder);
  }
}

/** Looks at a backup, from a file or from a running daemon, as `verifyStore` does. */
export async function verifyBackup(
  chunks: AsyncIterable<Uint8Array>,
): Promise<StoreReport & { readonly manifest: BackupManifest | undefined }> {
  try {
    const { manifest, records } = await checkBackup(chunks);
    const { blobs, blobBytes } = manifest;
    const checks: StoreCheck[] = [
      { name: "backup", outcome: "ok", text: "whole, and its checksum is right" },
      ...recordChecks(records),
      { name: "blobs", outcome: "ok", text: `${blobs}, ${blobBytes} bytes` },
    ];
    return { ...reportOf(checks), manifest };
  } catch (error) {
    if (!(error instanceof PleiadError) || error.code !== "BACKUP_DAMAGED") throw error;
    return { ...reportOf([{ name: "backup", ...wrong(error) }]), manifest: undefined };
  }
}

function reportOf(checks: readonly StoreCheck[]): StoreReport {
  return { isSound: checks.every(({ outcome }) => outcome !== "wrong"), checks };
}

function wrong({ message, hint }: PleiadError): Pick<StoreCheck, "outcome" | "text" | "hint"> {
  return { outcome: "wrong", text: message, ...(hint === undefined ? {} : { hint }) };
}

/** A check that finds its own damage; what is no damage is the caller's. */
async function finding(
  name: string,
  look: () => Promise<Omit<StoreCheck, "name">>,
  codes: readonly string[] = ["STORE_DAMAGED", "STORE_EMPTIED"],
): Promise<StoreCheck> {
  try {
    return { name, ...(await look()) };
  } catch (error) {
    if (!(error instanceof PleiadError) || !codes.includes(error.code)) throw error;
    return { name, ...wrong(error) };
  }
}

function checkMarker(dataFolder: string): Promise<StoreCheck> {
  return finding("marker", async () => {
    const marker = await readMarker(join(dataFolder, MARKER_FILE));
    if (marker === undefined)
      return { outcome: "note", text: `${MARKER_FILE} is not there; the next start makes it anew` };
    if (marker.schemaVersion > SCHEMA_VERSION) {
      const text = `a later daemon wrote it: schema version ${marker.schemaVersion}, this one knows ${SCHEMA_VERSION}`;
      return { outcome: "wrong", text, hint: "use the newer pleiad that wrote it" };
    }
    if (marker.database === "restoring")
      return {
        outcome: "wrong",
        text: "a restore was begun and has not ended",
        hint: "run the same pleiad node restore again; or pleiad node rebuild",
      };
    const state =
      marker.database === "set-aside" ? "; the database was set aside, the next start makes one" : "";
    const text = `schema version ${marker.schemaVersion}, write ${marker.sequence}, ${marker.openings} starts${state}`;
    return { outcome: "ok", text };
  });
}

interface CheckedDatabase {
  readonly checks: readonly StoreCheck[];
  readonly report: RecordsReport | undefined;
  /** Digests on record by key; undefined where there is no database to ask. */
  readonly signings: ReadonlyMap<string, Hex> | undefined;
}

async function checkDatabase(dataFolder: string): Promise<CheckedDatabase> {
  const signings = new Map<string, Hex>();
  try {
    const copy = await openDatabaseCopy(dataFolder);
    try {
      const check = createRecordsCheck();
      for await (const [key, bytes] of copy.entries("")) {
        check.add(key, bytes);
        if (key.startsWith(SIGNING_PREFIX)) noteSigning(signings, key, bytes);
      }
      const report = check.end();
      return { report, signings, checks: recordChecks(report) };
    } finally {
      await copy.close();
    }
  } catch (error) {
    const isDamage = error instanceof PleiadError && ["STORE_DAMAGED", "STORE_EMPTIED"].includes(error.code);
    if (!isDamage) throw error;
    const marker = await readMarker(join(dataFolder, MARKER_FILE)).catch(() => undefined);
    if (error.code === "STORE_EMPTIED" && marker?.database === "set-aside") {
      const text = "none: it was set aside, and the next start rebuilds it from the chain";
      return {
        report: undefined,
        signings: undefined,
        checks: [{ name: "database", outcome: "note", text }],
      };
    }
    return {
      report: undefined,
      signings: undefined,
      checks: [{ name: "database", ...wrong(error), hint: REBUILD_HINT }],
    };
  }
}

/** One that is damaged is found by the check of the records. */
function noteSigning(signings: Map<string, Hex>, key: string, bytes: Uint8Array): void {
  try {
    signings.set(key, decodeRecord(key, signingSchema, decodeEnvelope(key, bytes).payload).digest);
  } catch (error) {
    if (!(error instanceof PleiadError) || error.code !== "STORE_DAMAGED") throw error;
  }
}

function recordChecks(report: RecordsReport): StoreCheck[] {
  const { meta, chain, records, findings } = report;
  const about = chain === undefined ? "" : `; chain ${chain.chainId}, contract ${chain.contract}`;
  const text = `${records} records up to write ${meta?.sequence ?? 0}, schema version ${meta?.schema ?? 0}${about}`;
  const { liveJobs, endedJobs, transactions, signings } = report;
  const journals = `${liveJobs} jobs under way, ${endedJobs} ended, ${transactions} transactions, ${signings} signings`;
  return [
    { name: "database", outcome: findings.length === 0 ? "ok" : "note", text },
    { name: "journals", outcome: findings.length === 0 ? "ok" : "note", text: journals },
    ...findings.map(
      ({ key, reason }): StoreCheck => ({
        name: "record",
        outcome: "wrong",
        text: `"${key}": ${reason}`,
        hint: REBUILD_HINT,
      }),
    ),
  ];
}

function checkMark(dataFolder: string, report: RecordsReport | undefined): Promise<StoreCheck> {
  return finding("mark", async () => {
    const highest = await readSequenceMark(join(dataFolder, MARK_FILE));
    const stands = report?.meta?.sequence;
    if (stands !== undefined && highest > stands) {
      const text = `write ${highest} was acknowledged, and the database stands at ${stands}: it has lost what it promised`;
      return { outcome: "wrong", text, hint: REBUILD_HINT };
    }
    return { outcome: "ok", text: `write ${highest}` };
  });
}

function checkLedger(dataFolder: string, signings: CheckedDatabase["signings"]): Promise<StoreCheck> {
  return finding("ledger", async () => {
    const missing = new Set(signings?.keys());
    let entries = 0;
    let [ahead, otherwise] = [0, 0];
    for await (const { context, digest } of readLedgerEntries(join(dataFolder, LEDGER_FILE))) {
      entries += 1;
      const key = signingKeyOf(context);
      const recorded = signings?.get(key);
      if (recorded === undefined) ahead += 1;
      else if (recorded !== `0x${digest.toString("hex")}`) otherwise += 1;
      missing.delete(key);
    }
    if (otherwise > 0) {
      const text = `${otherwise} signings are on record otherwise than in ${LEDGER_FILE}`;
      return { outcome: "wrong", text, hint: "pleiad node restore with a backup" };
    }
    if (missing.size > 0) {
      const text = `${missing.size} of ${signings?.size} signings are not in ${LEDGER_FILE}`;
      return { outcome: "wrong", text, hint: "start the node: it writes the ledger anew from the database" };
    }
    const more =
      signings !== undefined && ahead > 0 ? `; ${ahead} go into the database at the next start` : "";
    return { outcome: "ok", text: `${entries} signings${more}` };
  });
}

async function checkWatermark(dataFolder: string): Promise<StoreCheck> {
  return finding("watermark", async () => {
    const facts = await readWatermark(join(dataFolder, WATERMARK_FILE));
    if (facts === undefined) return { outcome: "ok", text: "none: the node's memory has no gap" };
    const { reason, atSeconds, isSealed, createdThroughSeconds } = facts;
    const when = new Date(atSeconds * 1_000).toISOString();
    const through = new Date(Number(createdThroughSeconds) * 1_000).toISOString();
    const what = reason === "restore" ? "nothing is signed" : "nothing but what is on record is signed";
    const since = isSealed
      ? `for executions created until ${through}`
      : "before the next start has caught up with the chain";
    return { outcome: "note", text: `${reason} of ${when}: ${what} ${since}` };
  });
}

async function checkBlobs(folder: string): Promise<StoreCheck> {
  let [blobs, bytes] = [0, 0];
  const damaged: Hex[] = [];
  for await (const digest of digestsIn(folder)) {
    try {
      bytes += (await readBlob(folder, digest))?.length ?? 0;
      blobs += 1;
    } catch (error) {
      if (!(error instanceof PleiadError) || error.code !== "BLOB_DAMAGED") throw error;
      damaged.push(digest);
    }
  }
  if (damaged.length === 0) return { name: "blobs", outcome: "ok", text: `${blobs}, ${bytes} bytes` };
  const named = damaged.slice(0, BLOBS_NAMED_MAX).join(", ");
  return {
    name: "blobs",
    outcome: "wrong",
    text: `${damaged.length} of ${blobs + damaged.length} are damaged: ${named}`,
    hint: "nothing, if it is a few: the daemon puts them away and asks its peers; check the disk",
  };
}

async function asides(dataFolder: string): Promise<StoreCheck[]> {
  const names = (await readdir(dataFolder)).filter((name) => ASIDE.test(name)).sort();
  if (names.length === 0) return [];
  return [
    { name: "set aside", outcome: "note", text: `${names.join(", ")}: remove what nobody needs any more` },
  ];
}
