import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { openLevelBackend } from "../../../node/src/store/levelBackend.ts";
import type { Migration } from "../../../node/src/store/migrations.ts";
import { DATABASE_FOLDER, openStore } from "../../../node/src/store/open.ts";
import { openRecords, type Records } from "../../../node/src/store/records.ts";
import { verifyStore } from "../../../node/src/store/verify.ts";
import { bytesOf } from "./backups.ts";
import { copyOf, FILLED_JOBS, fill, openAt } from "./folders.ts";
import { CHAIN, digest, failure, logger, temporaryFolder } from "./helpers.ts";

const NOTES = 250;
const BATCH = 100;

/** A database of the first version, as that version's own code made it, with records that the next ones shape anew. */
async function fillOld(dataFolder: string): Promise<void> {
  await fill(dataFolder);
  await withRecords(dataFolder, (records) =>
    records.update(
      async (draft) => {
        for (let number = 0; number < NOTES; number += 1)
          draft.put(`note/${number}`, { text: `note ${number}` });
      },
      { flush: true },
    ),
  );
}

async function withRecords<T>(dataFolder: string, use: (records: Records) => Promise<T>): Promise<T> {
  const backend = await openLevelBackend({ folder: join(dataFolder, DATABASE_FOLDER), create: false });
  const records = await openRecords(
    { create: false, schema: 1, name: dataFolder, acknowledged: 0 },
    { backend },
  );
  try {
    return await use(records);
  } finally {
    await records.close();
  }
}

const notesIn = (dataFolder: string) =>
  withRecords(dataFolder, async (records) => {
    const notes: unknown[] = [];
    for await (const [, note] of records.entries("note/")) notes.push(note);
    return { schema: records.schema, notes };
  });

/** Two migrations in steps of their own; `step` is called before each, and may end it there. */
function migrationsWith(step: () => void): ReadonlyMap<number, Migration> {
  const reshape =
    (change: (note: Record<string, unknown>) => Record<string, unknown>): Migration =>
    async (records) => {
      let batch: (readonly [string, Record<string, unknown>])[] = [];
      const write = async () => {
        step();
        await records.update(
          async (draft) => {
            for (const [key, note] of batch) draft.put(key, note);
          },
          { flush: true },
        );
        batch = [];
      };
      for await (const [key, payload] of records.entries("note/")) {
        batch.push([key, change(payload as Record<string, unknown>)]);
        if (batch.length === BATCH) await write();
      }
      await write();
    };
  return new Map([
    [1, reshape((note) => ({ ...note, length: String(note.text).length }))],
    // One that must not run twice over the same record leaves alone what it has changed.
    [
      2,
      reshape((note) =>
        "words" in note ? note : { words: String(note.text).split(" "), length: note.length },
      ),
    ],
  ]);
}

const openNew = (dataFolder: string, step: () => void = () => undefined) =>
  openStore({ ...CHAIN, dataFolder, schema: { version: 3, migrations: migrationsWith(step) } }, { logger });

describe("migrating a store on disk", () => {
  it("brings an older database to this daemon's version, interrupted before any of its steps, and loses nothing", async () => {
    await using folder = await temporaryFolder();
    const old = join(folder.path, "old");
    await fillOld(old);
    const whole = await copyOf(old, join(folder.path, "whole"));
    let steps = 0;
    await (
      await openNew(whole, () => {
        steps += 1;
      })
    ).close();
    expect(steps).to.equal(6);
    const expected = await notesIn(whole);
    expect(expected.schema).to.equal(3);
    expect(expected.notes).to.have.length(NOTES);
    expect(expected.notes[0]).to.deep.equal({ words: ["note", "0"], length: 6 });

    for (let killedAt = 1; killedAt <= steps; killedAt += 1) {
      const data = await copyOf(old, join(folder.path, `killed-${killedAt}`));
      let step = 0;
      const killed = openNew(data, () => {
        step += 1;
        if (step === killedAt) throw new Error("killed");
      });
      expect(await killed.catch((error: Error) => error.message), `at ${killedAt}`).to.equal("killed");
      const store = await openNew(data);
      expect(await store.journal.jobs.live(), `at ${killedAt}`).to.have.length(FILLED_JOBS);
      const signing = { ...CHAIN, execution: 1n, task: 0, contextHash: digest("context 1") };
      await failure(
        store.journal.signings.checkAndRecordSigning({ ...signing, outputDigest: digest("another") }),
        "SIGNING_CONFLICT",
      );
      await store.close();
      expect(await notesIn(data), `at ${killedAt}`).to.deep.equal(expected);
    }
  });

  it("is not undone: what a later daemon wrote, also half way, this one refuses and leaves alone", async () => {
    await using folder = await temporaryFolder();
    for (const what of ["whole", "half way"]) {
      const data = join(folder.path, what);
      await fillOld(data);
      let step = 0;
      const opened = openNew(data, () => {
        step += 1;
        // The first migration is over and remembered; the marker still says the old version.
        if (what === "half way" && step === 5) throw new Error("killed");
      });
      await opened
        .then((store) => store.close())
        .catch((error: Error) => expect(error.message).to.equal("killed"));
      const error = await failure(openAt(data), "STORE_SCHEMA_NEWER");
      expect(error.details, what).to.deep.equal({ found: what === "whole" ? 3 : 2, supported: 1 });
      expect(error.hint).to.contain("newer daemon");
      if (what === "whole") {
        const before = await bytesOf(data);
        await failure(openAt(data), "STORE_SCHEMA_NEWER");
        expect(await bytesOf(data)).to.deep.equal(before);
        expect((await verifyStore(data)).checks[0]).to.include({ name: "marker", outcome: "wrong" });
      }
      await (await openNew(data)).close();
      expect((await notesIn(data)).schema, what).to.equal(3);
    }
  });

  it("refuses a version from which no way leads here, and leaves it alone", async () => {
    await using folder = await temporaryFolder();
    await fillOld(folder.path);
    const schema = { version: 5, migrations: new Map() };
    const open = () => openStore({ ...CHAIN, dataFolder: folder.path, schema }, { logger });
    const error = await failure(open(), "STORE_SCHEMA_UNKNOWN");
    expect(error.details).to.deep.equal({ found: 1, supported: 5 });
    const store = await openAt(folder.path);
    expect(await store.journal.jobs.live()).to.have.length(FILLED_JOBS);
    await store.close();
  });
});
