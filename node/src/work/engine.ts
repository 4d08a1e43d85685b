import { contextHashOf } from "@pleiad/sdk/actions/contextHashOf";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Hex } from "viem";
import { systemClock } from "../chain/clock.ts";
import { OUTPUT_INLINE_BYTES_MAX } from "../chain/journal.ts";
import { createRemembered } from "../chain/remembered.ts";
import { createBlobFetches } from "./blobFetches.ts";
import { WorkError } from "./errors.ts";
import { createFailureReports } from "./failureReports.ts";
import { createHeardBook, type Heard } from "./heardBook.ts";
import type { JobRunnerModules } from "./jobRunner.ts";
import { createJobs, type JobsOptions } from "./jobs.ts";
import { type Plan, planExecution, type RunnableTask } from "./plan.ts";
import type {
  ChainView,
  ExecutionFacts,
  FailureReporter,
  Settler,
  SignedMessage,
  VersionFacts,
} from "./ports.ts";
import { reconcileJobs } from "./reconcile.ts";
import {
  asksForSize,
  REFUSE_NOTHING,
  type RefusalPolicy,
  type RefusalReason,
  refusalOf,
} from "./refusals.ts";
import { retryDelayMs } from "./retries.ts";
import { createReveals } from "./reveals.ts";
import { createSettleLoop } from "./settleLoop.ts";
import { beforeGap, createWaits, type TaskWait, withoutPeers } from "./waits.ts";
import { createWakeTimers } from "./wakeTimers.ts";

/** A window that opens is looked at no sooner than this, should the chain's time stand still. Milliseconds. */
const WINDOW_WAIT_MS_MIN = 50;
/** Looks between two settlements at most, where looks never end. */
const FLUSH_INTERVAL_LOOKS = 64;
/** How long a stop waits for a look that hangs in a question to the chain. It does nothing any more. Milliseconds. */
const STOP_LOOK_MS = 500;
/** The journal is compared with the chain again so soon after the disk refused that. Milliseconds. */
const RECONCILE_RETRY_MS = 1_000;
/** Context hashes that are asked for again with every look: five thousand runs of three tasks. */
export const CONTEXTS_REMEMBERED_MAX = 16_384;
/** Ended jobs that the journal keeps, for whoever asks what a node did and why it failed. */
export const ENDED_JOBS_KEPT = 4_096;
/** Ended jobs between two prunings of the journal. */
const PRUNE_INTERVAL_JOBS = 256;
export interface EngineOptions extends JobsOptions {
  /** What this node does not work for. @default it takes whatever it can answer */
  readonly refusals?: RefusalPolicy;
}

export interface EngineModules extends JobRunnerModules {
  readonly chain: ChainView;
  readonly settler: Settler;
  /** From 0 (included) to 1 (excluded): shortens pauses by chance. @default Math.random */
  readonly random?: () => number;
  /** @default this node reports no failures */
  readonly reporter?: FailureReporter | undefined;
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
  /** How many tasks wait for a place. */
  waitingJobs(): number;
  /** Why this node does nothing for tasks of an execution that it could answer otherwise. */
  waits(execution: bigint): readonly TaskWait[];
  /** How many tasks this process has refused, by the reason. */
  refusals(): ReadonlyMap<RefusalReason, number>;
  /** By task, how long this process took from taking up a job to its signature, in milliseconds. */
  times(execution: bigint): ReadonlyMap<number, number>;
}

/**
 * Creates the engine. It has no truth of its own: after every change on chain, every completion heard and every
 * window that opens it makes a plan anew (`planExecution`) and starts, stops or settles what the plan says. Executions
 * are looked at one after the other and each at most once at a time.
 */
