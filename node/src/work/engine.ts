import { contextHashOf } from "@pleiad/sdk/actions/contextHashOf";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Hex } from "viem";
import { systemClock } from "../chain/clock.ts";
import { OUTPUT_INLINE_BYTES_MAX } from "../chain/journal.ts";
import { createBlobFetches } from "./blobFetches.ts";
import { WorkError } from "./errors.ts";
import { createHeardBook, type Heard } from "./heardBook.ts";
import { type JobResult, type JobRunnerModules, type JobRunnerOptions, runJob } from "./jobRunner.ts";
import { type Plan, planExecution, type RunnableTask } from "./plan.ts";
import type { ChainView, ExecutionFacts, Settler, SignedMessage, VersionFacts } from "./ports.ts";
import { reconcileJobs } from "./reconcile.ts";
import { createRetries, retryDelayMs } from "./retries.ts";
import { createSettleLoop } from "./settleLoop.ts";
import { createWakeTimers } from "./wakeTimers.ts";

/** A window that opens is looked at no sooner than this, should the chain's time stand still. Milliseconds. */
const WINDOW_WAIT_MS_MIN = 50;
/** The journal is compared with the chain again so soon after the disk refused that. Milliseconds. */
const RECONCILE_RETRY_MS = 1_000;
/** Ended jobs that the journal keeps, for whoever asks what a node did and why it failed. */
export const ENDED_JOBS_KEPT = 4_096;
/** Ended jobs between two prunings of the journal. */
const PRUNE_INTERVAL_JOBS = 256;
/** Executions whose times are remembered, for whoever asks how long a task took. */
const TIMES_EXECUTIONS_MAX = 256;

export interface EngineOptions extends JobRunnerOptions {
  /** Jobs under way at once. */
  readonly parallelMax: number;
}

export interface EngineModules extends JobRunnerModules {
  readonly chain: ChainView;
  readonly settler: Settler;
  readonly logger: Logger;
}

/** The loop that turns what the chain and the peers say into answered tasks. */
export interface Engine {
  /** Takes up what the journal says was under way, and follows the chain from here on. */
  start(): Promise<void>;
  /**
   * Takes no further work, stops its agents and answers when nothing of it runs any more. A settlement that was handed
   * over is the settler's: it is not waited for.
   */
  stop(): Promise<void>;
  /** Signed completions it holds of these executions, for peers that missed them. */
  find(executions: readonly bigint[]): readonly SignedMessage[];
  /** How many jobs are under way. */
  activeJobs(): number;
  /** By task, how long this process took from taking up a job to its signature, in milliseconds. */
  times(execution: bigint): ReadonlyMap<number, number>;
}

