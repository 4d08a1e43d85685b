import type { Logger } from "pino";
import type { Hex } from "viem";
import type { Clock } from "../chain/clock.ts";
import { createClusterTimes } from "./clusterTimes.ts";
import { createDurations } from "./durations.ts";
import { completionShareWei } from "./earnings.ts";
import { WorkError } from "./errors.ts";
import type { Heard, HeardBook } from "./heardBook.ts";
import { type JobResult, type JobRunnerModules, type JobRunnerOptions, runJob } from "./jobRunner.ts";
import { type Candidate, createPlaces, type ModelLimits, type Placement, type Places } from "./places.ts";
import type { Plan, RunnableTask } from "./plan.ts";
import type { ExecutionFacts, SignedMessage, VersionFacts } from "./ports.ts";
import { createRetries } from "./retries.ts";
import type { TaskWait } from "./waits.ts";

/** Tasks that wait for one model, where the configuration says nothing else: an hour of answers of four seconds. */
export const MODEL_QUEUE_MAX_DEFAULT = 1_024;
/** Executions whose times are remembered, for whoever asks how long a task took. */
const TIMES_EXECUTIONS_MAX = 256;

export interface JobsOptions extends JobRunnerOptions {
  /** Jobs under way at once. */
  readonly parallelMax: number;
  /** What single models do at once. @default what all do together, with `MODEL_QUEUE_MAX_DEFAULT` waiting */
  readonly modelLimits?: ReadonlyMap<bigint, Partial<ModelLimits>>;
}

export interface JobsModules extends JobRunnerModules {
  readonly clock: Clock;
  readonly logger: Logger;
  /** From 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: (() => number) | undefined;
  /** The chain's time, Unix seconds. */
  readonly now: () => bigint;
  readonly heard: Pick<HeardBook, "has">;
  /** Asks for a look at an execution: now, or after so many milliseconds. */
  readonly wake: (execution: bigint, delayMs?: number) => void;
  /** Asks for a look at all executions: whether anything is taken up has changed. */
  readonly lookAgain: () => void;
  /** A job has led to a signature, of a task on which so many must agree. */
  readonly onSigned: (message: SignedMessage, quorum: number) => void;
  /** A job has failed for good. */
  readonly onFailed: () => void;
}

/** What runs and waits here for a cluster, and how long it takes. */
export interface ClusterLoad {
  readonly running: number;
  /** Tasks that wait for a place. */
  readonly waiting: number;
  /** How long the oldest of them waits; 0 where none does. */
  readonly oldestMs: number;
  /** 95th percentile from a task's being ready here to its signature, of late; undefined where none was signed. */
  readonly latencyMs: number | undefined;
}

/** The places of a node, as they can be changed while it works. */
export interface WorkPlaces {
  total(): number;
  /** From now on so many jobs at once; those that run beyond it end by themselves. Models keep limits of their own. */
  setTotal(places: number): void;
  shares(): ReadonlyMap<bigint, number>;
  /** How many places a cluster may use when others want them, too; undefined: as many as it gets. */
  setShare(cluster: bigint, places: number | undefined): void;
  isDraining(): boolean;
  /** Ends what runs, and takes up nothing new until `resume`; what waits is left to other nodes. */
  drain(): void;
  resume(): void;
  /** What is under way, and was answered of late, by cluster. */
  load(): ReadonlyMap<bigint, ClusterLoad>;
}