export function createEngine(options: EngineOptions, modules: EngineModules): Engine {
  const { chain, gossip, journal, logger, clock = systemClock() } = modules;
  const heard = createHeardBook();
  const contexts = createRemembered<Hex>({ entriesMax: CONTEXTS_REMEMBERED_MAX });
  const timers = createWakeTimers({ clock, wake });
  const stopping = new AbortController();
  const wakeIn = (id: bigint, delayMs?: number) =>
    delayMs === undefined ? wake(id) : timers.in(id, delayMs);
  const fetches = createBlobFetches({ ...modules, clock, stopping: stopping.signal, wake: wakeIn });
  const settling = createSettleLoop(
    { node: options.node },
    { ...modules, clock, refuse: (completion) => heard.refuse(completion), wake: wakeIn },
  );
  const jobs = createJobs(options, {
    ...modules,
    clock,
    heard,
    now: () => chain.now(),
    wake: wakeIn,
    onSigned(message, quorum) {
      heard.add(message, { atMs: clock.monotonicMs(), own: true });
      if (quorum > 1) reveals.hold(message);
      else publish(message);
    },
    onFailed() {
      endedJobs += 1;
    },
  });
  const reveals = createReveals(options, { ...modules, clock, wake: wakeIn, publish });
  const { refusals: policy = REFUSE_NOTHING } = options;
  const refused = new Map<RefusalReason, number>();
  const waits = createWaits({
    logger,
    onNew({ refusal }) {
      if (refusal !== undefined) refused.set(refusal, (refused.get(refusal) ?? 0) + 1);
    },
  });
  /** Bytes of inputs that are not inline, as far as they matter and are here, by execution. */
  const inputBytes = new Map<bigint, number>();
  const reports = createFailureReports(options, {
    ...modules,
    clock,
    reporter: modules.reporter,
    wake: wakeIn,
  });
  /** How often in a row a look at an execution failed. */
  const lookFailures = new Map<bigint, number>();
  /** When the chain last said something about an execution, by the engine's clock. */
  const changedAtMs = new Map<bigint, number>();
  const pending = new Set<bigint>();
  const endings: (() => void)[] = [];
  let looping: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;
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
    for (let looks = 1; !isStopped() && (pending.size > 0 || reconcile); looks++) {
      if (reconcile) await reconcileWithChain();
      const [execution] = pending;
      if (execution === undefined) continue;
      pending.delete(execution);
      await lookOrRetry(execution);
      // What many looks found due goes into one transaction; but there may always be one more to be made.
      if (pending.size === 0 || looks % FLUSH_INTERVAL_LOOKS === 0) settling.flush();
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
      jobs.passOver(id);
      logger[failures === 1 ? "warn" : "debug"](
        { execution: id, code: error.code, reason: error.message, delayMs, limitAs: error.code },
        "execution will be looked at again",
      );
      timers.in(id, delayMs);
    }
  }

  /** Makes the plan for one execution and acts on it. */
  async function look(id: bigint): Promise<void> {
    const before = chain.execution(id);
    if (before === undefined || !isOpenFor(before)) return forget(id);
    const version = await chain.version(before.cluster, before.version);
    const maySign = await signable(before, version);
    // The chain may have moved meanwhile.
    const facts = chain.execution(id);
    if (isStopped() || facts?.version !== before.version) return;
    if (!isOpenFor(facts)) return forget(id);
    heard.setRunning(id, true);
    const { plan, held } = workable(facts, version, planFor(facts, version), maySign);
    fetchBlobs(facts, version, plan);
    waits.set(id, [...held, ...jobs.follow(facts, version, plan)]);
    reveals.look(facts, version, (task) => heard.of(id, task));
    reports.look(
      facts,
      version,
      plan.run.filter((run) => jobs.hasFailed(id, run)),
    );
    if (plan.changesAt !== undefined) {
      const waitMs = Number(plan.changesAt - chain.now()) * 1_000;
      timers.in(id, Math.max(WINDOW_WAIT_MS_MIN, waitMs));
    }
    settling.offer(facts, version, plan, changedAtMs.get(id) ?? Number.NEGATIVE_INFINITY);
  }

  function contextOf(
    { inputDigest }: ExecutionFacts,
    { digest: versionDigest }: VersionFacts,
    task: number,
    dependencyDigests: readonly Hex[],
  ): Hex {
    const key = [versionDigest, task, inputDigest, ...dependencyDigests].join();
    return contexts.of(key, () => contextHashOf({ versionDigest, task, inputDigest, dependencyDigests }));
  }

  /** Whether an answer may still be accepted. Nobody has to expire an execution whose time is over. */
  function isOpenFor({ running, deadline }: ExecutionFacts): boolean {
    return running && chain.now() <= deadline;
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
        quorums: version.tasks.map((task) => task.quorum ?? 1),
        completed,
      },
      chainNow: chain.now(),
      self: options.node,
      canRun: (task) => {
        const model = version.tasks[task]?.model;
        return model !== undefined && modules.answerer.canAnswer(model);
      },
      rankOf: (task, node) => chain.rankOf(facts.id, task, version.tasks[task]?.model ?? 0n, node),
      ownerOf: (node) => chain.ownerOf(node),
      contextOf: (task, dependencyDigests) => contextOf(facts, version, task, dependencyDigests),
      heardOf: (task) => heard.of(facts.id, task),
    });
  }

  /**
   * Which contexts of an execution this node may sign for, after a gap in its memory: none, or those on record. What comes
   * up only after this was asked is for the next look.
   */
  async function signable(
    facts: ExecutionFacts,
    version: VersionFacts,
  ): Promise<(run: RunnableTask) => boolean> {
    const { id, createdAt } = facts;
    const barrier = await journal.signings.barrierOf({ execution: id, createdAt });
    if (barrier === "none") return () => true;
    const recorded = new Set<string>();
    if (barrier === "unrecorded") {
      const { chainId, contract } = options;
      for (const { task, contextHash } of planFor(facts, version).run) {
        const context = { chainId, contract, execution: id, task, contextHash };
        if ((await journal.signings.digestOf(context)) !== undefined) recorded.add(contextHash);
      }
    }
    return ({ contextHash }) => recorded.has(contextHash);
  }

  /**
   * What of a plan this node does: it leaves out what it may not sign for, what it does not take, and, without peers, a
   * task on which nodes must agree, as nobody hears it agree, nor it them. It says why of each.
   */
  function workable(
    facts: ExecutionFacts,
    version: VersionFacts,
    plan: Plan<Heard>,
    maySign: (run: RunnableTask) => boolean,
  ): { readonly plan: Plan<Heard>; readonly held: readonly TaskWait[] } {
    const refusals = refusalsOf(facts, version);
    const isRefused = ({ task }: RunnableTask) => refusals.some((refusal) => refusal.task === task);
    const isAlone = ({ task }: RunnableTask) => !gossip.enabled && (version.tasks[task]?.quorum ?? 1) > 1;
    const wanted = plan.run.filter((run) => !isRefused(run));
    const barred = wanted.filter((run) => !maySign(run)).map((run) => beforeGap(facts.id, run));
    const alone = wanted.filter((run) => maySign(run) && isAlone(run)).map(withoutPeers);
    // As long as nobody knows how large the input is, it may be one that is refused.
    const isSizeKnown = !asksForSize(policy) || sizeOfInput(facts) !== undefined;
    const run = isSizeKnown ? wanted.filter((one) => maySign(one) && !isAlone(one)) : [];
    return { plan: { ...plan, run }, held: [...refusals, ...barred, ...alone] };
  }

  /** Why this node does not take tasks that it could answer, now or later. */
  function refusalsOf(facts: ExecutionFacts, version: VersionFacts) {
    return version.tasks.flatMap(({ model }, task) => {
      if (facts.completed.has(task) || !modules.answerer.canAnswer(model)) return [];
      const refusal = refusalOf(policy, facts, version, task, sizeOfInput(facts));
      // Whether it could answer at all is asked last: that is what takes time, and mostly nothing is refused.
      if (refusal === undefined || chain.rankOf(facts.id, task, model, options.node) === undefined) return [];
      return refusal;
    });
  }

  function sizeOfInput({ id, input }: ExecutionFacts): number | undefined {
    return input?.length ?? inputBytes.get(id);
  }

  /**
   * Gets an input that is not inline before its turn comes, as whoever has it now may be gone when a step-in needs it;
   * and outputs, whose completions count once they are here.
   */
  function fetchBlobs(facts: ExecutionFacts, version: VersionFacts, plan: Plan<Heard>): void {
    const takesOne = version.tasks.some(
      ({ model }, task) =>
        modules.answerer.canAnswer(model) &&
        refusalOf(policy, facts, version, task, sizeOfInput(facts)) === undefined,
    );
    if (takesOne && !asksForSize(policy) && facts.input === undefined)
      fetches.want(facts.id, facts.inputDigest);
    else if (takesOne && sizeOfInput(facts) === undefined) {
      fetches.want(facts.id, facts.inputDigest, (bytes) => void inputBytes.set(facts.id, bytes.length));
    }
    for (const completion of plan.missing) {
      fetches.want(facts.id, completion.outputDigest, (bytes) => {
        // One that could never be settled is as good as none.
        const isTooLarge = bytes.length > OUTPUT_INLINE_BYTES_MAX && !facts.outputsByReference;
        if (bytes.length === 0 || isTooLarge) heard.refuse(completion);
        else heard.noteOutput(completion);
      });
    }
  }

  /** It has ended, or a reorganisation took it: what is done for it stops. What was heard stays for a while. */
  function forget(id: bigint): void {
    jobs.forget(id);
    heard.setRunning(id, false);
    fetches.forget(id);
    inputBytes.delete(id);
    settling.forget(id);
    reveals.forget(id);
    reports.forget(id);
    waits.set(id, []);
    timers.cancel(id);
    lookFailures.delete(id);
    changedAtMs.delete(id);
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

  async function stop(): Promise<void> {
    stopping.abort(
      new WorkError("JOB_STOPPED", "the daemon ends", { hint: "nothing is wrong", retryable: true }),
    );
    for (const end of endings.splice(0)) end();
    cancelReconcile();
    timers.stop();
    settling.stop();
    reports.stop();
    await jobs.stop();
    await endOf(looping);
  }

  /** Waits for the loop, but not for an endpoint that does not answer. */
  function endOf(loop: Promise<void> | undefined): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(STOP_LOOK_MS, resolve);
      void Promise.resolve(loop).finally(() => {
        cancel();
        resolve();
      });
    });
  }

  /** What the journal holds signed is heard again, as if a peer had said it. */
  async function recall(): Promise<void> {
    for (const { execution, signed, output } of await journal.jobs.live()) {
      const cluster = chain.execution(execution)?.cluster;
      if (signed === null || cluster === undefined) continue;
      const message = { cluster, ...signed, output: output?.bytes ?? undefined };
      heard.add(message, { atMs: clock.monotonicMs(), own: true });
      const facts = chain.execution(execution);
      const createdAt = facts?.createdAt;
      const named = createdAt === undefined ? { execution } : { execution, createdAt };
      const mayCommit = (await journal.signings.barrierOf(named)) === "none";
      // Whether others have to agree with it, the first look finds in its version.
      if (facts?.running === true && mayCommit) reveals.hold(message);
      else publish(message);
    }
  }

  return {
    async start() {
      endings.push(gossip.onCompletion(hear));
      endings.push(gossip.onCommitment(wake));
      endings.push(
        chain.onChange((execution) => {
          reconcile = true;
          if (execution !== undefined) changedAtMs.set(execution, clock.monotonicMs());
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
    stop: () => (stopped ??= stop()),
    // The cluster that a peer named is not signed; the chain's word is better.
    find: (executions) =>
      executions.flatMap((id) => {
        const cluster = chain.execution(id)?.cluster;
        const messages = heard.all([id]).filter((message) => !reveals.isHeld(message));
        return cluster === undefined ? messages : messages.map((message) => ({ ...message, cluster }));
      }),
    activeJobs: jobs.count,
    waitingJobs: jobs.waiting,
    waits: waits.of,
    refusals: () => refused,
    times: jobs.times,
  };
}
