import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { JobState, TransactionState } from "../../../node/src/chain/journal.ts";
import type { Store } from "../../../node/src/store/open.ts";
import { setAside } from "../../../node/src/store/setAside.ts";
import { databaseFiles, openAt } from "./folders.ts";
import { ACCOUNT, CHAIN, digest, failure, output, temporaryFolder } from "./helpers.ts";

const CHILD = join(import.meta.dirname, "child.ts");
const KEY = { execution: 1n, task: 0 };

function start(...args: readonly string[]): ChildProcess {
  return fork(CHILD, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
}

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

const signing = { ...CHAIN, ...KEY, contextHash: digest("context") };

type Check = (store: Store) => Promise<void>;

const jobIs =
  (state: JobState): Check =>
  async ({ journal }) => {
    expect((await journal.jobs.get(KEY))?.state).to.equal(state);
  };

const transactionIs =
  (state: TransactionState): Check =>
  async ({ journal }) => {
    expect((await journal.transactions.get({ account: ACCOUNT, nonce: 0 }))?.state).to.equal(state);
  };

/** What each acknowledged step has left for the next start. */
const AFTER: readonly (readonly [step: string, ...holds: Check[]])[] = [
  ["leased", jobIs("leased")],
  ["running", jobIs("running")],
  [
    "answered",
    async ({ journal }) => {
      expect((await journal.jobs.get(KEY))?.output?.bytes).to.deep.equal(output("answer").bytes);
    },
  ],
  [
    "recorded for signing",
    async ({ journal }) => {
      expect(await journal.signings.digestOf(signing)).to.equal(output("answer").digest);
      const other = journal.signings.checkAndRecordSigning({ ...signing, outputDigest: digest("other") });
      await failure(other, "SIGNING_CONFLICT");
    },
  ],
  ["signed", jobIs("signed")],
  ["intended", transactionIs("intended"), jobIs("signed")],
  ["sent", transactionIs("sent"), jobIs("sent")],
  ["transaction mined", transactionIs("mined")],
  ["mined", jobIs("mined")],
  ["final", jobIs("final")],
];

describe("a store whose process is killed", () => {
  for (const [index, [step, ...holds]] of AFTER.entries()) {
    it(`still holds at the next start that it was ${step}`, async () => {
      await using folder = await temporaryFolder();
      const child = start("steps", folder.path, `${index + 1}`);
      const [message] = await once(child, "message");
      expect(message).to.deep.equal({ acknowledged: index + 1 });
      await kill(child);
      const store = await openAt(folder.path);
      expect(store.start).to.equal("known");
      for (const check of holds) await check(store);
      await store.close();
    });
  }

  it("holds every signing that was acknowledged, killed in the middle of writing", async () => {
    for (const count of [1, 40, 200]) {
      await using folder = await temporaryFolder();
      const child = start("sign", folder.path);
      let acknowledged = 0;
      await new Promise<void>((resolve) => {
        child.on("message", (message: { acknowledged: number }) => {
          acknowledged = message.acknowledged;
          if (acknowledged === count) {
            child.kill("SIGKILL");
            resolve();
          }
        });
      });
      await once(child, "exit");
      const store = await openAt(folder.path);
      const { signings } = store.journal;
      for (let execution = 1n; execution <= acknowledged; execution += 1n) {
        const recorded = await signings.digestOf({ ...signing, execution });
        expect(recorded, `execution ${execution} of ${acknowledged}`).to.equal(digest(`output ${execution}`));
      }
      await store.close();
    }
  });

  it("is known to be damaged when the end of its log is lost after that", async () => {
    await using folder = await temporaryFolder();
    const child = start("steps", folder.path, "4");
    await once(child, "message");
    await kill(child);
    const [log] = await databaseFiles(folder.path, ".log");
    if (log === undefined) throw new Error("no log");
    await truncate(log, (await stat(log)).size - 1);
    const error = await failure(openAt(folder.path), "STORE_DAMAGED");
    expect(error.message).to.contain("was acknowledged");
    await setAside(folder.path);
    const store = await openAt(folder.path);
    expect(await store.journal.signings.digestOf(signing)).to.equal(output("answer").digest);
    await store.close();
  });

  it("gives its lock back", async () => {
    await using folder = await temporaryFolder();
    const child = start("steps", folder.path, "1");
    await once(child, "message");
    await failure(openAt(folder.path), "STORE_LOCKED");
    await kill(child);
    await (await openAt(folder.path)).close();
  });
});
