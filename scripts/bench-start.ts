import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ClassicLevel } from "classic-level";
import { pino } from "pino";
import { keccak256, stringToBytes } from "viem";
import type { JobRecord } from "../node/src/chain/journal.ts";
import { putJob } from "../node/src/store/jobRecords.ts";
import { openLevelBackend } from "../node/src/store/levelBackend.ts";
import { DATABASE_FOLDER, openStore } from "../node/src/store/open.ts";
import { openRecords } from "../node/src/store/records.ts";
import { contextOf, SIGNING_COUNT_KEY, signingKeyOf } from "../node/src/store/signingJournal.ts";
import { ENDED_JOBS_KEPT } from "../node/src/work/engine.ts";

/**
 * `node scripts/bench-start.ts [--executions N] [--json]`: how long a store takes to open that has finished executions, each
 * record and signing of them checked, beside a bare walk over the same database in the same run. Twice: with every job
 * still there, as no daemon leaves it, and after the journal was pruned to what the daemon keeps. Each opening is a
 * process of its own; of three, the median.
 */
const EXECUTIONS_DEFAULT = 100_000;
/** What both openings are to stay below, with that many. Milliseconds. */
const OPEN_MS_MAX = 3_000;
const RUNS = 3;
const FILL_BATCH = 1_000;
/** An ordinary answer. Bytes. */
const OUTPUT_BYTES = 600;

const CHAIN = { chainId: 31_337, contract: "0x5fbdb2315678afecb367f032d93f642f64180aa3" } as const;
const logger = pino({ level: "silent" });

const { values } = parseArgs({
  options: {
    executions: { type: "string", default: String(EXECUTIONS_DEFAULT) },
    json: { type: "boolean", default: false },
    // What one process of its own does.
    child: { type: "string" },
    folder: { type: "string", default: "" },
  },
});
if (values.child === undefined) await main(Number(values.executions));
else await work(values.child, values.folder);

interface Opening {
  /** From nothing to journals that answer, with the list of live jobs and the latest ended ones. */
  readonly openMs: number;
  /** Of that, what the processor was busy: the same on a machine that is busy otherwise. */
  readonly openCpuMs: number;
  /** A walk over all entries of the database, nothing checked. */
  readonly walkMs: number;
  /** Resident memory of the process with the store open. */
  readonly residentMiB: number;
}

