import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { systemClock } from "../chain/clock.ts";
import { createAttention } from "./attention.ts";
import { createBlobFetches } from "./blobFetches.ts";
import { WorkError } from "./errors.ts";
import { createFailureReports } from "./failureReports.ts";
import { createHeardBook } from "./heardBook.ts";
import type { JobRunnerModules } from "./jobRunner.ts";
import { createJobs, type JobsOptions, type WorkPlaces } from "./jobs.ts";
import { type AroundCounts, createLookAround } from "./lookAround.ts";
import { createLooks } from "./looks.ts";
import { createPlanner } from "./planner.ts";
import type {
  ChainView,
  ExecutionFacts,
  FailureReporter,
  Settler,
  SignedMessage,
  StandingChange,
  Surroundings,
} from "./ports.ts";
import { createReconciler } from "./reconcile.ts";
import type { RefusalPolicy, RefusalReason } from "./refusals.ts";
import { createReveals } from "./reveals.ts";
import { createSettleLoop } from "./settleLoop.ts";
import { createWaits, type TaskWait } from "./waits.ts";

/** A window that opens is looked at no sooner than this, should the chain's time stand still. Milliseconds. */
const WINDOW_WAIT_MS_MIN = 50;
/** Ended jobs that the journal keeps, for whoever asks what a node did and why it failed. */
export const ENDED_JOBS_KEPT = 4_096;
/** Ended jobs between two prunings of the journal. */
const PRUNE_INTERVAL_JOBS = 256;

export interface EngineOptions extends JobsOptions {
  /** What this node does not work for. @default it takes whatever it can answer */
  readonly refusals?: RefusalPolicy;
}

export interface EngineModules extends Omit<JobRunnerModules, "lookAround"> {
  readonly chain: ChainView;
  readonly settler: Settler;
  /** From 0 (included) to 1 (excluded): shortens pauses by chance. @default Math.random */
  readonly random?: () => number;
  /** @default this node reports no failures */
  readonly reporter?: FailureReporter | undefined;
  /** @default agents are told nothing of what their cluster shares */
  readonly surroundings?: Surroundings | undefined;
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
  /** How many jobs run at once, for whom, and whether any is taken up at all. */
  readonly places: WorkPlaces;
  /** Why this node does nothing for tasks of an execution that it could answer otherwise. */
  waits(execution: bigint): readonly TaskWait[];
  /** How many tasks this process has refused, by the reason. */
  refusals(): ReadonlyMap<RefusalReason, number>;
  /** How often what a cluster shares was looked up for a task, and what came of it. */
  lookedAround(): AroundCounts;
  /** By task, how long this process took from taking up a job to its signature, in milliseconds. */
  times(execution: bigint): ReadonlyMap<number, number>;
}

/**
 * Creates the engine. It has no truth of its own: after every change on chain, every completion heard and every
 * window that opens it makes a plan anew (`planner`) and starts, stops or settles what the plan says. Executions are
 * looked at one after the other and each at most once at a time (`looks`); those about which nothing was said only when
 * `attention` says so.
 */
