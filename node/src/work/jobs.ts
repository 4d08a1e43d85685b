import type { Logger } from "pino";
import type { Hex } from "viem";
import type { Clock } from "../chain/clock.ts";
import { WorkError } from "./errors.ts";
import type { Heard, HeardBook } from "./heardBook.ts";
import { type JobResult, type JobRunnerModules, type JobRunnerOptions, runJob } from "./jobRunner.ts";
import type { Plan, RunnableTask } from "./plan.ts";
import type { ExecutionFacts, SignedMessage, VersionFacts } from "./ports.ts";
import { createRetries } from "./retries.ts";

/** Executions whose times are remembered, for whoever asks how long a task took. */
const TIMES_EXECUTIONS_MAX = 256;

export interface JobsOptions extends JobRunnerOptions {
  /** Jobs under way at once. */
  readonly parallelMax: number;
}

export interface JobsModules extends JobRunnerModules {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly heard: Pick<HeardBook, "has">;
  /** Asks for a look at an execution: now, or after so many milliseconds. */
  readonly wake: (execution: bigint, delayMs?: number) => void;
  /** A job has led to a signature, of a task on which so many must agree. */
  readonly onSigned: (message: SignedMessage, quorum: number) => void;
  /** A job has failed for good. */
  readonly onFailed: () => void;
}

/** The jobs that this node has under way, on a bounded number of places. */
export interface Jobs {
  /** Starts the jobs that a plan wants, as far as there are places, and stops those that it no longer wants. */
  follow(facts: ExecutionFacts, version: VersionFacts, plan: Plan<Heard>): void;
  /** Whether the job of a task has failed for good, for what the plan would bind it to. */
  hasFailed(execution: bigint, runnable: RunnableTask): boolean;
  /** Stops what is done for an execution, and forgets what failed for it. */
  forget(execution: bigint): void;
  count(): number;
  /** By task, how long this process took from taking up a job to its signature, in milliseconds. */
  times(execution: bigint): ReadonlyMap<number, number>;
  /** Starts nothing any more, stops all and answers when none runs. */
  stop(): Promise<void>;
}

