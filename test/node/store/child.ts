/**
 * A process to be killed, or refused: `node child.ts <what> <data folder> [argument]`. It tells its parent by IPC
 * what was acknowledged, and then does nothing more until it is killed.
 */
import { PleiadError } from "@pleiad/sdk/errors";
import type { Journal } from "../../../node/src/chain/journal.ts";
import type { Store } from "../../../node/src/store/open.ts";
import { openAt } from "./folders.ts";
import { ACCOUNT, attempt, CHAIN, digest, LEASE, minedAs, output, signedFor } from "./helpers.ts";

const KEY = { execution: 1n, task: 0 };
const TRANSACTION = { account: ACCOUNT, nonce: 0 };

/** The way of one job, step by step; each step is acknowledged before the next one begins. */
const STEPS: readonly ((journal: Journal) => Promise<unknown>)[] = [
  ({ jobs }) => jobs.lease(KEY, { ...LEASE, contextHash: digest("context") }),
  async ({ jobs }) => jobs.recordRunning(KEY, (await jobOf(jobs)).lease.id),
  async ({ jobs }) => jobs.recordOutput(KEY, (await jobOf(jobs)).lease.id, output("answer")),
  ({ signings }) =>
    signings.checkAndRecordSigning({
      ...CHAIN,
      ...KEY,
      contextHash: digest("context"),
      outputDigest: output("answer").digest,
    }),
  async ({ jobs }) => jobs.recordSigned(KEY, signedFor(await jobOf(jobs))),
  async ({ jobs, transactions }) =>
    transactions.recordIntended(TRANSACTION, attempt("carrier", 100n, [await jobOf(jobs)])),
  ({ transactions }) => transactions.recordSent(TRANSACTION, attempt("carrier").hash),
  ({ transactions }) => transactions.recordMined(TRANSACTION, minedAs(attempt("carrier").hash)),
  ({ jobs }) => jobs.recordMined(KEY, minedAs(attempt("carrier").hash)),
  ({ jobs }) => jobs.recordFinal(KEY),
];

async function jobOf(jobs: Journal["jobs"]) {
  const job = await jobs.get(KEY);
  if (job === undefined) throw new Error("the job is gone");
  return job;
}

function tell(message: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, undefined, undefined, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** Signs one thing after the other until it is killed. */
async function signForEver(store: Store): Promise<never> {
  for (let execution = 1n; ; execution += 1n) {
    await store.journal.signings.checkAndRecordSigning({
      ...CHAIN,
      execution,
      task: 0,
      contextHash: digest("context"),
      outputDigest: digest(`output ${execution}`),
    });
    await tell({ acknowledged: Number(execution) });
  }
}

/** Records outputs until the disk is full, a number of times over. Acknowledged ones are told at the end. */
async function fillDisk(store: Store, attempts: number): Promise<void> {
  const acknowledged: number[] = [];
  const failures = new Set<string>();
  for (let execution = 1; execution <= attempts; execution += 1) {
    const key = { execution: BigInt(execution), task: 0 };
    try {
      const { lease } = await store.journal.jobs.lease(key, { ...LEASE, contextHash: digest("context") });
      await store.journal.jobs.recordRunning(key, lease.id);
      // Random bytes in effect: they do not compress.
      const text = Array.from({ length: 60 }, (_, index) => digest(`${execution} ${index}`)).join("");
      await store.journal.jobs.recordOutput(key, lease.id, output(text));
      acknowledged.push(execution);
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      failures.add(`${error.code}${error.retryable ? " retryable" : ""}`);
    }
  }
  await tell({ acknowledged, failures: [...failures] });
}

const [what, dataFolder = "", argument = "0"] = process.argv.slice(2);
try {
  const store = await openAt(dataFolder);
  if (what === "steps") {
    for (const step of STEPS.slice(0, Number(argument))) await step(store.journal);
    await tell({ acknowledged: Number(argument) });
    setInterval(() => undefined, 1_000);
  } else if (what === "sign") {
    await signForEver(store);
  } else if (what === "fill") {
    await fillDisk(store, Number(argument));
    process.exit(0);
  } else {
    await tell({ opened: true });
    await store.close();
    process.disconnect();
  }
} catch (error) {
  if (!(error instanceof PleiadError)) throw error;
  await tell({ failed: error.code });
  process.disconnect();
}
