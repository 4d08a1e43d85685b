import { PleiadError } from "@pleiad/sdk/errors";
import type { JobRecord } from "../chain/journal.ts";
import { CHAIN_KEY, chainSchema, type StoreChain } from "./chainRecord.ts";
import { decodeRecord, isSameHex, jobSchema, transactionSchema } from "./codec.ts";
import { decodeEnvelope } from "./envelope.ts";
import { storeDamaged } from "./errors.ts";
import { ENDED_JOBS, isLive, jobPathOf, LIVE_JOBS } from "./jobRecords.ts";
import { MANAGER_DATA, MANAGER_NAMES, managerNameSchema } from "./managerDatabases.ts";
import { decodeMeta, META_KEY, type Meta } from "./records.ts";
import {
  contextOf,
  SIGNING_COUNT_KEY,
  SIGNING_PREFIX,
  signingCountSchema,
  signingKeyOf,
  signingSchema,
} from "./signingJournal.ts";
import { LIVE_TRANSACTIONS, transactionPathOf } from "./transactionRecords.ts";

/** What was found wrong with records: where, and what. */
export interface RecordFinding {
  readonly key: string;
  readonly reason: string;
}

/** More findings than that say nothing new. */
export const RECORD_FINDINGS_MAX = 20;

/** What a look at all records came to. */
export interface RecordsReport {
  readonly meta: Meta | undefined;
  readonly chain: StoreChain | undefined;
  readonly records: number;
  readonly signings: number;
  readonly liveJobs: number;
  readonly endedJobs: number;
  readonly transactions: number;
  /** The first `RECORD_FINDINGS_MAX`. */
  readonly findings: readonly RecordFinding[];
}

/**
 * Checks all records of a store as they come by, in key order: each one's checksum, number and shape; that together
 * they are what was written; and that the journals agree, jobs with signings and with the transactions that carry them.
 * Keeps in memory what later records must answer: something for each signed job, a bit for each signing.
 */
