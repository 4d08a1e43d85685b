import { PleiadError } from "@pleiad/sdk/errors";
import {
  FAILURE_MESSAGE_CHARS_MAX,
  type JobFailure,
  type JobKey,
  type JobRecord,
  type JobState,
  LIVE_JOB_STATES,
  type TransactionKey,
} from "../chain/journal.ts";
import { decodeRecord, encodeRecord, isSameHex, jobSchema } from "./codec.ts";
import type { Draft, Records } from "./records.ts";

/** Live and ended jobs lie apart, so that finding the work to do never reads the history. */
export const LIVE_JOBS = "job/live/";
export const ENDED_JOBS = "job/ended/";

/** 256 bits and 16 bits in hex: keys of one length sort like the numbers. */
const EXECUTION_DIGITS = 64;
const TASK_DIGITS = 4;

/** A job's path below `LIVE_JOBS` or `ENDED_JOBS`. */
export function jobPathOf({ execution, task }: JobKey): string {
  return `${execution.toString(16).padStart(EXECUTION_DIGITS, "0")}/${task.toString(16).padStart(TASK_DIGITS, "0")}`;
}

/** Whether a job in this state may still need work. */
export function isLive(state: JobState): boolean {
  return (LIVE_JOB_STATES as readonly JobState[]).includes(state);
}

/** Reads a job wherever it lies. */
export async function readJob(reader: Draft | Records, key: JobKey): Promise<JobRecord | undefined> {
  for (const prefix of [LIVE_JOBS, ENDED_JOBS]) {
    const path = prefix + jobPathOf(key);
    const payload = await reader.get(path);
    if (payload !== undefined) return decodeRecord(path, jobSchema, payload);
  }
  return undefined;
}

/** Writes a job where its state belongs. @returns the job as it will be read back */
export function putJob(draft: Draft, job: JobRecord): JobRecord {
  const path = jobPathOf(job);
  const [here, other] = isLive(job.state) ? [LIVE_JOBS, ENDED_JOBS] : [ENDED_JOBS, LIVE_JOBS];
  const payload = encodeRecord(jobSchema, job);
  draft.delete(other + path);
  draft.put(here + path, payload);
  return decodeRecord(here + path, jobSchema, payload);
}

/**
 * Jobs that a transaction can no longer settle go back to `signed`, to be sent by another one.
 *
 * @param carried keys of the jobs that any of its attempts carried
 */
export async function unsendJobs(
  draft: Draft,
  transaction: TransactionKey,
  carried: readonly JobKey[],
  updatedAtMs: number,
): Promise<void> {
  for (const key of carried) {
    const job = await readJob(draft, key);
    if (job?.transaction === undefined || job.transaction === null) continue;
    const isCarrier =
      isSameHex(job.transaction.account, transaction.account) && job.transaction.nonce === transaction.nonce;
    if (job.state === "sent" && isCarrier)
      putJob(draft, { ...job, state: "signed", transaction: null, updatedAtMs });
  }
}

/** Cuts a failure's text to what a record may hold. */
export function boundFailure({ code, message }: JobFailure): JobFailure {
  return { code, message: message.slice(0, FAILURE_MESSAGE_CHARS_MAX) };
}

/** For people: `task 1 of execution 7`. */
export function nameOfJob({ execution, task }: JobKey): string {
  return `task ${task} of execution ${execution}`;
}

export function jobError(
  code: string,
  key: JobKey,
  sentence: string,
  details: Readonly<Record<string, unknown>> = {},
): PleiadError {
  const { execution, task } = key;
  return new PleiadError(`${nameOfJob(key)} ${sentence}`, {
    code,
    hint: "look the job up in the journal again and follow the state it is in",
    details: { execution, task, ...details },
  });
}
