import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { SCHEMA_VERSION } from "../../../node/src/store/migrations.ts";
import { openStore } from "../../../node/src/store/open.ts";
import { LEDGER_ENTRY_BYTES, LEDGER_FILE } from "../../../node/src/store/signingLedger.ts";
import {
  addJob,
  compact,
  copyOf,
  databaseFiles,
  FILLED_JOBS,
  fill,
  flipBytes,
  openAt,
  withDatabase,
} from "./folders.ts";
import { CHAIN, digest, failure, logger, temporaryFolder } from "./helpers.ts";

const SEED = 20_260_103;
const CHILD = join(import.meta.dirname, "child.ts");

describe("opening the store", () => {
  it("makes a new one in an empty folder, and knows it at the next start", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "deep", "data");
    const first = await openAt(path);
    expect(first.start).to.equal("first");
    await first.close();
    const second = await openAt(path);
    expect(second.start).to.equal("known");
    expect(second.session).not.to.equal(first.session);
    await second.close();
    expect((await stat(path)).mode & 0o077, "readable by others").to.equal(0);
  });

  it("says what was kept in a marker that a person can read", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path);
    const marker = JSON.parse(await readFile(join(folder.path, "history.json"), "utf8"));
    expect(marker.about).to.contain("history");
    expect(marker).to.include({ database: "expected", signings: FILLED_JOBS, openings: 1, schemaVersion: 1 });
    expect(marker.sequence).to.be.greaterThan(FILLED_JOBS);
  });

  it("may be closed twice", async () => {
    await using folder = await temporaryFolder();
    const store = await openAt(folder.path);
    await Promise.all([store.close(), store.close()]);
    await failure(store.journal.jobs.live(), "STORE_CLOSED");
  });

  it("refuses a second opener in this process, and one in another, naming the folder", async () => {
    await using folder = await temporaryFolder();
    const store = await openAt(folder.path);
    const error = await failure(openAt(folder.path), "STORE_LOCKED");
    expect(error.details.folder).to.contain(folder.path);
    expect(error.message).to.contain(folder.path);
    const child = fork(CHILD, ["open", folder.path], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    const [message] = await once(child, "message");
    await once(child, "exit");
    expect(message).to.deep.equal({ failed: "STORE_LOCKED" });
    await store.close();
    await (await openAt(folder.path)).close();
  });

  it("leaves the lock, and the other's files, alone when it is refused", async () => {
    await using folder = await temporaryFolder();
    const store = await openAt(folder.path);
    await failure(openAt(folder.path), "STORE_LOCKED");
    await failure(openAt(folder.path), "STORE_LOCKED");
    await store.journal.signings.checkAndRecordSigning({
      ...CHAIN,
      execution: 1n,
      task: 0,
      contextHash: digest("context"),
      outputDigest: digest("output"),
    });
    await store.close();
    await (await openAt(folder.path)).close();
  });

  it("refuses a folder that belongs to another chain or contract", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path, 1);
    const other = "0x0000000000000000000000000000000000000001";
    for (const change of [{ chainId: 1 }, { contract: other }] as const) {
      const open = openStore({ ...CHAIN, ...change, dataFolder: folder.path }, { logger });
      const error = await failure(open, "STORE_OTHER_CHAIN");
      expect(error.message).to.contain(folder.path).and.to.contain("31337");
    }
    await (await openAt(folder.path)).close();
  });

  it("refuses a folder that a later daemon wrote", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path, 1);
    const path = join(folder.path, "history.json");
    const marker = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...marker, schemaVersion: SCHEMA_VERSION + 1 }));
    const error = await failure(openAt(folder.path), "STORE_SCHEMA_NEWER");
    expect(error.details).to.deep.equal({ found: SCHEMA_VERSION + 1, supported: SCHEMA_VERSION });
  });

  it("opens after its very first opening was killed at any point", async () => {
    await using folder = await temporaryFolder();
    // What may lie there by then: parts of a database, an empty ledger, a mark, no marker.
    await mkdir(join(folder.path, "db"));
    await writeFile(join(folder.path, "db", "LOCK"), "");
    await writeFile(join(folder.path, LEDGER_FILE), "");
    const store = await openAt(folder.path);
    expect(store.start).to.equal("first");
    await store.close();
    await rm(join(folder.path, "history.json"));
    await (await openAt(folder.path)).close();
  });
});

