import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { RESTORE_STEPS } from "../../../node/src/store/restore.ts";
import { rebuildStore, SET_ASIDE_MAX } from "../../../node/src/store/setAside.ts";
import { LEDGER_ENTRY_BYTES, LEDGER_FILE } from "../../../node/src/store/signingLedger.ts";
import { verifyStore } from "../../../node/src/store/verify.ts";
import { readWatermark, WATERMARK_FILE } from "../../../node/src/store/watermark.ts";
import { backUp, bytesOf, restoreFrom } from "./backups.ts";
import { FILLED_JOBS, fill, flipBytes, openAt } from "./folders.ts";
import { ACCOUNT, attempt, CHAIN, digest, failure, minedAs, signed, temporaryFolder } from "./helpers.ts";

const CHILD = join(import.meta.dirname, "child.ts");
const LATER = 2_000_000_000n;

const signingOf = (execution: bigint, text: string, createdAt?: bigint) => ({
  ...CHAIN,
  execution,
  task: 0,
  contextHash: digest(`context ${execution}`),
  outputDigest: digest(text),
  ...(createdAt === undefined ? {} : { createdAt }),
});

/** A later life in a folder: it signs for executions `from` to `to`. */
async function signMore(dataFolder: string, from: bigint, to: bigint): Promise<void> {
  const store = await openAt(dataFolder);
  for (let execution = from; execution <= to; execution += 1n)
    await signed(store.journal, { execution, task: 0 }, `context ${execution}`);
  await store.close();
}

/** Opens the store of a folder that was restored: all that was signed is on record, and nothing of before is signed. */
async function expectRestored(
  dataFolder: string,
  jobs = FILLED_JOBS,
  more: readonly bigint[] = [],
): Promise<void> {
  expect((await verifyStore(dataFolder)).checks.filter(({ outcome }) => outcome === "wrong")).to.deep.equal(
    [],
  );
  for (const life of ["first", "second"]) {
    const store = await openAt(dataFolder);
    expect(store.start, life).to.equal("known");
    expect(await store.journal.jobs.live(), life).to.have.length(jobs);
    for (const execution of [1n, BigInt(jobs), ...more]) {
      const { outputDigest: _, ...context } = signingOf(execution, "");
      expect(await store.journal.signings.digestOf(context), `${life} ${execution}`).not.to.equal(undefined);
      await failure(
        store.journal.signings.checkAndRecordSigning(signingOf(execution, "another", 1n)),
        "SIGNING_BARRED",
      );
    }
    await store.watermark.seal({ timestamp: LATER, execution: 500n });
    await failure(
      store.journal.signings.checkAndRecordSigning(signingOf(499n, "x", LATER)),
      "SIGNING_BARRED",
    );
    await store.journal.signings.checkAndRecordSigning(signingOf(501n, "new", LATER + 1n));
    await store.close();
  }
}

