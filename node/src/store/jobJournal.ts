import { type Address, keccak256, zeroHash } from "viem";
import {
  JOB_FAILURES_MAX,
  type JobJournal,
  type JobKey,
  type JobLease,
  type JobOutput,
  type JobRecord,
  type JobState,
  OUTPUT_INLINE_BYTES_MAX,
  type SignedCompletion,
  type SigningJournal,
} from "../chain/journal.ts";
import { decodeRecord, isSameHex, jobSchema } from "./codec.ts";
import { boundFailure, ENDED_JOBS, isLive, jobError, LIVE_JOBS, putJob, readJob } from "./jobRecords.ts";
import type { Draft, Records } from "./records.ts";
import { isLiveTransaction } from "./transactionRecords.ts";

/** A step whose loss in a power cut is made up for by the one before it; see "What is flushed" in `chain/journal.ts`. */
const FLUSHED_WITH_THE_NEXT = { flush: false };

/** Jobs forgotten in one step. */
const PRUNE_BATCH = 500;

/**
 * The jobs of `chain/journal.ts`, whose table says which step is allowed when.
 *
 * @param options.chainId chain of the executions
 * @param options.contract their `ClusterExecutions`
 * @param options.session names this opening of the store; leases of any other are void
 * @param options.now Unix milliseconds
 * @param modules.signings asked before a signature is recorded
 */
