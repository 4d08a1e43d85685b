import { PleiadError } from "@pleiad/sdk/errors";
import type { Hex } from "viem";
import type { Clock } from "../chain/clock.ts";
import { type JobKey, type JobRecord, type Journal, LIVE_JOB_STATES } from "../chain/journal.ts";
import { SWEEP_MS } from "./attention.ts";
import { createChainMoments } from "./chainMoments.ts";
import type { AcceptedFacts, ChainView, ExecutionFacts } from "./ports.ts";

/**
 * After so long an execution is over: the contract allows 30 days. A job of one that the chain does not show any more
 * is of one that was forgotten after its end. Seconds.
 */
export const EXECUTION_AGE_SECONDS_MAX = 31n * 86_400n;

/** Nobody has to expire an execution: so long after its deadline its jobs are over all the same. Seconds. */
export const DEADLINE_GRACE_SECONDS = 3_600n;

/**
 * Brings the journal's jobs in line with the chain: what was accepted is mined and, at depth, final; what somebody else
 * answered or what ended is dropped, with the reason.
 */
export interface Reconciler {
  /** The journal for whoever takes up jobs: what becomes live by it is compared from then on. */
  readonly journal: Journal;
  /** The chain has said something about an execution, or has taken it back. */
  changed(execution: bigint): void;
  /**
   * Compares those jobs for which an event, the chain's time, its depth or their own begin makes a difference: a block costs
   * what it concerns, not what is live. At first, and every `SWEEP_MS`, it compares all.
   *
   * @returns how many jobs ended
   * @throws PleiadError STORE_…; what was not compared then is compared the next time
   */
  bringInLine(): Promise<number>;
}

export interface ReconcilerModules {
  readonly chain: Pick<ChainView, "execution" | "now">;
  readonly journal: Journal;
  readonly clock: Clock;
}

export function createReconciler(
  { node }: { readonly node: bigint },
  { chain, journal, clock }: ReconcilerModules,
): Reconciler {
  /** Tasks of live jobs, by execution. One that has ended stays here until it is compared. */
  const live = new Map<bigint, Set<number>>();
  /** When a job of an execution is over by the chain's time. */
  const moments = createChainMoments();
  /** Jobs whose answers are in a block that may still be removed, one of each execution, by the block. */
  const mined = new Map<Hex, Map<bigint, number>>();
  const pending = new Set<bigint>();
  let sweptAtMs = Number.NEGATIVE_INFINITY;
  let ended = 0;

  function taken({ execution, task }: JobKey): void {
    live.set(execution, (live.get(execution) ?? new Set()).add(task));
    pending.add(execution);
  }

  /** All in a block are final at once: one of them tells. */
  function deepEnough(): bigint[] {
    const due: bigint[] = [];
    for (const [blockHash, jobs] of mined) {
      const [[execution, task] = [0n, 0]] = jobs;
      const accepted = chain.execution(execution)?.completed.get(task);
      if (accepted?.blockHash === blockHash && !accepted.final) continue;
      mined.delete(blockHash);
      due.push(...jobs.keys());
    }
    return due;
  }

  async function sweep(): Promise<void> {
    const startedAtMs = clock.monotonicMs();
    if (startedAtMs - sweptAtMs < SWEEP_MS) return;
    const jobs = new Map<bigint, JobRecord[]>();
    for (const job of await journal.jobs.live()) {
      taken(job);
      jobs.set(job.execution, [...(jobs.get(job.execution) ?? []), job]);
    }
    for (const [execution, those] of jobs) await compare(execution, those);
    sweptAtMs = startedAtMs;
  }

  async function compare(execution: bigint, read?: readonly JobRecord[]): Promise<void> {
    // What is said of it meanwhile is reason to compare it again.
    pending.delete(execution);
    try {
      let endsAt: bigint | undefined;
      for (const job of read ?? (await liveJobs(execution))) {
        const left = await compareJob(job);
        if (left !== undefined && (endsAt === undefined || left < endsAt)) endsAt = left;
      }
      if (endsAt === undefined) moments.delete(execution);
      else moments.set(execution, endsAt);
    } catch (error) {
      pending.add(execution);
      throw error;
    }
  }

  async function liveJobs(execution: bigint): Promise<JobRecord[]> {
    const found: JobRecord[] = [];
    for (const task of live.get(execution) ?? []) {
      const job = await journal.jobs.get({ execution, task });
      if (job !== undefined && isLive(job)) found.push(job);
      else leave({ execution, task });
    }
    return found;
  }

  /** An ended job is known no more, unless something was said of its execution meanwhile: it may have been taken up again. */
  function leave({ execution, task }: JobKey): void {
    if (pending.has(execution)) return;
    const tasks = live.get(execution);
    tasks?.delete(task);
    if (tasks?.size === 0) live.delete(execution);
  }

  /** @returns when it is over by the chain's time, where nothing else ends it before */
  async function compareJob(job: JobRecord): Promise<bigint | undefined> {
    const facts = chain.execution(job.execution);
    const accepted = facts?.completed.get(job.task);
    try {
      if (await reconcileJob(job, facts, chain.now(), journal, node)) {
        ended += 1;
        leave(job);
        return undefined;
      }
    } catch (error) {
      if (!(error instanceof PleiadError) || !error.code.startsWith("JOB_")) throw error;
      // The job moved on since it was read; the next comparison sees where to.
      pending.add(job.execution);
    }
    if (accepted === undefined) return overAt(job, facts);
    mined.set(
      accepted.blockHash,
      (mined.get(accepted.blockHash) ?? new Map<bigint, number>()).set(job.execution, job.task),
    );
    return undefined;
  }

  return {
    journal: {
      ...journal,
      jobs: {
        ...journal.jobs,
        async lease(key, request) {
          const job = await journal.jobs.lease(key, request);
          taken(key);
          return job;
        },
        async revive(key, contextHash) {
          const job = await journal.jobs.revive(key, contextHash);
          if (job !== undefined) taken(key);
          return job;
        },
      },
    },
    changed(execution) {
      if (live.has(execution)) pending.add(execution);
    },
    async bringInLine() {
      await sweep();
      for (const execution of [...moments.take(chain.now()), ...deepEnough()]) pending.add(execution);
      for (const execution of [...pending]) await compare(execution);
      const count = ended;
      ended = 0;
      return count;
    },
  };
}