describe("restoring a backup", () => {
  it("makes the store what it was, and nothing is signed for executions of before, across restarts", async () => {
    await using folder = await temporaryFolder();
    await fill(join(folder.path, "data"));
    const path = join(folder.path, "backup");
    await backUp(join(folder.path, "data"), path);
    const { movedTo, signings } = await restoreFrom(path, join(folder.path, "target"));
    expect({ movedTo, signings }).to.deep.equal({ movedTo: undefined, signings: FILLED_JOBS });
    await expectRestored(join(folder.path, "target"));
  });

  it("is refused over a node's own memory, and changes nothing, unless that is to be set aside", async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, "data");
    await fill(data);
    const path = join(folder.path, "backup");
    await backUp(data, path);
    // A life after the backup: what it signed is in the folder's ledger alone, once the database is replaced.
    await signMore(data, 40n, 40n);
    const before = await bytesOf(data);
    const error = await failure(restoreFrom(path, data), "RESTORE_OVER_HISTORY");
    expect(error.hint).to.contain("--set-aside");
    expect(await bytesOf(data)).to.deep.equal(before);

    const { movedTo, signings } = await restoreFrom(path, data, { setAside: true });
    expect(movedTo).to.equal(join(data, "db.replaced-1"));
    expect(signings).to.equal(FILLED_JOBS + 1);
    await expectRestored(data, FILLED_JOBS, [40n]);
  });

  for (const what of ["the marker", "the database", "everything but the ledger"]) {
    it(`knows a folder with a history also where ${what} is gone`, async () => {
      await using folder = await temporaryFolder();
      const data = join(folder.path, "data");
      await fill(data, 2);
      const path = join(folder.path, "backup");
      await backUp(data, path);
      const names = { "the marker": ["history.json"], "the database": ["db"] }[what] ?? [
        "history.json",
        "db",
        "sequence.mark",
      ];
      for (const name of names) await rm(join(data, name), { recursive: true });
      await failure(restoreFrom(path, data), "RESTORE_OVER_HISTORY");
      await restoreFrom(path, data, { setAside: true });
      await expectRestored(data, 2);
    });
  }

  for (const isOver of [false, true]) {
    for (const step of RESTORE_STEPS) {
      it(`cut short before "${step}" ${isOver ? "over a history" : "in an empty folder"}, leaves nothing that signs, and may be run again`, async () => {
        await using folder = await temporaryFolder();
        const data = join(folder.path, "data");
        const target = isOver ? data : join(folder.path, "target");
        await fill(data);
        const path = join(folder.path, "backup");
        await backUp(data, path);
        if (isOver) {
          await signMore(data, 40n, 40n);
        }
        const killed = restoreFrom(path, target, { setAside: isOver }, async (at) => {
          if (at === step) throw new Error("killed here");
        });
        expect(await killed.catch((error: Error) => error.message)).to.equal("killed here");

        const isBegun = step !== "watermark";
        const facts = await readWatermark(join(target, WATERMARK_FILE));
        expect(facts?.reason, "the watermark comes before anything else").to.equal(
          isBegun ? "restore" : undefined,
        );
        if (RESTORE_STEPS.indexOf(step) >= RESTORE_STEPS.indexOf("aside")) {
          const error = await failure(openAt(target), "STORE_RESTORE_UNFINISHED");
          expect(error.hint).to.contain("restore again").and.to.contain("rebuild");
        } else {
          const store = await openAt(target);
          const signing = store.journal.signings.checkAndRecordSigning(signingOf(88n, "x", LATER));
          if (isBegun) await failure(signing, "SIGNING_BARRED");
          else await signing;
          await store.close();
        }

        // The same line again; in an empty folder the opening above made a history before the marker was written.
        const hasOpened = RESTORE_STEPS.indexOf(step) < RESTORE_STEPS.indexOf("aside");
        await restoreFrom(path, target, { setAside: isOver || hasOpened });
        await expectRestored(target, FILLED_JOBS, isOver ? [40n] : []);
      });
    }
  }

  it("frees what a transaction carried, and takes no transaction over", async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, "data");
    const store = await openAt(data);
    const { journal } = store;
    const sent = await signed(journal, { execution: 1n, task: 0 }, "context 1");
    const mined = await signed(journal, { execution: 2n, task: 0 }, "context 2");
    const carrier = attempt("carrier", 100n, [sent, mined]);
    await journal.transactions.recordIntended({ account: ACCOUNT, nonce: 0 }, carrier);
    await journal.transactions.recordSent({ account: ACCOUNT, nonce: 0 }, carrier.hash);
    await journal.jobs.recordMined({ execution: 2n, task: 0 }, minedAs(carrier.hash));
    await store.close();
    const path = join(folder.path, "backup");
    await backUp(data, path);
    const target = join(folder.path, "target");
    await restoreFrom(path, target);
    const restored = await openAt(target);
    const first = await restored.journal.jobs.get({ execution: 1n, task: 0 });
    expect(first).to.deep.include({ state: "signed", transaction: null });
    expect(first?.signed).to.deep.equal(sent.signed);
    expect(await restored.journal.jobs.recordUnmined({ execution: 2n, task: 0 })).to.include({
      state: "signed",
    });
    expect(await restored.journal.transactions.live()).to.deep.equal([]);
    expect(await restored.journal.transactions.highestNonce(ACCOUNT)).to.equal(undefined);
    await restored.close();
  });

  it("counts writes on, so that neither database can pass for the other", async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, "data");
    await fill(data, 2);
    const path = join(folder.path, "backup");
    await backUp(data, path);
    await signMore(data, 3n, 5n);
    const sequence = async () =>
      JSON.parse(await readFile(join(data, "history.json"), "utf8")).sequence as number;
    const before = await sequence();
    await restoreFrom(path, data, { setAside: true });
    expect(await sequence()).to.be.greaterThan(before);
    // The replaced database put back by hand stands before what was acknowledged since.
    await rm(join(data, "db"), { recursive: true });
    await rename(join(data, "db.replaced-1"), join(data, "db"));
    await failure(openAt(data), "STORE_DAMAGED");
  });

  it("keeps what is sound of a damaged ledger, and the file", async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, "data");
    await fill(data, 1);
    const path = join(folder.path, "backup");
    await backUp(data, path);
    await signMore(data, 2n, 6n);
    await flipBytes(join(data, LEDGER_FILE), 4 * LEDGER_ENTRY_BYTES + 9);
    const { signings } = await restoreFrom(path, data, { setAside: true });
    expect(signings).to.equal(4);
    expect(await readdir(data)).to.include(`${LEDGER_FILE}.aside-1`);
    await expectRestored(data, 1, [2n, 4n]);
  });

  it("is refused while a daemon works there, and by a disk with too many databases set aside", async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, "data");
    await fill(data, 2);
    const path = join(folder.path, "backup");
    await backUp(data, path);
    const store = await openAt(data);
    await failure(restoreFrom(path, data, { setAside: true }), "STORE_LOCKED");
    const child = fork(CHILD, ["open", data], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    const [message] = await once(child, "message");
    await once(child, "exit");
    expect(message, "the lock still holds").to.deep.equal({ failed: "STORE_LOCKED" });
    await store.close();
    for (let number = 1; number <= SET_ASIDE_MAX; number += 1)
      await mkdir(join(data, `db.replaced-${number}`));
    await failure(restoreFrom(path, data, { setAside: true }), "STORE_SET_ASIDE_TOO_OFTEN");
    expect(await readWatermark(join(data, WATERMARK_FILE))).to.equal(undefined);
  });
});