export function createEngine(options: EngineOptions, modules: EngineModules): Engine {
  const { chain, gossip, journal, logger, clock = systemClock() } = modules;
  const heard = createHeardBook();
  const looks = createLooks({
    clock,
    logger,
    look,
    onFailed: (execution) => jobs.passOver(execution),
    reconcile: bringInLine,
    flush: () => settling.flush(),
  });
  const { wake } = looks;
  const attention = createAttention({ chain, clock });
  const reconciler = createReconciler(options, { chain, journal, clock });
  const stopping = new AbortController();
  const fetches = createBlobFetches({ ...modules, clock, stopping: stopping.signal, wake });
  const planner = createPlanner(options, { ...modules, heard, fetches });
  const settling = createSettleLoop(
    { node: options.node },
    { ...modules, clock, refuse: (completion) => heard.refuse(completion), wake },
  );
  const around = createLookAround({ surroundings: modules.surroundings, clock, logger });
  const jobs = createJobs(options, {
    ...modules,
    journal: reconciler.journal,
    lookAround: around.of,
    clock,
    heard,
    now: () => chain.now(),
    wake,
    lookAgain: () => looks.wakeAll(chain.running()),
    onSigned(message, quorum) {
      heard.add(message, { atMs: clock.monotonicMs(), own: true });
      if (quorum > 1) reveals.hold(message);
      else publish(message);
    },
    onFailed() {
      endedJobs += 1;
    },
  });
  const reveals = createReveals(options, { ...modules, clock, wake, publish });
  const refused = new Map<RefusalReason, number>();
  const waits = createWaits({
    logger,
    onNew({ refusal }) {
      if (refusal !== undefined) refused.set(refusal, (refused.get(refusal) ?? 0) + 1);
    },
  });
  const reports = createFailureReports(options, { ...modules, clock, reporter: modules.reporter, wake });
  /** When the chain last said something about an execution, by the engine's clock. */
  const changedAtMs = new Map<bigint, number>();
  const endings: (() => void)[] = [];
  let stopped: Promise<void> | undefined;
  let endedJobs = PRUNE_INTERVAL_JOBS;

  async function bringInLine(): Promise<void> {
    endedJobs += await reconciler.bringInLine();
    if (endedJobs < PRUNE_INTERVAL_JOBS) return;
    await journal.jobs.prune(ENDED_JOBS_KEPT);
    endedJobs = 0;
  }

  /** Makes the plan for one execution and acts on it. */
  async function look(id: bigint): Promise<void> {
    const before = chain.execution(id);
    if (before === undefined || !isOpenFor(before)) return forget(id);
    const version = await chain.version(before.cluster, before.version);
    const maySign = await planner.signable(before, version);
    // The chain may have moved meanwhile.
    const facts = chain.execution(id);
    if (looks.isStopped() || facts?.version !== before.version) return;
    if (!isOpenFor(facts)) return forget(id);
    heard.setRunning(id, true);
    const { plan, held } = planner.plan(facts, version, maySign);
    planner.fetchBlobs(facts, version, plan);
    waits.set(id, [...held, ...jobs.follow(facts, version, plan)]);
    reveals.look(facts, version, (task) => heard.of(id, task));
    reports.look(
      facts,
      version,
      plan.run.filter((run) => jobs.hasFailed(id, run)),
    );
    const changesAt = plan.changesAt ?? facts.deadline + 1n;
    attention.looked(id, {
      settled: facts.settled,
      changesAt,
      models: version.tasks.map(({ model }) => model),
    });
    wake(id, Math.max(WINDOW_WAIT_MS_MIN, Number(changesAt - chain.now()) * 1_000));
    settling.offer(facts, version, plan, changedAtMs.get(id) ?? Number.NEGATIVE_INFINITY);
  }

  /** Whether an answer may still be accepted. Nobody has to expire an execution whose time is over. */
  function isOpenFor({ running, deadline }: ExecutionFacts): boolean {
    return running && chain.now() <= deadline;
  }

  /** It has ended, or a reorganisation took it: what is done for it stops. What was heard stays for a while. */
  function forget(id: bigint): void {
    jobs.forget(id);
    heard.setRunning(id, false);
    fetches.forget(id);
    planner.forget(id);
    settling.forget(id);
    reveals.forget(id);
    reports.forget(id);
    waits.set(id, []);
    looks.forget(id);
    attention.forget(id);
    changedAtMs.delete(id);
  }

  // ------------------------------------------------------------------------------------------------------ chain

  /** An execution has changed, or, with undefined, a block came or went. */
  function chainMoved(execution: bigint | undefined): void {
    if (execution !== undefined) {
      changedAtMs.set(execution, clock.monotonicMs());
      reconciler.changed(execution);
    }
    looks.wakeAll(execution === undefined ? attention.due() : [execution], { reconcile: true });
  }

  /** Who may answer, or when, has changed: by this node for all, by others for what they said. */
  function standingMoved({ kind, id }: StandingChange): void {
    if (kind === "model") looks.wakeAll(attention.using(id));
    else looks.wakeAll(id === options.node ? chain.running() : heard.running());
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
      if (!looks.isStopped()) logger.warn({ code: error.code, reason: error.message }, what);
    });
  }

  async function stop(): Promise<void> {
    stopping.abort(
      new WorkError("JOB_STOPPED", "the daemon ends", { hint: "nothing is wrong", retryable: true }),
    );
    for (const end of endings.splice(0)) end();
    const looked = looks.stop();
    settling.stop();
    reports.stop();
    await jobs.stop();
    await looked;
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
      endings.push(gossip.onCommitment((execution) => wake(execution)));
      endings.push(chain.onChange(chainMoved));
      endings.push(chain.onStanding(standingMoved));
      endedJobs += await reconciler.bringInLine();
      await recall();
      inBackground("peers could not be asked for completions", gossip.catchUp(chain.running()));
      looks.wakeAll(chain.running());
      looks.open();
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
    places: jobs.places,
    waits: waits.of,
    refusals: () => refused,
    lookedAround: around.counts,
    times: jobs.times,
  };
}
