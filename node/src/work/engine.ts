import { contextHashOf } from "@pleiad/sdk/actions/contextHashOf";
import { isRetryable, PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { encodeAbiParameters, type Hex, hexToNumber, keccak256, sliceHex } from "viem";
import { createHeardBook, type Heard } from "./heardBook.ts";
import {
  bytesOf,
  type JobResult,
  type JobRunnerModules,
  type JobRunnerOptions,
  runJob,
} from "./jobRunner.ts";
import { type Plan, planExecution, type RunnableTask } from "./plan.ts";
import type { ChainView, ExecutionFacts, Settler, SignedMessage, VersionFacts } from "./ports.ts";
import { reconcileJobs } from "./reconcile.ts";
import { type DueSettlement, settleDue } from "./settlements.ts";
import { settleDelayMs } from "./settleTime.ts";

/** First and longest pause before a failed attempt is made again; each further one waits twice as long. */
const RETRY_DELAY_MS_MIN = 250;
const RETRY_DELAY_MS_MAX = 30_000;
/** A settlement that failed is looked at again after this long, by when the chain has mostly moved. */
const SETTLE_RETRY_MS = 500;
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
  /** Takes no further work, stops its agents and answers when nothing of it runs any more. */
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
  const { chain, gossip, journal, logger } = modules;
  const heard = createHeardBook();
  const active = new Map<string, ActiveJob>();
  const retryAtMs = new Map<string, { atMs: number; failures: number }>();
  const heardAtMs = new Map<bigint, number>();
  const inputsFetched = new Set<bigint>();
  const stopping = new AbortController();
  const elapsedMs = new Map<bigint, Map<number, number>>();
  const timers = new Map<bigint, NodeJS.Timeout>();
  const pending = new Set<bigint>();
  const endings: (() => void)[] = [];
  let looping: Promise<void> | undefined;
  let settling: Promise<void> | undefined;
  let due = new Map<bigint, DueSettlement>();
  let stopped = false;
  let reconcile = false;

  /** Asks for a look at an execution; looks are made one after the other. */
  function wake(execution: bigint): void {
    if (stopped) return;
    pending.add(execution);
    startLoop();
  }

  function startLoop(): void {
    if (stopped) return;
    looping ??= loop().finally(() => {
      looping = undefined;
      // What came while the last look ended.
      if (pending.size > 0 || reconcile) startLoop();
    });
  }

  function wakeAll(executions: readonly bigint[]): void {
    for (const execution of executions) pending.add(execution);
    if (pending.size > 0 || reconcile) startLoop();
  }

  async function loop(): Promise<void> {
    while (!stopped && (pending.size > 0 || reconcile)) {
      if (reconcile) {
        reconcile = false;
        await reconcileJobs(chain, journal, options.node);
      }
      const [execution] = pending;
      if (execution === undefined) continue;
      pending.delete(execution);
      await look(execution);
    }
  }

  /** Makes the plan for one execution and acts on it. */
  async function look(id: bigint): Promise<void> {
    const facts = chain.execution(id);
    if (facts === undefined) return;
    if (!facts.running) return forget(id);
    const version = await chain.version(facts.cluster, facts.version).catch(unlessRetryable);
    if (version === undefined) return wakeLater(id, RETRY_DELAY_MS_MIN);
    const plan = planFor(facts, version);
    if (version.tasks.some((task) => modules.answerer.canAnswer(task.model))) fetchInput(facts);
    stopOverruled(id, plan);
    for (const runnable of plan.run) startJob(facts, version, plan, runnable);
    if (plan.changesAt !== undefined) wakeAtChainTime(id, plan.changesAt);
    scheduleSettlement(facts, version, plan);
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

  /** Gets an input that is not inline before its turn comes: whoever has it now may be gone when a step-in needs it. */
  function fetchInput(facts: ExecutionFacts): void {
    if (facts.input !== undefined || inputsFetched.has(facts.id)) return;
    inputsFetched.add(facts.id);
    bytesOf(facts.inputDigest, stopping.signal, modules).catch((error: unknown) => {
      // A job that needs it asks again, and says so if it is nowhere.
      if (!stopped && !(error instanceof PleiadError)) throw error;
    });
  }

  // ------------------------------------------------------------------------------------------------------- jobs

  function startJob(
    facts: ExecutionFacts,
    version: VersionFacts,
    plan: Plan<Heard>,
    runnable: RunnableTask,
  ): void {
    const key = `${facts.id}/${runnable.task}`;
    if (active.has(key) || active.size >= options.parallelMax) return;
    const retry = retryAtMs.get(key);
    if (retry !== undefined && retry.atMs > performance.now()) return;
    const abort = new AbortController();
    const dependencies = dependenciesOf(version, plan, facts, runnable.task);
    const startedAtMs = performance.now();
    const done = runJob({ facts, version, runnable, dependencies, signal: abort.signal }, options, modules)
      .then((result) => {
        if (result.kind === "signed") noteTime(facts.id, runnable.task, performance.now() - startedAtMs);
        return afterJob(key, facts, result);
      })
      .finally(() => {
        active.delete(key);
        // A place is free: another execution's task may be waiting for it.
        wakeAll(stopped ? [] : chain.running());
      });
    active.set(key, { contextHash: runnable.contextHash, abort, done });
  }

  function noteTime(execution: bigint, task: number, tookMs: number): void {
    const times = elapsedMs.get(execution) ?? new Map<number, number>();
    elapsedMs.set(execution, times.set(task, Math.round(tookMs)));
    const [oldest] = elapsedMs.keys();
    if (elapsedMs.size > TIMES_EXECUTIONS_MAX && oldest !== undefined) elapsedMs.delete(oldest);
  }

  async function afterJob(key: string, facts: ExecutionFacts, result: JobResult): Promise<void> {
    if (result.kind === "signed") {
      retryAtMs.delete(key);
      hear(result.message);
      if (!stopped) await gossip.publish(result.message);
    } else if (result.kind === "later") {
      const failures = (retryAtMs.get(key)?.failures ?? 0) + 1;
      const delayMs = Math.min(RETRY_DELAY_MS_MAX, RETRY_DELAY_MS_MIN * 2 ** (failures - 1));
      retryAtMs.set(key, { atMs: performance.now() + delayMs, failures });
      logger.warn(
        { job: key, code: result.error.code, reason: result.error.message, delayMs },
        "task will be tried again",
      );
      wakeLater(facts.id, delayMs + 1);
    } else if (result.kind === "failed") {
      // The journal has the reason; the task is left to the next window's node.
      retryAtMs.set(key, { atMs: Number.POSITIVE_INFINITY, failures: 0 });
    }
  }

  /** Stops jobs whose task the plan no longer wants from this node: answered, or bound to another context. */
  function stopOverruled(id: bigint, plan: Plan<Heard>): void {
    for (const [key, job] of active) {
      if (!key.startsWith(`${id}/`)) continue;
      const task = Number(key.slice(key.indexOf("/") + 1));
      if (!plan.run.some((run) => run.task === task && run.contextHash === job.contextHash))
        job.abort.abort();
    }
  }

  function forget(id: bigint): void {
    for (const [key, job] of active) if (key.startsWith(`${id}/`)) job.abort.abort();
    for (const key of retryAtMs.keys()) if (key.startsWith(`${id}/`)) retryAtMs.delete(key);
    heard.forget(id);
    inputsFetched.delete(id);
    heardAtMs.delete(id);
    due.delete(id);
    clearTimeout(timers.get(id));
    timers.delete(id);
  }

  // ------------------------------------------------------------------------------------------------- settlement

  /** Puts an execution on the list of what is sent next, now or when its time has come. */
  function scheduleSettlement(facts: ExecutionFacts, version: VersionFacts, plan: Plan<Heard>): void {
    const last = plan.settle.at(-1);
    if (last === undefined) {
      due.delete(facts.id);
      return;
    }
    const delayMs = settleDelayMs({
      windowMs: Number(version.windowSeconds) * 1_000,
      completes: plan.completes,
      lastSigner: last.node === options.node,
      spread: spreadOf(facts.id, options.node),
    });
    const dueAtMs = (heardAtMs.get(facts.id) ?? performance.now()) + delayMs;
    const waitMs = dueAtMs - performance.now();
    if (waitMs > 0) {
      wakeLater(facts.id, waitMs + 1);
      return;
    }
    due.set(facts.id, { facts, plan });
    settling ??= settle().finally(() => {
      settling = undefined;
    });
  }

  async function settle(): Promise<void> {
    while (due.size > 0 && !stopped) {
      const batch = [...due.values()];
      due = new Map();
      for (const { plan, facts } of batch) await keepOutputs(plan, facts);
      const sent = await settleDue(batch, modules);
      for (const { facts } of batch) {
        // The chain's own event wakes it when this was mined; until then it must not be sent a second time.
        if (sent) heardAtMs.set(facts.id, performance.now());
        else wakeLater(facts.id, SETTLE_RETRY_MS);
      }
    }
  }

  /** Outputs that are settled by reference have to be here, or nobody could read them later. */
  async function keepOutputs(plan: Plan<Heard>, facts: ExecutionFacts): Promise<void> {
    for (const { message } of plan.settle) {
      if (message.output !== undefined) await modules.blobs.put(message.output);
      else if (facts.outputsByReference) {
        await bytesOf(message.completion.outputDigest, AbortSignal.timeout(5_000), modules).catch(
          unlessRetryable,
        );
      }
    }
  }

  // ----------------------------------------------------------------------------------------------------- events

  function hear(message: SignedMessage): void {
    if (!heard.add(message)) return;
    heardAtMs.set(message.completion.execution, performance.now());
    wake(message.completion.execution);
  }

  function wakeAtChainTime(id: bigint, atSeconds: bigint): void {
    wakeLater(id, Math.max(50, Number(atSeconds - chain.now()) * 1_000));
  }

  /** One timer for each execution: the earliest wish counts, as every look makes its wishes anew. */
  function wakeLater(id: bigint, delayMs: number): void {
    const known = timers.get(id) as (NodeJS.Timeout & { atMs?: number }) | undefined;
    const atMs = performance.now() + delayMs;
    if (known?.atMs !== undefined && known.atMs <= atMs && known.atMs > performance.now()) return;
    clearTimeout(known);
    const timer: NodeJS.Timeout & { atMs?: number } = setTimeout(() => {
      timers.delete(id);
      wake(id);
    }, delayMs);
    timer.atMs = atMs;
    timers.set(id, timer);
  }

  /** What the journal holds signed is heard again, as if a peer had said it. */
  async function recall(): Promise<void> {
    for (const job of await journal.jobs.live()) {
      const cluster = chain.execution(job.execution)?.cluster;
      if (job.signed === null || cluster === undefined) continue;
      const message = { cluster, ...job.signed, output: job.output?.bytes ?? undefined };
      hear(message);
      await gossip.publish(message);
    }
  }

  return {
    async start() {
      endings.push(gossip.onCompletion(hear));
      endings.push(
        chain.onChange((execution) => {
          reconcile = true;
          wakeAll(execution === undefined ? chain.running() : [execution]);
        }),
      );
      await reconcileJobs(chain, journal, options.node);
      await recall();
      await gossip.catchUp(chain.running());
      wakeAll(chain.running());
    },
    async stop() {
      stopped = true;
      stopping.abort();
      for (const end of endings.splice(0)) end();
      for (const timer of timers.values()) clearTimeout(timer);
      for (const job of active.values()) job.abort.abort();
      await Promise.allSettled([...active.values()].map((job) => job.done));
      await looping;
      await settling;
    },
    find: (executions) => heard.all(executions),
    activeJobs: () => active.size,
    times: (execution) => elapsedMs.get(execution) ?? new Map(),
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

/** This node's place in the schedule of an execution, from 0 to 1. */
function spreadOf(execution: bigint, node: bigint): number {
  const hash = keccak256(encodeAbiParameters([{ type: "uint256" }, { type: "uint256" }], [execution, node]));
  return hexToNumber(sliceHex(hash, 0, 4)) / 0xffff_ffff;
}

function unlessRetryable(error: unknown): undefined {
  if (isRetryable(error)) return undefined;
  throw error;
}
