import { readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { readBackup } from "../../../node/src/store/backup.ts";
import { encodeEnvelope } from "../../../node/src/store/envelope.ts";
import { SCHEMA_VERSION } from "../../../node/src/store/migrations.ts";
import { createRecordsCheck, RECORD_FINDINGS_MAX } from "../../../node/src/store/recordsCheck.ts";
import { setAside } from "../../../node/src/store/setAside.ts";
import { LEDGER_ENTRY_BYTES, LEDGER_FILE } from "../../../node/src/store/signingLedger.ts";
import { verifyBackup, verifyStore } from "../../../node/src/store/verify.ts";
import { backUp, bytesOf } from "./backups.ts";
import { copyOf, databaseFiles, FILLED_JOBS, fill, flipBytes, openAt, withDatabase } from "./folders.ts";
import { ACCOUNT, attempt, CHAIN, signed, temporaryFolder } from "./helpers.ts";

const MARKER = "history.json";

/** A folder with jobs, a transaction, signings and a blob. */
async function fillAll(dataFolder: string): Promise<string> {
  await fill(dataFolder);
  const store = await openAt(dataFolder);
  const job = await signed(store.journal, { execution: 70n, task: 0 }, "context 70");
  const carrier = attempt("carrier", 100n, [job]);
  await store.journal.transactions.recordIntended({ account: ACCOUNT, nonce: 0 }, carrier);
  await store.journal.transactions.recordSent({ account: ACCOUNT, nonce: 0 }, carrier.hash);
  const blob = await store.blobs.put(Buffer.from("blob"));
  await store.close();
  return join(dataFolder, "blobs", blob.slice(2, 4), blob.slice(2));
}

const wrongIn = async (dataFolder: string) =>
  (await verifyStore(dataFolder)).checks
    .filter(({ outcome }) => outcome === "wrong")
    .map(({ name, text, hint }) => {
      expect(hint, `${name} says what to do`).not.to.equal(undefined);
      return `${name}: ${text}`;
    });

/** Puts other bytes under a key, past the store. */
const spoilRecord = (
  dataFolder: string,
  prefix: string,
  change: (key: string, bytes: Buffer) => Uint8Array | undefined,
) =>
  withDatabase(dataFolder, async (level) => {
    const [[key, bytes] = ["", new Uint8Array()]] = await level.iterator({ gte: prefix, limit: 1 }).all();
    const changed = change(key, Buffer.from(bytes));
    if (changed === undefined) await level.del(key);
    else await level.put(key, changed);
  });

describe("verifying a store", () => {
  it("finds nothing wrong with a sound one, says what it holds, and changes nothing", async () => {
    await using folder = await temporaryFolder();
    await fillAll(folder.path);
    const before = await bytesOf(folder.path);
    await using own = await temporaryFolder();
    const { TMPDIR } = process.env;
    // Of this test alone: in the machine's folder others leave theirs, too.
    process.env.TMPDIR = own.path;
    const report = await verifyStore(folder.path).finally(() => {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    });
    expect(report.isSound, JSON.stringify(report.checks)).to.equal(true);
    expect(report.checks.map(({ name }) => name)).to.deep.equal([
      "marker",
      "database",
      "journals",
      "mark",
      "ledger",
      "watermark",
      "blobs",
    ]);
    const texts = report.checks.map(({ text }) => text).join("\n");
    expect(texts)
      .to.contain(`${FILLED_JOBS + 1} jobs under way, 0 ended, 1 transactions, ${FILLED_JOBS + 1} signings`)
      .and.to.contain("chain 31337")
      .and.to.contain("1, 4 bytes");
    expect(await bytesOf(folder.path)).to.deep.equal(before);
    expect(await readdir(own.path), "its copy of the database").to.deep.equal([]);
  });

  for (const [what, spoil, expected] of [
    [
      "a marker that says nothing",
      (path) => writeFile(join(path, MARKER), "{}"),
      /^marker: .*not what the node wrote/,
    ],
    [
      "a marker of a later daemon",
      (path) => changeMarker(path, { schemaVersion: SCHEMA_VERSION + 1 }),
      /^marker: a later daemon/,
    ],
    [
      "a restore that has not ended",
      (path) => changeMarker(path, { database: "restoring" }),
      /^marker: a restore/,
    ],
    ["a database that is gone", (path) => rm(join(path, "db"), { recursive: true }), /^database: .*is gone/],
    ["an emptied database", (path) => rm(join(path, "db", "CURRENT")), /^database: /],
    ["a log that was cut", cutLog, /^(record: "db": |record: "meta": |database: |mark: write)/],
    [
      "a record's checksum",
      (path) => spoilRecord(path, "job/", (_, bytes) => bytes.fill(0, 30, 34)),
      /^record: "job\/live.*checksum/,
    ],
    [
      "a record that is gone",
      (path) => spoilRecord(path, "job/", () => undefined),
      /^record: "db": .* records were written/,
    ],
    [
      "a job with a shape of its own",
      (path) => reshape(path, "job/", { state: "leased", lease: 7 }),
      /^record: "job\/live/,
    ],
    [
      "a job that lies in the wrong place",
      (path) => reshape(path, "job/", { state: "final" }),
      /state final does not belong there/,
    ],
    [
      "a job on its way by a transaction that is not there",
      (path) => spoilRecord(path, "tx/", () => undefined),
      /said to carry task 0 of execution 70/,
    ],
    [
      "a signed job that is on record otherwise",
      (path) => reshape(path, "signing/", { digest: `0x${"11".repeat(32)}` }),
      /signed otherwise than is on record/,
    ],
    [
      "a signing that is gone",
      (path) => spoilRecord(path, "signing/", () => undefined),
      /was signed, and that is not on record/,
    ],
    [
      "two signings of one number",
      (path) => reshape(path, "signing/", { index: 3 }),
      /signing 3 is there twice/,
    ],
    ["a ledger that is damaged", (path) => flipBytes(join(path, LEDGER_FILE), 20), /^ledger: .*entry 0/],
    [
      "a ledger that was cut",
      (path) => truncate(join(path, LEDGER_FILE), 2 * LEDGER_ENTRY_BYTES),
      /^ledger: 11 of 13 signings are not in/,
    ],
    [
      "a watermark that says nothing",
      (path) => writeFile(join(path, "watermark.json"), "{}"),
      /^watermark: .*not what the node wrote/,
    ],
  ] as const satisfies readonly (readonly [string, (path: string) => Promise<unknown>, RegExp])[]) {
    it(`finds ${what}`, async () => {
      await using folder = await temporaryFolder();
      await fillAll(folder.path);
      await spoil(folder.path);
      const before = await bytesOf(folder.path);
      const found = await wrongIn(folder.path);
      expect(
        found.some((line) => expected.test(line)),
        found.join("\n"),
      ).to.equal(true);
      expect(await bytesOf(folder.path)).to.deep.equal(before);
    });
  }

  it("finds a damaged blob, and leaves it where it is", async () => {
    await using folder = await temporaryFolder();
    const blob = await fillAll(folder.path);
    await flipBytes(blob, 1);
    const before = await bytesOf(folder.path);
    expect(await wrongIn(folder.path)).to.have.length(1);
    expect((await wrongIn(folder.path))[0]).to.match(/^blobs: 1 of 1 are damaged: 0x/);
    expect(await bytesOf(folder.path)).to.deep.equal(before);
  });

  it("finds an older database in the place of the present one", async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, "data");
    await fill(data);
    await copyOf(join(data, "db"), join(folder.path, "old"));
    await fillMore(data);
    await rm(join(data, "db"), { recursive: true });
    await copyOf(join(folder.path, "old"), join(data, "db"));
    expect((await wrongIn(data)).join()).to.contain("it has lost what it promised");
  });

  it("tells what was set aside, and a gap in the memory, without calling that wrong", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path, 2);
    await setAside(folder.path);
    const aside = await verifyStore(folder.path);
    expect(aside.isSound, JSON.stringify(aside.checks)).to.equal(true);
    expect(aside.checks.map(({ text }) => text).join("\n"))
      .to.contain("the next start rebuilds it")
      .and.to.contain("db.damaged-1")
      .and.to.contain("before the next start has caught up");
    const store = await openAt(folder.path);
    await store.watermark.seal({ timestamp: 2_000_000_000n, execution: 1n });
    await store.close();
    const rebuilt = await verifyStore(folder.path);
    expect(rebuilt.isSound, JSON.stringify(rebuilt.checks)).to.equal(true);
    expect(rebuilt.checks.map(({ text }) => text).join("\n")).to.contain("created until 2033-05-18");
  });

  it("looks at a backup in the same way", async () => {
    await using folder = await temporaryFolder();
    await fillAll(join(folder.path, "data"));
    await backUp(join(folder.path, "data"), join(folder.path, "backup"));
    const report = await verifyBackup(readBackup(join(folder.path, "backup")));
    expect(report.isSound).to.equal(true);
    expect(report.manifest).to.include({ signings: FILLED_JOBS + 1, chainId: CHAIN.chainId });
  });
});

