import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { canSetAside, SET_ASIDE_MAX, setAside } from "../../../node/src/store/setAside.ts";
import { LEDGER_ENTRY_BYTES, LEDGER_FILE } from "../../../node/src/store/signingLedger.ts";
import { databaseFiles, FILLED_JOBS, fill, flipBytes, openAt } from "./folders.ts";
import { CHAIN, digest, failure, temporaryFolder } from "./helpers.ts";

async function damage(dataFolder: string): Promise<void> {
  const [log] = await databaseFiles(dataFolder, ".log");
  if (log === undefined) throw new Error("no log");
  await truncate(log, Math.floor((await stat(log)).size / 2));
}

const signingOf = (execution: bigint) => ({
  ...CHAIN,
  execution,
  task: 0,
  contextHash: digest(`context ${execution}`),
});

/** Whether everything that was signed still is. */
async function expectAllSigned(dataFolder: string): Promise<void> {
  const store = await openAt(dataFolder);
  for (let execution = 1n; execution <= FILLED_JOBS; execution += 1n) {
    const conflict = { ...signingOf(execution), outputDigest: digest("another output") };
    await failure(store.journal.signings.checkAndRecordSigning(conflict), "SIGNING_CONFLICT");
  }
  await store.close();
}

describe("setting a damaged database aside", () => {
  it("lets the next opening make a new one, and keeps the damaged one for a look", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path);
    await damage(folder.path);
    const error = await failure(openAt(folder.path), "STORE_DAMAGED");
    expect(canSetAside(error)).to.equal(true);
    const moved = await setAside(folder.path);
    expect(moved).to.equal(join(folder.path, "db.damaged-1"));
    expect(await readdir(join(folder.path, "db.damaged-1"))).to.include("CURRENT");
    const store = await openAt(folder.path);
    expect(store.start).to.equal("rebuild");
    expect(await store.journal.jobs.live()).to.deep.equal([]);
    expect(await store.cursor.head()).to.equal(undefined);
    await store.close();
    const again = await openAt(folder.path);
    expect(again.start).to.equal("known");
    await again.close();
  });

  it("forgets no signing: another output is still refused", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path);
    await damage(folder.path);
    await setAside(folder.path);
    await expectAllSigned(folder.path);
    await expectAllSigned(folder.path);
  });

  it("counts writes on, so that an older database can never pass for the new one", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path);
    const sequence = async () =>
      JSON.parse(await readFile(join(folder.path, "history.json"), "utf8")).sequence;
    const before = await sequence();
    await setAside(folder.path);
    await (await openAt(folder.path)).close();
    expect(await sequence()).to.be.greaterThan(before);
  });

  it("works for a database that is gone, and numbers what it moves", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path);
    await rm(join(folder.path, "db"), { recursive: true });
    expect(await setAside(folder.path)).to.equal(undefined);
    await expectAllSigned(folder.path);
    expect(await setAside(folder.path)).to.equal(join(folder.path, "db.damaged-1"));
    await expectAllSigned(folder.path);
    expect(await setAside(folder.path)).to.equal(join(folder.path, "db.damaged-2"));
    await expectAllSigned(folder.path);
  });

  it("is what helps against an emptied database", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path);
    await rm(join(folder.path, "db"), { recursive: true });
    const error = await failure(openAt(folder.path), "STORE_EMPTIED");
    expect(canSetAside(error)).to.equal(true);
    await setAside(folder.path);
    await expectAllSigned(folder.path);
  });

  it("works when the marker is damaged too, or gone", async () => {
    for (const spoil of [(path: string) => writeFile(path, "not the marker"), (path: string) => rm(path)]) {
      await using folder = await temporaryFolder();
      await fill(folder.path);
      await damage(folder.path);
      await spoil(join(folder.path, "history.json"));
      await failure(openAt(folder.path), "STORE_DAMAGED");
      await setAside(folder.path);
      await expectAllSigned(folder.path);
    }
  });

  it("may be repeated after a crash before the move, and is not undone by one after it", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path);
    await damage(folder.path);
    const marker = await readFile(join(folder.path, "history.json"), "utf8");
    await writeFile(join(folder.path, "history.json"), marker.replace('"expected"', '"set-aside"'));
    await failure(openAt(folder.path), "STORE_DAMAGED");
    await setAside(folder.path);
    await rm(join(folder.path, "db"), { recursive: true, force: true });
    await expectAllSigned(folder.path);
  });

  it("is refused while a daemon works there, and harms nothing", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path);
    const store = await openAt(folder.path);
    await failure(setAside(folder.path), "STORE_LOCKED");
    expect(await store.journal.jobs.live()).to.have.length(FILLED_JOBS);
    await store.close();
    expect((await openAt(folder.path).then(async (again) => [again.start, await again.close()]))[0]).to.equal(
      "known",
    );
  });

  it("stops at a disk that damages one database after the other", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path, 1);
    for (let number = 1; number <= SET_ASIDE_MAX; number += 1) {
      await mkdir(join(folder.path, `db.damaged-${number}`));
    }
    await failure(setAside(folder.path), "STORE_SET_ASIDE_TOO_OFTEN");
    expect(await readdir(folder.path)).to.include("db");
  });
});

describe("a new database whose signing ledger is damaged too", () => {
  for (const [what, spoil] of [
    ["gone", (path: string) => rm(path)],
    ["cut short", (path: string) => truncate(path, 3 * LEDGER_ENTRY_BYTES)],
    ["changed in the middle", (path: string) => flipBytes(path, 4 * LEDGER_ENTRY_BYTES + 30)],
    ["changed at its end", (path: string) => flipBytes(path, FILLED_JOBS * LEDGER_ENTRY_BYTES - 1)],
  ] as const) {
    it(`does not start when it is ${what}, for nobody knows what was signed`, async () => {
      await using folder = await temporaryFolder();
      await fill(folder.path);
      await setAside(folder.path);
      await spoil(join(folder.path, LEDGER_FILE));
      for (const time of ["once", "twice"]) {
        const error = await failure(openAt(folder.path), "SIGNINGS_LOST");
        expect(error.retryable, time).to.equal(false);
        expect(canSetAside(error), time).to.equal(false);
      }
    });
  }

  it("starts once the ledger was restored", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path);
    const path = join(folder.path, LEDGER_FILE);
    const backup = await readFile(path);
    await setAside(folder.path);
    await rm(path);
    await failure(openAt(folder.path), "SIGNINGS_LOST");
    await writeFile(path, backup);
    await expectAllSigned(folder.path);
  });
});