interface ActiveJob {
  readonly contextHash: Hex;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

export function createJobs(options: JobsOptions, modules: JobsModules): Jobs {
  const { clock, heard, wake, logger } = modules;
  const retries = createRetries({ clock });
  const active = new Map<bigint, Map<number, ActiveJob>>();
  /** Executions that wait for one of the places to become free. */
  const starved = new Set<bigint>();
  /** Answered, and not signed before their execution is deep enough: the context of each, by execution and task. */
  const unsettled = new Map<bigint, Map<number, Hex>>();
  const elapsedMs = new Map<bigint, Map<number, number>>();
  let stopped = false;

  function count(): number {
    return [...active.values()].reduce((sum, jobs) => sum + jobs.size, 0);
  }

  /** Whether a task is to be taken up now; where its time comes by itself, somebody looks again then. */
  function isDue(facts: ExecutionFacts, { task, contextHash }: RunnableTask): boolean {
    const { id } = facts;
    if (stopped || active.get(id)?.has(task) === true) return false;
    // Signed, and not built on: the contract refused it, or it is not admitted yet. There will be no other.
    if (heard.has({ execution: id, task, node: options.node, contextHash })) return false;
    if (!facts.settled && unsettled.get(id)?.get(task) === contextHash) return false;
    const waitMs = retries.waitMs(id, task, contextHash);
    if (waitMs > 0 && Number.isFinite(waitMs)) wake(id, waitMs);
    return waitMs === 0;
  }

  function start(
    facts: ExecutionFacts,
    version: VersionFacts,
    plan: Plan<Heard>,
    runnable: RunnableTask,
  ): void {
    const { id } = facts;
    const { task, contextHash } = runnable;
    const jobs = active.get(id) ?? new Map<number, ActiveJob>();
    const abort = new AbortController();
    const dependencies = dependenciesOf(version, plan, facts, task);
    const startedAtMs = clock.monotonicMs();
    const done = runJob({ facts, version, runnable, dependencies, signal: abort.signal }, options, modules)
      .then((result) => {
        const quorum = version.tasks[task]?.quorum ?? 1;
        conclude(id, { ...runnable, quorum }, result, clock.monotonicMs() - startedAtMs);
      })
      .finally(() => {
        jobs.delete(task);
        if (jobs.size === 0) active.delete(id);
        // A place is free: other executions' tasks may be waiting for it.
        const waiting = [id, ...starved];
        starved.clear();
        for (const one of waiting) wake(one);
      });
    active.set(id, jobs.set(task, { contextHash, abort, done }));
  }

  function conclude(
    id: bigint,
    { task, contextHash, quorum }: RunnableTask & { readonly quorum: number },
    result: JobResult,
    tookMs: number,
  ): void {
    switch (result.kind) {
      case "signed":
        noteTime(id, task, tookMs);
        retries.clear(id, task);
        modules.onSigned(result.message, quorum);
        return;
      case "unsettled":
        unsettled.set(id, (unsettled.get(id) ?? new Map<number, Hex>()).set(task, contextHash));
        return;
      case "later": {
        const { code, message: reason } = result.error;
        const delayMs = retries.later(id, task, contextHash, result.error);
        logger.warn({ execution: id, task, code, reason, delayMs }, "task will be tried again");
        return;
      }
      case "failed":
        // The journal has the reason; the task is left to the next window's node.
        retries.never(id, task, contextHash);
        modules.onFailed();
        return;
      case "stopped":
        return;
      default:
        result satisfies never;
    }
  }

  function noteTime(execution: bigint, task: number, tookMs: number): void {
    const times = elapsedMs.get(execution) ?? new Map<number, number>();
    elapsedMs.set(execution, times.set(task, Math.round(tookMs)));
    const [oldest] = elapsedMs.keys();
    if (elapsedMs.size > TIMES_EXECUTIONS_MAX && oldest !== undefined) elapsedMs.delete(oldest);
  }

  function abort({ abort: controller }: ActiveJob, why: string): void {
    if (controller.signal.aborted) return;
    controller.abort(new WorkError("JOB_STOPPED", why, { hint: "nothing is wrong", retryable: true }));
  }

  return {
    follow(facts, version, plan) {
      for (const [task, job] of active.get(facts.id) ?? []) {
        const isWanted = plan.run.some((run) => run.task === task && run.contextHash === job.contextHash);
        // Answered, or bound to another context.
        if (!isWanted) abort(job, "the plan no longer wants the task from this node");
      }
      for (const runnable of plan.run) {
        if (!isDue(facts, runnable)) continue;
        if (count() < options.parallelMax) start(facts, version, plan, runnable);
        else starved.add(facts.id);
      }
    },
    hasFailed: (execution, { task, contextHash }) =>
      retries.waitMs(execution, task, contextHash) === Number.POSITIVE_INFINITY,
    forget(execution) {
      for (const job of active.get(execution)?.values() ?? [])
        abort(job, "the execution has ended or is gone");
      retries.forget(execution);
      starved.delete(execution);
      unsettled.delete(execution);
    },
    count,
    times: (execution) => elapsedMs.get(execution) ?? new Map(),
    async stop() {
      stopped = true;
      const jobs = [...active.values()].flatMap((of) => [...of.values()]);
      for (const job of jobs) abort(job, "the daemon ends");
      await Promise.allSettled(jobs.map(({ done }) => done));
    },
  };
}

/** Digests and, where they are at hand, bytes of what a task depends on. */
function dependenciesOf(version: VersionFacts, plan: Plan<Heard>, facts: ExecutionFacts, task: number) {
  const dependencies = new Map<number, { digest: Hex; bytes: Uint8Array | undefined }>();
  const mask = version.tasks[task]?.dependsOn ?? 0;
  for (let i = 0; i < task; i++) {
    const output = plan.chosen.get(i);
    if (((mask >>> i) & 1) === 0 || output === undefined) continue;
    const bytes =
      output.source === "heard" ? output.completion.message.output : facts.completed.get(i)?.output;
    dependencies.set(i, { digest: output.outputDigest, bytes });
  }
  return dependencies;
}