export function createJobJournal(
  options: {
    readonly chainId: number;
    readonly contract: Address;
    readonly session: string;
    readonly now: () => number;
  },
  modules: { readonly records: Records; readonly signings: SigningJournal },
): JobJournal {
  const { chainId, contract, session, now } = options;
  const { records, signings } = modules;

  /** Leases taken in this session: with its name they make ids that no other lease has had. */
  let leases = 0;

  /** Reads the job, lets `change` make the next one of it, and writes that; the same object back means no change. */
  function step(
    key: JobKey,
    change: (job: JobRecord, draft: Draft) => JobRecord | Promise<JobRecord>,
    options: { readonly flush: boolean } = { flush: true },
  ): Promise<JobRecord> {
    return records.update(async (draft) => {
      const job = await readJob(draft, key);
      if (job === undefined) throw jobError("JOB_UNKNOWN", key, "is not in the journal");
      const next = await change(job, draft);
      return next === job ? job : putJob(draft, { ...next, updatedAtMs: now() });
    }, options);
  }

  /** Refuses a signature that was made past the signing record (N4). */
  async function requireRecordedSigning(job: JobRecord, { completion }: SignedCompletion): Promise<void> {
    const { execution, task, contextHash, outputDigest } = completion;
    const recorded = await signings.digestOf({ chainId, contract, execution, task, contextHash });
    if (recorded === undefined || !isSameHex(recorded, outputDigest)) {
      throw jobError("SIGNING_UNRECORDED", job, `was signed as ${outputDigest} without its record`, {
        outputDigest,
        recorded,
      });
    }
  }

  return {
    get: (key) => readJob(records, key),

    async live() {
      return readAll(records, LIVE_JOBS, {});
    },

    async ended(limit) {
      return readAll(records, ENDED_JOBS, { reverse: true, limit });
    },

    lease: (key, request) =>
      records.update(
        async (draft) => {
          const job = await readJob(draft, key);
          const attempt = nextAttempt(job, request.contextHash, session);
          if (attempt > request.attemptsMax) {
            throw jobError("JOB_ATTEMPTS_USED_UP", key, `has used up its ${request.attemptsMax} attempts`, {
              attemptsMax: request.attemptsMax,
            });
          }
          return putJob(draft, {
            execution: key.execution,
            task: key.task,
            state: request.isReady === true ? "running" : "leased",
            contextHash: request.contextHash,
            lease: {
              id: `${session}/${++leases}`,
              attempt,
              session,
              untilMs: request.untilMs,
              released: false,
            },
            output: null,
            signed: null,
            transaction: null,
            inclusion: null,
            failures: attempt > 1 && job !== undefined ? job.failures : [],
            end: null,
            updatedAtMs: now(),
          });
        },
        { flush: true },
      ),

    recordRunning: (key, leaseId) =>
      step(
        key,
        (job) => {
          requireState(job, "running", ["leased", "running"]);
          requireLease(job, leaseId);
          return job.state === "running" ? job : { ...job, state: "running" };
        },
        FLUSHED_WITH_THE_NEXT,
      ),

    recordOutput: (key, leaseId, output) =>
      step(key, (job) => {
        requireState(job, "running", ["running"]);
        requireLease(job, leaseId);
        requireSoundOutput(job, output);
        if (job.output !== null && isSameHex(job.output.digest, output.digest)) return job;
        if (job.output !== null) throw transitionError(job, "running", "has an output already");
        return { ...job, output };
      }),

    recordAttemptFailed: (key, leaseId, failure) =>
      step(key, (job) => {
        requireState(job, "leased", ["leased", "running"]);
        requireLease(job, leaseId);
        const recorded = { ...boundFailure(failure), attempt: job.lease.attempt, atMs: now() };
        return {
          ...job,
          state: "leased",
          output: null,
          lease: released(job.lease),
          failures: [...job.failures, recorded].slice(-JOB_FAILURES_MAX),
        };
      }),

    releaseLease: (key, leaseId) =>
      step(key, (job) => {
        requireState(job, "leased", ["leased", "running"]);
        requireLease(job, leaseId);
        if (job.output !== null) throw transitionError(job, "leased", "has an output to sign");
        return { ...job, state: "leased", lease: uncounted(job.lease) };
      }),

    async recordSigned(key, signed) {
      const job = await readJob(records, key);
      if (job !== undefined && !isRepeat(job, signed)) await requireRecordedSigning(job, signed);
      return step(
        key,
        (current) => {
          if (isRepeat(current, signed)) return current;
          requireState(current, "signed", ["running"]);
          requireOwnCompletion(current, signed);
          return { ...current, state: "signed", signed, lease: released(current.lease) };
        },
        FLUSHED_WITH_THE_NEXT,
      );
    },

    recordUnsent: (key) =>
      step(key, (job) => {
        requireState(job, "signed", ["sent", "signed"]);
        return job.state === "signed" ? job : { ...job, state: "signed", transaction: null };
      }),

    recordMined: (key, inclusion) =>
      step(key, (job) => {
        requireState(job, "mined", ["signed", "sent", "mined"]);
        const isSameBlock = job.inclusion !== null && isSameHex(job.inclusion.blockHash, inclusion.blockHash);
        return job.state === "mined" && isSameBlock ? job : { ...job, state: "mined", inclusion };
      }),

    recordUnmined: (key) =>
      step(key, async (job, draft) => {
        requireState(job, "signed", ["mined", "sent", "signed"]);
        if (job.state !== "mined") return job;
        return { ...job, ...(await backWithCarrier(job, draft)), inclusion: null };
      }),

    recordFinal: (key) =>
      step(key, (job) => {
        requireState(job, "final", ["mined", "final"]);
        return job.state === "final" ? job : { ...job, state: "final" };
      }),

    recordFailed: (key, failure) =>
      step(key, (job) => {
        requireState(job, "failed", ["leased", "running", "signed", "sent", "failed"]);
        return job.state === "failed"
          ? job
          : { ...job, state: "failed", lease: released(job.lease), end: boundFailure(failure) };
      }),

    recordDropped: (key, reason) =>
      step(key, (job) => {
        requireState(job, "dropped", ["leased", "running", "signed", "sent", "mined", "dropped"]);
        if (job.state === "dropped") return job;
        const lease = job.lease.released ? job.lease : uncounted(job.lease);
        return { ...job, state: "dropped", lease, inclusion: null, end: boundFailure(reason) };
      }),

    revive: (key, contextHash) =>
      records.update(
        async (draft) => {
          const job = await readJob(draft, key);
          if (job?.state !== "dropped" || !isSameHex(job.contextHash, contextHash)) return undefined;
          if (job.output === null) return undefined;
          const back =
            job.signed === null ? { state: "running" as const } : await backWithCarrier(job, draft);
          return putJob(draft, { ...job, ...back, end: null, updatedAtMs: now() });
        },
        { flush: true },
      ),

    async prune(keep) {
      let skipped = 0;
      const forgotten: string[] = [];
      for await (const [path] of records.entries(ENDED_JOBS, { reverse: true })) {
        if (skipped < keep) skipped += 1;
        else forgotten.push(path);
      }
      for (let from = 0; from < forgotten.length; from += PRUNE_BATCH) {
        const batch = forgotten.slice(from, from + PRUNE_BATCH);
        await records.update(async (draft) => batch.forEach(draft.delete), { flush: false });
      }
      return forgotten.length;
    },
  };
}