describe("checking records", () => {
  it("names the first findings and no more", () => {
    const check = createRecordsCheck();
    for (let number = 0; number < 3 * RECORD_FINDINGS_MAX; number += 1)
      check.add(`job/live/${number}`, Buffer.alloc(40));
    expect(check.end().findings).to.have.length(RECORD_FINDINGS_MAX);
  });

  it("finds a count of signings that is wrong, and a write of the future", () => {
    const check = createRecordsCheck();
    check.add("signings", encodeEnvelope("signings", 9, { count: 4 }));
    check.add("meta", encodeEnvelope("meta", 3, { schema: 1, count: 1, sum: "0" }));
    const reasons = check.end().findings.map(({ reason }) => reason);
    expect(reasons.join("\n"))
      .to.contain("4 signings were counted, 0 are here")
      .and.to.contain("write 9 is here, but the last known write is 3")
      .and.to.contain("an older state");
  });
});

async function changeMarker(dataFolder: string, change: Record<string, unknown>): Promise<void> {
  const path = join(dataFolder, MARKER);
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, "utf8")), ...change }));
}

async function cutLog(dataFolder: string): Promise<void> {
  for (const log of await databaseFiles(dataFolder, ".log")) await truncate(log, 0);
}

async function fillMore(dataFolder: string): Promise<void> {
  const store = await openAt(dataFolder);
  await signed(store.journal, { execution: 80n, task: 0 }, "context 80");
  await store.close();
}

/** Changes fields of the first record below a prefix, with a right checksum. */
function reshape(dataFolder: string, prefix: string, change: Record<string, unknown>): Promise<void> {
  return spoilRecord(dataFolder, prefix, (key, bytes) =>
    encodeEnvelope(key, 1, { ...JSON.parse(bytes.toString("utf8", 17)), ...change }),
  );
}