describe("opening a folder whose database was lost", () => {
  for (const [what, lose] of [
    ["its folder", (path: string) => rm(join(path, "db"), { recursive: true })],
    [
      "everything in it",
      (path: string) => rm(join(path, "db"), { recursive: true }).then(() => mkdir(join(path, "db"))),
    ],
    ["the file CURRENT", (path: string) => rm(join(path, "db", "CURRENT"))],
  ] as const) {
    it(`says so when ${what} is gone, and makes no empty one instead`, async () => {
      await using folder = await temporaryFolder();
      await fill(folder.path);
      await lose(folder.path);
      for (const time of ["once", "twice"]) {
        const error = await failure(openAt(folder.path), "STORE_EMPTIED");
        expect(error.message, time).to.contain(folder.path);
        expect(error.hint, time).to.contain("set it aside");
      }
    });
  }

  it("says so when an empty database took its place", async () => {
    await using folder = await temporaryFolder();
    await using other = await temporaryFolder();
    await fill(folder.path);
    await rm(join(folder.path, "db"), { recursive: true });
    await withDatabase(folder.path, async () => undefined);
    await failure(openAt(folder.path), "STORE_EMPTIED");
    await withDatabase(other.path, async () => undefined);
  });

  it("says so by the other files when the marker is gone with it", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path);
    await compact(folder.path);
    await rm(join(folder.path, "history.json"));
    await rm(join(folder.path, "db"), { recursive: true });
    await failure(openAt(folder.path), "STORE_EMPTIED");
    await failure(openAt(folder.path), "STORE_EMPTIED");
  });

  it("says so when CURRENT and the marker are gone and the records lay in tables", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path);
    await compact(folder.path);
    await rm(join(folder.path, "history.json"));
    await rm(join(folder.path, "db", "CURRENT"));
    await failure(openAt(folder.path), "STORE_EMPTIED");
  });
});

describe("opening a folder whose database is damaged", () => {
  it("notices acknowledged writes that a cut log has lost", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path);
    await addJob(folder.path, 100n);
    const [log] = await databaseFiles(folder.path, ".log");
    if (log === undefined) throw new Error("no log");
    const { size } = await stat(log);
    await truncate(log, size - 1);
    const error = await failure(openAt(folder.path), "STORE_DAMAGED");
    expect(error.message).to.contain("was acknowledged");
  });

  it("never opens with less than was acknowledged, wherever the log is cut", async function () {
    this.timeout(30_000);
    await using folder = await temporaryFolder();
    const source = join(folder.path, "source");
    await fill(source);
    const [log] = await databaseFiles(source, ".log");
    if (log === undefined) throw new Error("no log");
    const { size } = await stat(log);
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: size - 1 }), async (kept) => {
        number += 1;
        const copy = await copyOf(source, join(folder.path, `cut-${number}`));
        await truncate(log.replace(source, copy), kept);
        await failureOfAny(openAt(copy), ["STORE_DAMAGED", "STORE_EMPTIED"]);
        await rm(copy, { recursive: true });
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  for (const [what, prepare, ending] of [
    ["log", async () => undefined, ".log"],
    ["tables", compact, ".ldb"],
    ["manifest", compact, "MANIFEST"],
  ] as const) {
    it(`never opens with anything but what was acknowledged, wherever bytes of its ${what} change`, async function () {
      this.timeout(30_000);
      await using folder = await temporaryFolder();
      const source = join(folder.path, "source");
      await fill(source);
      await prepare(source);
      const expected = await snapshotOf(await copyOf(source, join(folder.path, "sound")));
      const [file] = await databaseFiles(source, ending);
      if (file === undefined) throw new Error(`no ${ending} file`);
      const { size } = await stat(file);
      let number = 0;
      let noticed = 0;
      const position = fc.integer({ min: 0, max: size - 1 });
      await fc.assert(
        fc.asyncProperty(position, fc.integer({ min: 1, max: 64 }), async (from, count) => {
          number += 1;
          const copy = await copyOf(source, join(folder.path, `flip-${number}`));
          await flipBytes(file.replace(source, copy), from, count);
          try {
            // Some bytes mean nothing: then everything must be there.
            expect(await snapshotOf(copy)).to.deep.equal(expected);
          } catch (error) {
            if (!(error instanceof PleiadError)) throw error;
            expect(["STORE_DAMAGED", "STORE_EMPTIED"], error.message).to.include(error.code);
            noticed += 1;
          }
          await rm(copy, { recursive: true });
        }),
        { seed: SEED, numRuns: 60 },
      );
      expect(noticed).to.be.greaterThan(30);
    });
  }

  it("names the key of a damaged record", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path);
    const damaged = await withDatabase(folder.path, async (level) => {
      const [key] = await level.keys({ gte: "job/live/", limit: 1 }).all();
      if (key === undefined) throw new Error("no job");
      const value = Uint8Array.from((await level.get(key)) ?? []);
      value[30] = (value[30] ?? 0) ^ 1;
      await level.put(key, value);
      return key;
    });
    const error = await failure(openAt(folder.path), "STORE_DAMAGED");
    expect(error.details.key).to.equal(damaged);
    expect(error.message).to.contain(damaged);
  });

  for (const ending of ["MANIFEST", ".ldb"]) {
    it(`says so when its ${ending} file is gone`, async () => {
      await using folder = await temporaryFolder();
      await fill(folder.path);
      await compact(folder.path);
      for (const path of await databaseFiles(folder.path, ending)) await rm(path);
      await failure(openAt(folder.path), "STORE_DAMAGED");
    });
  }

  it("notices an older copy of the database in its place, also without the mark", async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, "data");
    await fill(data);
    const older = await copyOf(join(data, "db"), join(folder.path, "older"));
    await addJob(data, 100n);
    await rm(join(data, "db"), { recursive: true });
    await rename(older, join(data, "db"));
    const error = await failure(openAt(data), "STORE_DAMAGED");
    expect(error.message).to.contain("was acknowledged");
    await rm(join(data, "sequence.mark"));
    await failure(openAt(data), "STORE_DAMAGED");
  });

  it("opens with a mark that says nothing readable, and with one torn in the writing", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path);
    const mark = join(folder.path, "sequence.mark");
    await flipBytes(mark, 0, 16);
    await addJob(folder.path, 100n);
    await flipBytes(mark, 512, 16);
    await addJob(folder.path, 101n);
    await truncate(mark, 0);
    await addJob(folder.path, 102n);
    await rm(mark);
    await addJob(folder.path, 103n);
    expect((await readdir(folder.path)).includes("sequence.mark")).to.equal(true);
  });

  it("names the marker when that is damaged", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path);
    for (const content of ["", "{", "{}", '{"schemaVersion":1}']) {
      await writeFile(join(folder.path, "history.json"), content);
      const error = await failure(openAt(folder.path), "STORE_DAMAGED");
      expect(error.details.key, content).to.equal("history.json");
    }
  });
});