/** The jobs that this node has under way, on a bounded number of places. */
export interface Jobs {
  /**
   * Starts the jobs that a plan wants, as far as there are places, and stops those that it no longer wants.
   *
   * @returns the tasks that are left to other nodes for now, and why
   */
  follow(facts: ExecutionFacts, version: VersionFacts, plan: Plan<Heard>): readonly TaskWait[];
  /** An execution cannot be looked at now: others get its turn for a place, and it asks for one again with the next look. */
  passOver(execution: bigint): void;
  /** Whether the job of a task has failed for good, for what the plan would bind it to. */
  hasFailed(execution: bigint, runnable: RunnableTask): boolean;
  /** Stops what is done for an execution, and forgets what failed for it. */
  forget(execution: bigint): void;
  count(): number;
  /** Tasks that wait for a place. */
  waiting(): number;
  readonly places: WorkPlaces;
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
  const { clock, heard, wake, logger, now, lookAgain } = modules;
  const retries = createRetries({ clock, random: modules.random });
  const { parallelMax, modelLimits } = options;
  const limitsOf = (model: bigint): ModelLimits => ({
    parallelMax: places.total(),
    queueMax: MODEL_QUEUE_MAX_DEFAULT,
    ...modelLimits?.get(model),
  });
  const places: Places = createPlaces({ parallelMax, limitsOf }, { durations: createDurations(), now });
  const times = createClusterTimes({ clock });
  const active = new Map<bigint, Map<number, ActiveJob>>();
  /** Answered, and not signed before their execution is deep enough: the context of each, by execution and task. */
  const unsettled = new Map<bigint, Map<number, Hex>>();
  /** By model: executions with a task that was left to others for want of a place or of time, in the order in which they were. */
  const leftOut = new Map<bigint, Set<bigint>>();
  const elapsedMs = new Map<bigint, Map<number, number>>();
  let stopped = false;
  let draining = false;

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
    const readyAtMs = times.begin(id, task);
    let tookMs: number | undefined;
    const done = runJob({ facts, version, runnable, dependencies, signal: abort.signal }, options, modules)
      .then((result) => {
        const quorum = version.tasks[task]?.quorum ?? 1;
        const elapsedMs = clock.monotonicMs() - startedAtMs;
        if (result.kind === "signed") {
          tookMs = elapsedMs;
          times.answered(facts.cluster, clock.monotonicMs() - readyAtMs);
        }
        conclude(id, { ...runnable, quorum }, result, elapsedMs);
      })
      .finally(() => {
        jobs.delete(task);
        if (jobs.size === 0) active.delete(id);
        const model = modelOf(version, task);
        places.free({ model, cluster: facts.cluster }, tookMs);
        wake(id);
        wakeNext();
        wakeLeftOut(model);
      });
    active.set(id, jobs.set(task, { contextHash, abort, done }));
  }

  /** A place is free, and somebody's turn has come: a look lets it take the place. */
  function wakeNext(): void {
    const next = stopped ? undefined : places.next();
    if (next !== undefined) wake(next);
  }

  /** There may be places that there were not before. */
  function wakeWaiting(): void {
    wakeNext();
    for (const model of leftOut.keys()) wakeLeftOut(model);
  }

  /** There may be room for one that was left out: it is looked at, and if it has no use for the room the next one is. */
  function wakeLeftOut(model: bigint): void {
    const [execution] = leftOut.get(model) ?? [];
    if (stopped || execution === undefined || !places.hasRoom(model)) return;
    forgetLeftOut(execution);
    wake(execution);
  }

  function noteLeftOut(model: bigint, execution: bigint): void {
    leftOut.set(model, (leftOut.get(model) ?? new Set<bigint>()).add(execution));
  }

  function forgetLeftOut(execution: bigint): void {
    for (const [model, executions] of leftOut) {
      executions.delete(execution);
      if (executions.size === 0) leftOut.delete(model);
    }
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
      places.forget(facts.id);
      forgetLeftOut(facts.id);
      const left: TaskWait[] = [];
      const waiting: number[] = [];
      for (const runnable of plan.run) {
        if (!isDue(facts, runnable)) continue;
        if (draining) {
          left.push(drained(runnable.task));
          continue;
        }
        const placement = places.take(candidateOf(facts, version, runnable.task));
        if (placement === "taken") start(facts, version, plan, runnable);
        else if (placement === "waiting") waiting.push(runnable.task);
        else {
          left.push(leftToOthers(runnable.task, placement));
          noteLeftOut(modelOf(version, runnable.task), facts.id);
        }
      }
      times.wait(facts.id, facts.cluster, waiting);
      wakeNext();
      // Those that are left out themselves have just seen that there is nothing for them.
      if (left.length === 0) for (const { model } of version.tasks) wakeLeftOut(model);
      return left;
    },
    passOver(execution) {
      places.forget(execution);
      times.forget(execution);
      wakeNext();
    },
    hasFailed: (execution, { task, contextHash }) =>
      retries.waitMs(execution, task, contextHash) === Number.POSITIVE_INFINITY,
    forget(execution) {
      for (const job of active.get(execution)?.values() ?? [])
        abort(job, "the execution has ended or is gone");
      retries.forget(execution);
      places.forget(execution);
      times.forget(execution);
      forgetLeftOut(execution);
      unsettled.delete(execution);
      wakeWaiting();
    },
    count: places.count,
    waiting: places.waiting,
    places: {
      total: places.total,
      setTotal(total) {
        places.setTotal(total);
        wakeWaiting();
      },
      shares: places.shares,
      setShare(cluster, share) {
        places.setShare(cluster, share);
        wakeWaiting();
      },
      isDraining: () => draining,
      drain() {
        draining = true;
        lookAgain();
      },
      resume() {
        draining = false;
        lookAgain();
      },
      load() {
        const now = places.clusters();
        const oldest = times.oldestMs();
        return new Map(
          [...new Set([...now.keys(), ...times.clusters()])].map((cluster) => {
            const { running, waiting } = now.get(cluster) ?? { running: 0, waiting: 0 };
            const oldestMs = oldest.get(cluster) ?? 0;
            return [cluster, { running, waiting, oldestMs, latencyMs: times.latencyMs(cluster) }];
          }),
        );
      },
    },
    times: (execution) => elapsedMs.get(execution) ?? new Map(),
    async stop() {
      stopped = true;
      const jobs = [...active.values()].flatMap((of) => [...of.values()]);
      for (const job of jobs) abort(job, "the daemon ends");
      await Promise.allSettled(jobs.map(({ done }) => done));
    },
  };
}

function modelOf(version: VersionFacts, task: number): bigint {
  const model = version.tasks[task]?.model;
  if (model === undefined) throw new Error(`version ${version.digest} has no task ${task}`);
  return model;
}

function candidateOf(facts: ExecutionFacts, version: VersionFacts, task: number): Candidate {
  const described = version.tasks[task];
  return {
    cluster: facts.cluster,
    execution: facts.id,
    task,
    model: modelOf(version, task),
    deadline: facts.deadline,
    earnsWei: described === undefined ? 0n : completionShareWei(described),
    currency: version.currency,
  };
}

function drained(task: number): TaskWait {
  return {
    task,
    retryable: true,
    code: "NODE_DRAINING",
    message: `task ${task} is left to other nodes: this one is being drained`,
  };
}

/** The word for a task that this node cannot do now, and leaves to whoever is admitted next. */
function leftToOthers(task: number, placement: Exclude<Placement, "taken" | "waiting">): TaskWait {
  const wait = { task, retryable: true };
  return placement === "tooLate"
    ? { ...wait, code: "TASK_TOO_LATE", message: `task ${task} cannot be answered here before its deadline` }
    : {
        ...wait,
        code: "MODEL_QUEUE_FULL",
        message: `as many tasks as may wait for the model of task ${task} wait already`,
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