/** Which attempt a new lease is. Cases are those of the table's `lease` rows. @throws when there can be none */
function nextAttempt(
  job: JobRecord | undefined,
  contextHash: JobRecord["contextHash"],
  session: string,
): number {
  if (job === undefined) return 1;
  if (job.state === "final") throw transitionError(job, "leased", "is final");
  if (!isSameHex(job.contextHash, contextHash)) return 1;
  if (job.state !== "leased" && job.state !== "running" && job.state !== "dropped") {
    throw transitionError(job, "leased", `is ${job.state} for this context`);
  }
  if (job.lease.session === session && !job.lease.released && job.output === null) {
    throw jobError("JOB_LEASED", job, `is leased to attempt ${job.lease.attempt}`, { lease: job.lease });
  }
  if (job.output !== null) throw jobError("JOB_ANSWERED", job, "is answered and waits to be signed");
  return job.lease.attempt + 1;
}

function requireLease(job: JobRecord, leaseId: string): void {
  const { lease } = job;
  if (lease.id !== leaseId || lease.released) {
    throw jobError("JOB_LEASE_LOST", job, `is no longer held by lease ${leaseId}`, { leaseId, lease });
  }
}

function released(lease: JobLease): JobLease {
  return { ...lease, released: true };
}

/** Released by no fault of the attempt, which may be made again. */
function uncounted(lease: JobLease): JobLease {
  return { ...lease, attempt: lease.attempt - 1, released: true };
}

/** A signed job waits for its transaction where that may still land, else for a new one. */
async function backWithCarrier(
  job: JobRecord,
  draft: Draft,
): Promise<Pick<JobRecord, "state" | "transaction">> {
  const { transaction } = job;
  if (transaction === null || !(await isLiveTransaction(draft, transaction))) {
    return { state: "signed", transaction: null };
  }
  return { state: "sent", transaction };
}

function requireState(job: JobRecord, to: JobState, from: readonly JobState[]): void {
  if (!from.includes(job.state)) throw transitionError(job, to, `is ${job.state}`);
}

function transitionError(job: JobRecord, to: JobState, because: string): Error {
  return jobError("JOB_TRANSITION", job, `${because}; it cannot become ${to}`, { from: job.state, to });
}

function requireSoundOutput(job: JobRecord, { digest, bytes }: JobOutput): void {
  if (bytes === null) return;
  if (bytes.length > OUTPUT_INLINE_BYTES_MAX) {
    throw jobError("JOB_OUTPUT_INVALID", job, `has an output of ${bytes.length} bytes; a blob must hold it`, {
      outputInlineBytesMax: OUTPUT_INLINE_BYTES_MAX,
    });
  }
  const found = keccak256(bytes);
  if (!isSameHex(found, digest)) {
    throw jobError("JOB_OUTPUT_INVALID", job, `has an output with digest ${found}, not ${digest}`);
  }
}

/** Whether this very signature is on record and nothing has overtaken it. */
function isRepeat(job: JobRecord, { signature }: SignedCompletion): boolean {
  return isLive(job.state) && job.signed !== null && isSameHex(job.signed.signature, signature);
}

function requireOwnCompletion(job: JobRecord, { completion }: SignedCompletion): void {
  const isOwn =
    completion.execution === job.execution &&
    completion.task === job.task &&
    isSameHex(completion.contextHash, job.contextHash) &&
    job.output !== null &&
    isSameHex(completion.outputDigest, job.output.digest) &&
    isSameHex(completion.evidenceDigest, job.output.evidenceDigest ?? zeroHash) &&
    completion.tip === (job.output.tipWei ?? 0n);
  if (!isOwn) {
    throw jobError("JOB_SIGNATURE_MISMATCH", job, "does not match the completion that was signed", {
      completion,
    });
  }
}

async function readAll(
  records: Records,
  prefix: string,
  options: { readonly reverse?: boolean; readonly limit?: number },
): Promise<readonly JobRecord[]> {
  const jobs: JobRecord[] = [];
  for await (const [key, payload] of records.entries(prefix, options)) {
    jobs.push(decodeRecord(key, jobSchema, payload));
  }
  return jobs;
}
