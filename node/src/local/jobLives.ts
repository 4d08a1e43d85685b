import type { Logger } from "pino";
import type { Hex } from "viem";
import type { Clock } from "../chain/clock.ts";
import type { JobFailure, JobKey, JobRecord, Journal } from "../chain/journal.ts";

/** As many jobs as a busy node has under way, and those that wait for their blocks to be final. Jobs. */
export const LIVES_MAX = 4_096;

/** A stretch of a job's life, by both clocks: the monotonic one for how long, the wall for when. Milliseconds. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** One asking of the agent. */
export interface AttemptLife {
  readonly from: Moment;
  readonly to: Moment;
  readonly failure: JobFailure | null;
}

/** What this process saw of a job. What it did not see, as it was before its start, is undefined. */
export interface JobLife extends JobKey {
  readonly contextHash: Hex;
  /** `final`: accepted, and deep enough; `failed`: given up; `dropped`: somebody else answered, or the execution ended. */
  readonly outcome: "final" | "failed" | "dropped";
  /** Why it failed or was dropped. */
  readonly end: JobFailure | null;
  readonly attempts: readonly AttemptLife[];
  /** Attempts in all, those of earlier lives of the daemon among them. */
  readonly attemptCount: number;
  readonly outputBytes: number | null;
  readonly transactionHash: Hex | null;
  readonly begun: Moment | undefined;
  readonly answered: Moment | undefined;
  readonly signed: Moment | undefined;
  readonly sent: Moment | undefined;
  readonly mined: Moment | undefined;
  readonly ended: Moment;
}

type Growing = {
  -readonly [Key in "begun" | "answered" | "signed" | "sent" | "mined"]: Moment | undefined;
} & {
  readonly contextHash: Hex;
  readonly attempts: AttemptLife[];
  attemptFrom: Moment | undefined;
};

/** The life of a job that is not over. */
export type LifeSoFar = Readonly<Omit<Growing, "attempts">> & { readonly attempts: readonly AttemptLife[] };

/** Who hears of it. Must not throw. */
export interface JobLivesListener {
  /** An attempt failed that is not the job's end. */
  attemptFailed(failure: JobFailure): void;
  /** A step was taken that is not its end. @default nobody hears of it */
  passed?(key: JobKey, life: LifeSoFar): void;
  ended(life: JobLife): void;
}

/**
 * Watches jobs pass through the journal, which is the one place that every step goes through; what it hands out behaves
 * like the journal it was given. At a job's end, and once for it, it writes one line of log with the times of its
 * life and tells the listener.
 */