const isLive = ({ state }: JobRecord): boolean => LIVE_JOB_STATES.some((live) => live === state);

/** The first second of the chain's time in which a job without an accepted answer is over. */
function overAt({ updatedAtMs }: JobRecord, facts: ExecutionFacts | undefined): bigint {
  const last =
    facts === undefined
      ? BigInt(Math.floor(updatedAtMs / 1_000)) + EXECUTION_AGE_SECONDS_MAX
      : facts.deadline + DEADLINE_GRACE_SECONDS;
  return last + 1n;
}

/** @returns whether the job has ended with this */
async function reconcileJob(
  job: JobRecord,
  facts: ExecutionFacts | undefined,
  now: bigint,
  { jobs }: Journal,
  node: bigint,
): Promise<boolean> {
  const { execution, task } = job;
  const key = { execution, task };
  const drop = async (code: string, message: string) => {
    await jobs.recordDropped(key, { code, message });
    return true;
  };
  if (facts === undefined) {
    // The follower has not come there yet, or a reorganisation took it and may bring it back.
    const ageSeconds = now - BigInt(Math.floor(job.updatedAtMs / 1_000));
    if (ageSeconds <= EXECUTION_AGE_SECONDS_MAX) return false;
    return drop("EXECUTION_HAS_ENDED", `execution ${execution} ended long ago`);
  }
  const accepted = facts.completed.get(task);
  if (accepted === undefined) {
    if (job.state === "mined") await jobs.recordUnmined(key);
    if (facts.running && now <= facts.deadline + DEADLINE_GRACE_SECONDS) return false;
    return drop("EXECUTION_HAS_ENDED", `execution ${execution} ended before the task was answered`);
  }
  if (!isOwn(job, accepted, node)) {
    const what = `node ${accepted.node} answered task ${task} of execution ${execution}`;
    return drop("TASK_ANSWERED_ELSEWHERE", what);
  }
  if (job.state !== "mined" || job.inclusion?.blockHash !== accepted.blockHash) {
    const { transactionHash, blockNumber, blockHash } = accepted;
    await jobs.recordMined(key, { transactionHash, blockNumber, blockHash });
  }
  if (accepted.final) await jobs.recordFinal(key);
  return accepted.final;
}

function isOwn(job: JobRecord, accepted: AcceptedFacts, node: bigint): boolean {
  const isSigned = job.state === "signed" || job.state === "sent" || job.state === "mined";
  const isAmongThem = accepted.node === node || accepted.seconds?.includes(node) === true;
  return isSigned && isAmongThem && job.output?.digest === accepted.outputDigest;
}