export function createRecordsCheck() {
  const findings: RecordFinding[] = [];
  const counts = { records: 0, signings: 0, liveJobs: 0, endedJobs: 0, transactions: 0 };
  let meta: Meta | undefined;
  let chain: StoreChain | undefined;
  let signingCount: number | undefined;
  let sum = 0n;
  let highest = 0;
  let indexes = new Uint8Array(1_024);
  /** Signed jobs, whose signing is to come. */
  const signed: JobRecord[] = [];
  /** Digests that must be on record, by key. */
  let expectedSignings: Map<string, JobRecord> | undefined;
  /** Transactions that must be live, by key, with the job that is said to be on its way. */
  const expectedTransactions = new Map<string, JobRecord>();

  function found(key: string, reason: string): void {
    if (findings.length < RECORD_FINDINGS_MAX) findings.push({ key, reason });
  }

  function takeJob(key: string, payload: unknown): void {
    const job = decodeRecord(key, jobSchema, payload);
    const isAmongLive = key.startsWith(LIVE_JOBS);
    counts[isAmongLive ? "liveJobs" : "endedJobs"] += 1;
    if (key !== (isLive(job.state) ? LIVE_JOBS : ENDED_JOBS) + jobPathOf(job)) {
      found(key, `a job in state ${job.state} does not belong there`);
    }
    if (job.signed !== null) signed.push(job);
    if (job.state === "sent" && job.transaction === null) found(key, "it was sent by no transaction");
    if (job.state === "sent" && job.transaction !== null)
      expectedTransactions.set(LIVE_TRANSACTIONS + transactionPathOf(job.transaction), job);
  }

  function takeSigning(key: string, payload: unknown): void {
    const { index, digest } = decodeRecord(key, signingSchema, payload);
    counts.signings += 1;
    const byte = index >>> 3;
    if (byte >= indexes.length) {
      const larger = new Uint8Array(Math.max(byte + 1, indexes.length * 2));
      larger.set(indexes);
      indexes = larger;
    }
    const bit = 1 << (index & 7);
    if (((indexes[byte] ?? 0) & bit) !== 0) found(key, `signing ${index} is there twice`);
    indexes[byte] = (indexes[byte] ?? 0) | bit;
    expectedSignings ??= signingsOf(signed);
    const job = expectedSignings.get(key);
    if (job?.signed !== null && job !== undefined && !isSameHex(job.signed.completion.outputDigest, digest))
      found(key, `task ${job.task} of execution ${job.execution} was signed otherwise than is on record`);
    expectedSignings.delete(key);
  }

  function signingsOf(jobs: readonly JobRecord[]): Map<string, JobRecord> {
    if (chain === undefined) return new Map();
    const { chainId, contract } = chain;
    return new Map(
      jobs.map((job) => {
        const { execution, task, contextHash } = job;
        return [signingKeyOf(contextOf({ chainId, contract, execution, task, contextHash })), job];
      }),
    );
  }

  /** Entries of managers' databases that came by, by the database's name. */
  const entries = new Map<string, number>();

  function takeEntry(key: string): void {
    const name = key.slice(MANAGER_DATA.length).split("/", 1)[0] ?? "";
    entries.set(name, (entries.get(name) ?? 0) + 1);
  }

  function takeDatabase(key: string, payload: unknown): void {
    const counted = decodeRecord(key, managerNameSchema, payload).entries;
    const name = key.slice(MANAGER_NAMES.length);
    const here = entries.get(name) ?? 0;
    entries.delete(name);
    if (here !== counted) found(key, `${counted} entries were counted, ${here} are here`);
  }

  function take(key: string, bytes: Uint8Array): void {
    if (key !== META_KEY) counts.records += 1;
    const { payload, sequence, checksum } = decodeEnvelope(key, bytes);
    if (key === META_KEY) {
      meta = decodeMeta(bytes);
      return;
    }
    sum ^= checksum;
    highest = Math.max(highest, sequence);
    if (key === CHAIN_KEY) chain = decodeRecord(key, chainSchema, payload);
    else if (key.startsWith(LIVE_JOBS) || key.startsWith(ENDED_JOBS)) takeJob(key, payload);
    else if (key.startsWith(SIGNING_PREFIX)) takeSigning(key, payload);
    else if (key === SIGNING_COUNT_KEY) signingCount = decodeRecord(key, signingCountSchema, payload).count;
    else if (key.startsWith(MANAGER_DATA)) takeEntry(key);
    else if (key.startsWith(MANAGER_NAMES)) takeDatabase(key, payload);
    else if (key.startsWith("tx/")) {
      counts.transactions += 1;
      decodeRecord(key, transactionSchema, payload);
      expectedTransactions.delete(key);
    }
  }

  function conclude(): void {
    if (meta === undefined) {
      found(META_KEY, "it is not there");
      return;
    }
    if (counts.records !== meta.count)
      found("db", `${meta.count} records were written, ${counts.records} are here`);
    else if (sum !== meta.sum) found("db", "an older state of some records has come back");
    if (highest > meta.sequence)
      found("db", `write ${highest} is here, but the last known write is ${meta.sequence}`);
    if (counts.signings !== (signingCount ?? 0))
      found(SIGNING_COUNT_KEY, `${signingCount ?? 0} signings were counted, ${counts.signings} are here`);
    for (const [name, here] of entries)
      found(MANAGER_NAMES + name, `${here} entries are here, and nobody has them`);
    expectedSignings ??= signingsOf(signed);
    for (const { execution, task } of expectedSignings.values())
      found("signing/", `task ${task} of execution ${execution} was signed, and that is not on record`);
    for (const [key, { execution, task }] of expectedTransactions)
      found(key, `it is said to carry task ${task} of execution ${execution}, and is not there`);
  }

  return {
    /** Takes one record; what is wrong with it is found, not thrown. */
    add(key: string, bytes: Uint8Array): void {
      try {
        take(key, bytes);
      } catch (error) {
        if (!(error instanceof PleiadError) || error.code !== "STORE_DAMAGED") throw error;
        found(key, String(error.details.reason));
      }
    },
    /** To be called once, after the last record. */
    end(): RecordsReport {
      conclude();
      return { meta, chain, ...counts, findings };
    },
  };
}

/** The first thing that was found, as an error. */
export function requireSound({ findings }: RecordsReport): void {
  const [first] = findings;
  if (first !== undefined) throw storeDamaged(first.key, first.reason);
}