async function main(executions: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "pleiad-start-"));
  try {
    await fill(folder, executions);
    const whole = await openings(folder);
    await run("prune", folder);
    const kept = await openings(folder);
    if (values.json) {
      console.log(JSON.stringify({ executions, openMsMax: OPEN_MS_MAX, whole, kept }));
    } else {
      console.log(
        `${executions} finished executions, a job and a signing each; median of ${RUNS}, at most ${OPEN_MS_MAX} ms`,
      );
      tell("every job still there", whole);
      tell(`${Math.min(executions, ENDED_JOBS_KEPT)} jobs kept, as a daemon does`, kept);
    }
    if (Math.max(whole.openMs, kept.openMs) > OPEN_MS_MAX) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tell(what: string, { openMs, openCpuMs, walkMs, residentMiB }: Opening): void {
  const ratio = (openMs / walkMs).toFixed(1);
  console.log(
    `${what}: open ${openMs} ms (processor ${openCpuMs} ms), ${ratio} times a bare walk (${walkMs} ms), ${residentMiB} MiB resident`,
  );
}

async function openings(folder: string): Promise<Opening> {
  const all: Opening[] = [];
  for (let i = 0; i < RUNS; i += 1) all.push(await run<Opening>("open", folder));
  const median = (of: (opening: Opening) => number) =>
    Math.round(all.map(of).sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0);
  return {
    openMs: median(({ openMs }) => openMs),
    openCpuMs: median(({ openCpuMs }) => openCpuMs),
    walkMs: median(({ walkMs }) => walkMs),
    residentMiB: median(({ residentMiB }) => residentMiB),
  };
}

async function run<T>(what: string, folder: string): Promise<T> {
  const child = fork(import.meta.filename, ["--child", what, "--folder", folder]);
  const ended = once(child, "exit");
  const told = once(child, "message").then(([message]) => message as T);
  told.catch(() => undefined);
  const first = await Promise.race([told, ended.then(([code]) => new Error(`${what} ended with ${code}`))]);
  if (first instanceof Error) throw first;
  await ended;
  return first;
}

async function work(what: string, dataFolder: string): Promise<void> {
  if (what === "prune") {
    const store = await openStore({ ...CHAIN, dataFolder }, { logger });
    const forgotten = await store.journal.jobs.prune(ENDED_JOBS_KEPT);
    await store.close();
    process.send?.({ forgotten });
    return;
  }
  const walkMs = await walk(dataFolder);
  const from = performance.now();
  const cpuBefore = process.cpuUsage();
  const store = await openStore({ ...CHAIN, dataFolder }, { logger });
  await store.journal.jobs.live();
  await store.journal.jobs.ended(1);
  const openMs = performance.now() - from;
  const { user, system } = process.cpuUsage(cpuBefore);
  const residentMiB = process.memoryUsage.rss() / 1024 / 1024;
  await store.close();
  process.send?.({ openMs, openCpuMs: (user + system) / 1_000, walkMs, residentMiB } satisfies Opening);
}

/** Reads every entry once, after one walk that warms the system's cache. */
async function walk(dataFolder: string): Promise<number> {
  const level = new ClassicLevel<string, Uint8Array>(join(dataFolder, DATABASE_FOLDER), {
    valueEncoding: "view",
  });
  await level.open();
  let ms = 0;
  for (let i = 0; i < 2; i += 1) {
    const from = performance.now();
    let bytes = 0;
    for await (const [, value] of level.iterator()) bytes += value.length;
    ms = performance.now() - from;
    if (bytes === 0) throw new Error("an empty database");
  }
  await level.close();
  return ms;
}

/** A history as a daemon writes it, past the journal's own steps, of which each would wait for the disk. */
async function fill(dataFolder: string, executions: number): Promise<void> {
  await (await openStore({ ...CHAIN, dataFolder }, { logger })).close();
  const backend = await openLevelBackend({ folder: join(dataFolder, DATABASE_FOLDER), create: false });
  const records = await openRecords(
    { create: false, schema: 1, name: dataFolder, acknowledged: 0 },
    { backend },
  );
  for (let first = 0; first < executions; first += FILL_BATCH) {
    const end = Math.min(first + FILL_BATCH, executions);
    await records.update(
      async (draft) => {
        for (let index = first; index < end; index += 1) {
          const job = finished(BigInt(index + 1));
          putJob(draft, job);
          draft.put(signingKeyOf(contextOf({ ...CHAIN, ...job })), { index, digest: job.output?.digest });
        }
        draft.put(SIGNING_COUNT_KEY, { count: end });
      },
      { flush: false },
    );
  }
  await records.close();
  // The first opening writes the ledger from the records.
  await (await openStore({ ...CHAIN, dataFolder }, { logger })).close();
}

function finished(execution: bigint): JobRecord {
  const digest = (what: string) => keccak256(stringToBytes(`${what} ${execution}`));
  // Bytes that do not compress, as far as an answer does not.
  const text = Array.from({ length: 10 }, (_, part) => digest(`output ${part}`)).join("");
  const bytes = stringToBytes(text).slice(0, OUTPUT_BYTES);
  const contextHash = digest("context");
  const outputDigest = keccak256(bytes);
  const inclusion = {
    transactionHash: digest("transaction"),
    blockNumber: execution,
    blockHash: digest("block"),
  };
  return {
    execution,
    task: 0,
    state: "final",
    contextHash,
    lease: { id: "session/1", attempt: 1, session: "session", untilMs: 1, released: true },
    output: { digest: outputDigest, bytes },
    signed: {
      completion: {
        execution,
        task: 0,
        contextHash,
        outputDigest,
        evidenceDigest: digest("evidence"),
        node: 3n,
        tip: 0n,
      },
      signature: `${digest("r")}${digest("s").slice(2)}1b`,
    },
    transaction: null,
    inclusion,
    failures: [],
    end: null,
    updatedAtMs: 1,
  };
}