interface ActiveJob {
  readonly contextHash: Hex;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/**
 * Creates the engine. It has no truth of its own: after every change on chain, every completion heard and every
 * window that opens it makes a plan anew (`planExecution`) and starts, stops or settles what the plan says. Executions
 * are looked at one after the other and each at most once at a time.
 */
export function createEngine(options: EngineOptions, modules: EngineModules): Engine {
  const { chain, gossip, journal, logger, clock = systemClock() } = modules;
  const heard = createHeardBook();
  const retries = createRetries({ clock });
  const timers = createWakeTimers({ clock, wake });
  const stopping = new AbortController();
  const wakeIn = (id: bigint, delayMs?: number) =>
    delayMs === undefined ? wake(id) : timers.in(id, delayMs);
  const fetches = createBlobFetches({ ...modules, clock, stopping: stopping.signal, wake: wakeIn });
  const settling = createSettleLoop(
    { node: options.node },
    { ...modules, clock, refuse: (completion) => heard.refuse(completion), wake: wakeIn },
  );
  /** Jobs under way, by execution and task. */
  const active = new Map<bigint, Map<number, ActiveJob>>();
  /** Executions that wait for one of the places to become free. */
  const starved = new Set<bigint>();
  /** Answered, and not signed before their execution is deep enough: the context of each, by execution and task. */
  const unsettled = new Map<bigint, Map<number, Hex>>();
  /** How often in a row a look at an execution failed. */
  const lookFailures = new Map<bigint, number>();
  const elapsedMs = new Map<bigint, Map<number, number>>();
  const pending = new Set<bigint>();
  const endings: (() => void)[] = [];
  const stop = Promise.withResolvers<undefined>();
  let looping: Promise<void> | undefined;
  let isOpen = false;
  let reconcile = false;
  let cancelReconcile: () => void = () => undefined;
  let endedJobs = PRUNE_INTERVAL_JOBS;

  const isStopped = () => stopping.signal.aborted;

  /** Asks for a look at an execution; looks are made one after the other. */
  function wake(execution: bigint): void {
    pending.add(execution);
    startLoop();
  }

  function startLoop(): void {
    if (isStopped() || !isOpen) return;
    looping ??= loop().finally(() => {
      looping = undefined;
      // What came while the last look ended.
      if (pending.size > 0 || reconcile) startLoop();
    });
  }

  async function loop(): Promise<void> {
    while (!isStopped() && (pending.size > 0 || reconcile)) {
      if (reconcile) await reconcileWithChain();
      const [execution] = pending;
      if (execution === undefined) continue;
      pending.delete(execution);
      await lookOrRetry(execution);
      // What all looks found due goes into one transaction.
      if (pending.size === 0) settling.flush();
    }
  }

  async function reconcileWithChain(): Promise<void> {
    reconcile = false;
    try {
      endedJobs += await reconcileJobs(chain, journal, options.node);
      if (endedJobs < PRUNE_INTERVAL_JOBS) return;
      await journal.jobs.prune(ENDED_JOBS_KEPT);
      endedJobs = 0;
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      logger.warn({ code: error.code, reason: error.message }, "the journal could not be brought in line");
      cancelReconcile();
      cancelReconcile = clock.after(RECONCILE_RETRY_MS, () => {
        reconcile = true;
        startLoop();
      });
    }
  }

  async function lookOrRetry(id: bigint): Promise<void> {
    try {
      await look(id);
      lookFailures.delete(id);
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      const failures = (lookFailures.get(id) ?? 0) + 1;
      lookFailures.set(id, failures);
      const delayMs = retryDelayMs(failures);
      logger[failures === 1 ? "warn" : "debug"](
        { execution: id, code: error.code, reason: error.message, delayMs },
        "execution will be looked at again",
      );
      timers.in(id, delayMs);
    }
  }

  /** Makes the plan for one execution and acts on it. */
  async function look(id: bigint): Promise<void> {
    const before = chain.execution(id);
    if (before?.running !== true) return forget(id);
    const version = await Promise.race([chain.version(before.cluster, before.version), stop.promise]);
    // The chain may have moved meanwhile.
    const facts = chain.execution(id);
    if (isStopped() || version === undefined || facts?.version !== before.version) return;
    if (!facts.running) return forget(id);
    heard.setRunning(id, true);
    const plan = planFor(facts, version);
    fetchBlobs(facts, version, plan);
    stopOverruled(id, plan);
    for (const runnable of plan.run) startJob(facts, version, plan, runnable);
    if (plan.changesAt !== undefined) {
      const waitMs = Number(plan.changesAt - chain.now()) * 1_000;
      timers.in(id, Math.max(WINDOW_WAIT_MS_MIN, waitMs));
    }
    settling.offer(facts, version, plan);
  }

  function planFor(facts: ExecutionFacts, version: VersionFacts): Plan<Heard> {
    const completed = new Map([...facts.completed].map(([task, accepted]) => [task, accepted.outputDigest]));
    return planExecution<Heard>({
      execution: {
        id: facts.id,
        deadline: facts.deadline,
        readyAt: facts.readyAt,
        windowSeconds: version.windowSeconds,
        dependsOn: version.tasks.map((task) => task.dependsOn),
        completed,
      },
      chainNow: chain.now(),
      self: options.node,
      canRun: (task) => {
        const model = version.tasks[task]?.model;
        return model !== undefined && modules.answerer.canAnswer(model);
      },
      rankOf: (task, node) => chain.rankOf(facts.id, task, version.tasks[task]?.model ?? 0n, node),
      contextOf: (task, dependencyDigests) =>
        contextHashOf({
          versionDigest: version.digest,
          task,
          inputDigest: facts.inputDigest,
          dependencyDigests,
        }),
      heardOf: (task) => heard.of(facts.id, task),
    });
  }

  /**
   * Gets an input that is not inline before its turn comes, as whoever has it now may be gone when a step-in needs it;
   * and outputs, whose completions count once they are here.
   */
  function fetchBlobs(facts: ExecutionFacts, version: VersionFacts, plan: Plan<Heard>): void {
    const canAnswer = version.tasks.some((task) => modules.answerer.canAnswer(task.model));
    if (facts.input === undefined && canAnswer) fetches.want(facts.id, facts.inputDigest);
    for (const completion of plan.missing) {
      fetches.want(facts.id, completion.outputDigest, (bytes) => {
        // One that could never be settled is as good as none.
        const isTooLarge = bytes.length > OUTPUT_INLINE_BYTES_MAX && !facts.outputsByReference;
        if (bytes.length === 0 || isTooLarge) heard.refuse(completion);
        else heard.noteOutput(completion);
      });
    }
  }

  // ------------------------------------------------------------------------------------------------------- jobs

  function startJob(
    facts: ExecutionFacts,
    version: VersionFacts,
    plan: Plan<Heard>,
    runnable: RunnableTask,
  ): void {
    const { id } = facts;
    const { task, contextHash } = runnable;
    const jobs = active.get(id) ?? new Map<number, ActiveJob>();
    if (isStopped() || jobs.has(task)) return;
    // Signed, and not built on: the contract refused it, or it is not admitted yet. There will be no other.
    if (heard.has({ execution: id, task, node: options.node, contextHash })) return;
    if (!facts.settled && unsettled.get(id)?.get(task) === contextHash) return;
    const waitMs = retries.waitMs(id, task, contextHash);
    if (waitMs > 0) {
      if (Number.isFinite(waitMs)) timers.in(id, waitMs);
      return;
    }
    if (activeJobs() >= options.parallelMax) {
      starved.add(id);
      return;
    }
    const abort = new AbortController();
    const dependencies = dependenciesOf(version, plan, facts, task);
    const startedAtMs = clock.monotonicMs();
    const done = runJob({ facts, version, runnable, dependencies, signal: abort.signal }, options, modules)
      .then((result) => afterJob(facts, runnable, result, clock.monotonicMs() - startedAtMs))
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

  function activeJobs(): number {
    return [...active.values()].reduce((sum, jobs) => sum + jobs.size, 0);
  }

  function afterJob(facts: ExecutionFacts, runnable: RunnableTask, result: JobResult, tookMs: number): void {
    const { id } = facts;
    const { task, contextHash } = runnable;
    switch (result.kind) {
      case "signed":
        noteTime(id, task, tookMs);
        retries.clear(id, task);
        heard.add(result.message, { atMs: clock.monotonicMs(), own: true });
        publish(result.message);
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
        endedJobs += 1;
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

  /** Stops jobs whose task the plan no longer wants from this node: answered, or bound to another context. */
  function stopOverruled(id: bigint, plan: Plan<Heard>): void {
    for (const [task, job] of active.get(id) ?? []) {
      const isWanted = plan.run.some((run) => run.task === task && run.contextHash === job.contextHash);
      if (!isWanted) abort(job, "the plan no longer wants the task from this node");
    }
  }

  function abort(job: ActiveJob, why: string): void {
    if (!job.abort.signal.aborted) job.abort.abort(jobStopped(why));
  }

  /** It has ended, or a reorganisation took it: what is done for it stops. What was heard stays for a while. */
  function forget(id: bigint): void {
    for (const job of active.get(id)?.values() ?? []) abort(job, "the execution has ended or is gone");
    heard.setRunning(id, false);
    retries.forget(id);
    fetches.forget(id);
    settling.forget(id);
    timers.cancel(id);
    starved.delete(id);
    unsettled.delete(id);
    lookFailures.delete(id);
  }

  // ------------------------------------------------------------------------------------------------------ peers

  function hear(message: SignedMessage): void {
    const { execution } = message.completion;
    // Of an execution that is not here yet it waits in the book: the chain's own event wakes it.
    if (heard.add(message, { atMs: clock.monotonicMs() })) wake(execution);
  }

  /** Peers that miss it ask for it: a failure costs time, nothing else. */
  function publish(message: SignedMessage): void {
    inBackground("a completion could not be published", gossip.publish(message));
  }

  function inBackground(what: string, task: Promise<unknown>): void {
    task.catch((error: unknown) => {
      if (!(error instanceof PleiadError)) throw error;
      if (!isStopped()) logger.warn({ code: error.code, reason: error.message }, what);
    });
  }

  /** What the journal holds signed is heard again, as if a peer had said it. */
  async function recall(): Promise<void> {
    for (const { execution, signed, output } of await journal.jobs.live()) {
      const cluster = chain.execution(execution)?.cluster;
      if (signed === null || cluster === undefined) continue;
      const message = { cluster, ...signed, output: output?.bytes ?? undefined };
      heard.add(message, { atMs: clock.monotonicMs(), own: true });
      publish(message);
    }
  }

  return {
    async start() {
      endings.push(gossip.onCompletion(hear));
      endings.push(
        chain.onChange((execution) => {
          reconcile = true;
          for (const id of execution === undefined ? chain.running() : [execution]) pending.add(id);
          startLoop();
        }),
      );
      endedJobs += await reconcileJobs(chain, journal, options.node);
      await recall();
      inBackground("peers could not be asked for completions", gossip.catchUp(chain.running()));
      for (const id of chain.running()) pending.add(id);
      isOpen = true;
      startLoop();
    },
    async stop() {
      stopping.abort(jobStopped("the daemon ends"));
      stop.resolve(undefined);
      for (const end of endings.splice(0)) end();
      cancelReconcile();
      timers.stop();
      settling.stop();
      const jobs = [...active.values()].flatMap((of) => [...of.values()]);
      for (const job of jobs) abort(job, "the daemon ends");
      await Promise.allSettled(jobs.map(({ done }) => done));
      await looping;
    },
    // The cluster that a peer named is not signed; the chain's word is better.
    find: (executions) =>
      heard.all(executions).map((message) => ({
        ...message,
        cluster: chain.execution(message.completion.execution)?.cluster ?? message.cluster,
      })),
    activeJobs,
    times: (execution) => elapsedMs.get(execution) ?? new Map(),
  };
}

function jobStopped(why: string): WorkError {
  return new WorkError("JOB_STOPPED", why, { hint: "nothing is wrong", retryable: true });
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