describe("rebuilding a store", () => {
  it("sets the database aside, keeps signings and blobs, and may be repeated", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path);
    const filled = await openAt(folder.path);
    const blob = await filled.blobs.put(Buffer.from("blob"));
    await filled.close();
    for (const number of [1, 2]) {
      expect(await rebuildStore(folder.path)).to.equal(join(folder.path, `db.damaged-${number}`));
      const store = await openAt(folder.path);
      expect(store.start).to.equal("rebuild");
      expect(await store.journal.jobs.live()).to.deep.equal([]);
      expect(await store.blobs.has(blob)).to.equal(true);
      await failure(
        store.journal.signings.checkAndRecordSigning(signingOf(1n, "another")),
        "SIGNING_CONFLICT",
      );
      await failure(store.journal.signings.checkAndRecordSigning(signingOf(77n, "x")), "SIGNING_BARRED");
      await store.close();
    }
  });

  it("helps after a restore that was cut short", async () => {
    await using folder = await temporaryFolder();
    await fill(join(folder.path, "data"), 2);
    const path = join(folder.path, "backup");
    await backUp(join(folder.path, "data"), path);
    const target = join(folder.path, "target");
    await restoreFrom(path, target, {}, async (at) => {
      if (at === "ledger") throw new Error("killed");
    }).catch(() => undefined);
    await failure(openAt(target), "STORE_RESTORE_UNFINISHED");
    await rebuildStore(target);
    const store = await openAt(target);
    expect(store.start).to.equal("rebuild");
    expect(store.watermark.facts?.reason).to.equal("restore");
    await store.close();
  });

  for (const [what, spoil, kept] of [
    ["gone", (path: string) => rm(path), 0],
    ["cut short", (path: string) => truncate(path, 3 * LEDGER_ENTRY_BYTES), 3],
    ["damaged", (path: string) => flipBytes(path, 4 * LEDGER_ENTRY_BYTES + 30), 4],
  ] as const) {
    it(`refuses a ledger that is ${what}, unless told to go on: then nothing of before is signed, whatever is left on record`, async () => {
      await using folder = await temporaryFolder();
      await fill(folder.path);
      await spoil(join(folder.path, LEDGER_FILE));
      const error = await failure(rebuildStore(folder.path), "SIGNINGS_LOST");
      expect(error.hint).to.contain("--signings-lost");
      expect(await readdir(folder.path), "nothing was changed")
        .to.include("db")
        .and.not.to.include("db.damaged-1");
      await rebuildStore(folder.path, { acceptLostSignings: true });
      if (kept > 0) expect(await readdir(folder.path)).to.include(`${LEDGER_FILE}.aside-1`);
      for (const life of ["first", "second"]) {
        const store = await openAt(folder.path);
        const { outputDigest: _, ...last } = signingOf(BigInt(kept), "");
        if (kept > 0) expect(await store.journal.signings.digestOf(last), life).not.to.equal(undefined);
        for (const execution of [1n, 5n, 12n, 99n])
          await failure(
            store.journal.signings.checkAndRecordSigning(signingOf(execution, "another", 1n)),
            "SIGNING_BARRED",
          );
        await store.close();
      }
    });
  }

  it("signs nothing for executions of before also where the ledger looks whole, once told that signings are lost", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path);
    await rebuildStore(folder.path, { acceptLostSignings: true });
    const store = await openAt(folder.path);
    const { outputDigest: _, ...context } = signingOf(1n, "");
    const outputDigest = await store.journal.signings.digestOf(context);
    if (outputDigest === undefined) throw new Error("the ledger was thrown away");
    await failure(
      store.journal.signings.checkAndRecordSigning({ ...context, outputDigest, createdAt: 1n }),
      "SIGNING_BARRED",
    );
    await store.close();
  });

  it("is refused in a folder where no node has worked", async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, "pleiad.yaml"), "");
    const error = await failure(rebuildStore(folder.path), "STORE_HISTORY_MISSING");
    expect(error.message).to.contain(folder.path);
    await failure(verifyStore(folder.path), "STORE_HISTORY_MISSING");
    expect(await readdir(folder.path)).to.deep.equal(["pleiad.yaml"]);
    await failure(rebuildStore(join(folder.path, "nowhere")), "STORE_HISTORY_MISSING");
  });
});