export function watchJobLives(
  journal: Journal,
  modules: { readonly clock: Clock; readonly logger: Logger; readonly listener: JobLivesListener },
): Journal {
  const { clock, logger, listener } = modules;
  const { jobs, transactions } = journal;
  const lives = new Map<string, Growing>();
  const now = (): Moment => ({ monotonicMs: clock.monotonicMs(), wallMs: Date.now() });

  /** The life of a record, from here on where this process has not seen it before. */
  function lifeOf(record: JobRecord): Growing {
    const name = nameOf(record);
    const known = lives.get(name);
    if (known?.contextHash === record.contextHash) return known;
    const begun: Growing = {
      contextHash: record.contextHash,
      attempts: [],
      attemptFrom: undefined,
      begun: undefined,
      answered: undefined,
      signed: undefined,
      sent: undefined,
      mined: undefined,
    };
    lives.set(name, begun);
    const [oldest] = lives.keys();
    if (lives.size > LIVES_MAX && oldest !== undefined) lives.delete(oldest);
    return begun;
  }

  function passed(key: JobKey, life: Growing): void {
    listener.passed?.({ execution: key.execution, task: key.task }, life);
  }

  function endAttempt(life: Growing, failure: JobFailure | null): void {
    if (life.attemptFrom !== undefined) life.attempts.push({ from: life.attemptFrom, to: now(), failure });
    life.attemptFrom = undefined;
  }

  function end(record: JobRecord, outcome: JobLife["outcome"]): void {
    const life = lifeOf(record);
    lives.delete(nameOf(record));
    if (outcome !== "final") endAttempt(life, record.end);
    const { contextHash, attempts, begun, answered, signed, sent, mined } = life;
    const told: JobLife = {
      execution: record.execution,
      task: record.task,
      contextHash,
      outcome,
      end: record.end,
      attempts,
      attemptCount: record.lease.attempt,
      outputBytes: record.output?.bytes?.length ?? null,
      transactionHash: record.inclusion?.transactionHash ?? null,
      begun,
      answered,
      signed,
      sent,
      mined,
      ended: now(),
    };
    logger.info(lineOf(told), "job ended");
    listener.ended(told);
  }

  return {
    ...journal,
    jobs: {
      ...jobs,
      async lease(key, request) {
        const record = await jobs.lease(key, request);
        const life = lifeOf(record);
        life.attemptFrom = now();
        life.begun ??= life.attemptFrom;
        passed(key, life);
        return record;
      },
      async recordOutput(key, lease, output) {
        const record = await jobs.recordOutput(key, lease, output);
        const life = lifeOf(record);
        endAttempt(life, null);
        life.answered ??= now();
        passed(key, life);
        return record;
      },
      async recordAttemptFailed(key, lease, failure) {
        const record = await jobs.recordAttemptFailed(key, lease, failure);
        const life = lifeOf(record);
        endAttempt(life, failure);
        listener.attemptFailed(failure);
        passed(key, life);
        return record;
      },
      async releaseLease(key, lease) {
        const record = await jobs.releaseLease(key, lease);
        const life = lifeOf(record);
        endAttempt(life, null);
        passed(key, life);
        return record;
      },
      async recordSigned(key, signed) {
        const record = await jobs.recordSigned(key, signed);
        const life = lifeOf(record);
        life.signed ??= now();
        passed(key, life);
        return record;
      },
      async recordMined(key, inclusion) {
        const record = await jobs.recordMined(key, inclusion);
        const life = lifeOf(record);
        life.mined = now();
        passed(key, life);
        return record;
      },
      async recordUnmined(key) {
        const record = await jobs.recordUnmined(key);
        const life = lifeOf(record);
        life.mined = undefined;
        passed(key, life);
        return record;
      },
      async recordFinal(key) {
        const before = await jobs.get(key);
        const record = await jobs.recordFinal(key);
        if (before?.state !== "final") end(record, "final");
        return record;
      },
      async recordFailed(key, failure) {
        const before = await jobs.get(key);
        const record = await jobs.recordFailed(key, failure);
        if (before?.state !== "failed") end(record, "failed");
        return record;
      },
      async recordDropped(key, reason) {
        const before = await jobs.get(key);
        const record = await jobs.recordDropped(key, reason);
        if (before?.state !== "dropped") end(record, "dropped");
        return record;
      },
    },
    transactions: {
      ...transactions,
      async recordSent(key, hash) {
        const record = await transactions.recordSent(key, hash);
        for (const carried of record.attempts.at(-1)?.completions ?? []) {
          const life = lives.get(nameOf(carried));
          if (life?.signed === undefined) continue;
          life.sent ??= now();
          passed(carried, life);
        }
        return record;
      },
    },
  };
}

function nameOf({ execution, task }: JobKey): string {
  return `${execution}/${task}`;
}

/** Times in milliseconds, null for what this process has not seen. */
function lineOf(life: JobLife) {
  const { begun, answered, signed, sent, mined, ended } = life;
  return {
    execution: life.execution,
    task: life.task,
    outcome: life.outcome,
    ...(life.end === null ? {} : { code: life.end.code }),
    attempts: life.attemptCount,
    outputBytes: life.outputBytes,
    transaction: life.transactionHash,
    answerMs: between(begun, answered),
    signMs: between(answered, signed),
    sendMs: between(signed, sent),
    mineMs: between(sent ?? signed, mined),
    totalMs: between(begun, ended),
  };
}

function between(from: Moment | undefined, to: Moment | undefined): number | null {
  return from === undefined || to === undefined ? null : Math.round(to.monotonicMs - from.monotonicMs);
}