describe("opening a folder whose signing ledger is damaged", () => {
  for (const [what, damage] of [
    ["gone", (path: string) => rm(path)],
    ["empty", (path: string) => truncate(path, 0)],
    ["cut in the middle of an entry", (path: string) => truncate(path, 3 * LEDGER_ENTRY_BYTES + 11)],
    ["changed in one byte", (path: string) => flipBytes(path, 2 * LEDGER_ENTRY_BYTES + 20)],
    ["changed in its last byte", (path: string) => flipBytes(path, FILLED_JOBS * LEDGER_ENTRY_BYTES - 1)],
  ] as const) {
    it(`writes it anew from the records when it is ${what}`, async () => {
      await using folder = await temporaryFolder();
      await fill(folder.path);
      const path = join(folder.path, LEDGER_FILE);
      const sound = await readFile(path);
      await damage(path);
      await (await openAt(folder.path)).close();
      expect(await readFile(path)).to.deep.equal(sound);
    });
  }

  it("ignores the torn end that a crash in the writing leaves", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path);
    const path = join(folder.path, LEDGER_FILE);
    const sound = await readFile(path);
    for (const torn of [Buffer.alloc(11, 1), Buffer.alloc(LEDGER_ENTRY_BYTES)]) {
      await writeFile(path, Buffer.concat([sound, torn]));
      const store = await openAt(folder.path);
      await store.journal.signings.checkAndRecordSigning({
        ...CHAIN,
        execution: 1_000n + BigInt(torn.length),
        task: 0,
        contextHash: digest("context"),
        outputDigest: digest("output"),
      });
      await store.close();
      await (await openAt(folder.path)).close();
      await rm(folder.path, { recursive: true });
      await fill(folder.path);
    }
  });

  it("takes over an entry that was written before its record, so that it still holds", async () => {
    await using folder = await temporaryFolder();
    const before = join(folder.path, "before");
    await fill(before);
    const after = await copyOf(before, join(folder.path, "after"));
    const signing = {
      ...CHAIN,
      execution: 500n,
      task: 0,
      contextHash: digest("late"),
      outputDigest: digest("one"),
    };
    const store = await openAt(after);
    await store.journal.signings.checkAndRecordSigning(signing);
    await store.close();
    // Killed between the two: the ledger of after, the database of before.
    await writeFile(join(before, LEDGER_FILE), await readFile(join(after, LEDGER_FILE)));
    const again = await openAt(before);
    const conflict = again.journal.signings.checkAndRecordSigning({
      ...signing,
      outputDigest: digest("two"),
    });
    await failure(conflict, "SIGNING_CONFLICT");
    await again.journal.signings.checkAndRecordSigning(signing);
    await again.close();
  });
});

/** Everything that can be read from a folder's store. */
async function snapshotOf(dataFolder: string): Promise<unknown> {
  const store = await openAt(dataFolder);
  try {
    const digests: unknown[] = [];
    for (let execution = 1n; execution <= FILLED_JOBS; execution += 1n) {
      const contextHash = digest(`context ${execution}`);
      digests.push(await store.journal.signings.digestOf({ ...CHAIN, execution, task: 0, contextHash }));
    }
    const jobs = await store.journal.jobs.live();
    return [jobs.map(({ execution, state, signed }) => [execution, state, signed?.signature]), digests];
  } finally {
    await store.close();
  }
}

async function failureOfAny(promise: Promise<unknown>, codes: readonly string[]): Promise<void> {
  const error = await promise.then(
    () => expect.fail(`expected one of ${codes.join(", ")}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof PleiadError)) throw error;
  expect(codes, error.message).to.include(error.code);
}
