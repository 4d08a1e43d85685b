import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { Logger } from "pino";
import { zeroAddress } from "viem";
import manifest from "../../package.json" with { type: "json" };
import type { Sandbox } from "../agents/sandbox/sandbox.ts";
import type { ApiModules } from "../api/server.ts";
import { systemClock } from "../chain/clock.ts";
import type { Journal, TransactionRecord } from "../chain/journal.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { Signer } from "../chain/signer.ts";
import type { Submitter } from "../chain/submitterTypes.ts";
import type { Config } from "../config/table.ts";
import type { Network } from "../network/types.ts";
import type { BlobStore } from "../store/blobs.ts";
import type { Chronicle } from "../work/chronicle.ts";
import type { Engine } from "../work/engine.ts";
import type { Equivocations } from "../work/equivocations.ts";
import type { FaceStats } from "../workspace/face/counters.ts";
import type { EvictionReason } from "./blobKeeper.ts";
import type { DaemonLog } from "./daemonLog.ts";
import { createMetrics } from "./daemonMetrics.ts";
import {
  etherOf,
  setAgents,
  setChain,
  setEndpoints,
  setFaces,
  setMoney,
  setNetwork,
  setStore,
  setWork,
} from "./daemonScrape.ts";
import {
  type DaemonStatus,
  daemonStatus,
  noEndedJobs,
  type StartingStatus,
  startingStatus,
} from "./daemonStatus.ts";
import { createGossipTimes, type GossipTimes } from "./gossipTimes.ts";
import { type JobLife, type Moment, watchJobLives } from "./jobLives.ts";
import { createJobStories, type JobStories } from "./jobStories.ts";
import { warningsOf } from "./moneyWarnings.ts";
import { createMoneyWatch, type MoneyWatch } from "./moneyWatch.ts";
import { observeRpc, observeSigner, type SignerView } from "./observed.ts";
import { createSpanExporter } from "./otlp.ts";
import { createReadiness } from "./readiness.ts";
import { createTracing, type Tracing } from "./tracing.ts";
import type { FollowedChain } from "./wiring/followChain.ts";
import type { AgentBooks } from "./wiring/openAgentBooks.ts";
import type { OpenedManager } from "./wiring/openManager.ts";

/** What is there when the API opens. */
export interface Started {
  readonly chain: FollowedChain;
  readonly deployment: Deployment;
  readonly signer: Signer;
  readonly blobs: BlobStore;
}

/** What is there once the node is at work. */
export interface Observed extends Started {
  readonly node: bigint;
  readonly journal: Journal;
  readonly submitter: Submitter;
  readonly network: Network | undefined;
  readonly engine: Engine;
  /** Undefined where this node brings no proofs. */
  readonly equivocations: Equivocations | undefined;
  /** Undefined where there is no workspace. */
  readonly chronicle: Chronicle | undefined;
  readonly sandbox: Sandbox;
  readonly books: AgentBooks;
  /** Undefined where this daemon runs no cluster manager. */
  readonly managing: Pick<OpenedManager, "scrape" | "onLook"> | undefined;
}

/**
 * What an operator sees of a daemon: log lines of jobs' lives, metrics, readiness, status. It stands between the layers
 * and watches; nothing that the daemon does depends on it.
 */
export interface DaemonObserver {
  /** Behave like what they were given. */
  journal(journal: Journal): Journal;
  signer(signer: Signer): Signer;
  rpc(rpc: Rpc): Rpc;
  /** What happened to each job, and when. */
  readonly stories: JobStories;
  /** When completions travelled among the peers. */
  readonly gossipTimes: GossipTimes;
  /** What is kept of the log; undefined where nothing is. */
  readonly log: Omit<DaemonLog, "logger"> | undefined;
  /** Traces jobs from here on, where the configuration names a collector. */
  trace(observed: Pick<Observed, "node" | "deployment" | "chain">): void;
  /** A blob was dropped, and gave so much room back. */
  blobEvicted(reason: EvictionReason, roomBytes: number): void;
  /** A blob was not taken for want of room. */
  blobRefused(): void;
  /** The routes that tell of it, from the start on. */
  routes(started: Started & { readonly faces: () => FaceStats }): Pick<ApiModules, "ready" | "metrics"> & {
    readonly status: () => Promise<DaemonStatus | StartingStatus>;
  };
  /** Everything is up: the routes tell of all of it. */
  atWork(observed: Observed): void;
  stop(): Promise<void>;
}

export function createDaemonObserver(
  options: { readonly config: Config },
  modules: { readonly logger: Logger; readonly log: Omit<DaemonLog, "logger"> | undefined },
): DaemonObserver {
  const { config } = options;
  const { logger, log } = modules;
  const clock = systemClock();
  const startedAtMs = Date.now();
  const metrics = createMetrics();
  const ended = noEndedJobs();
  const stories = createJobStories();
  const momentNow = (): Moment => ({ monotonicMs: clock.monotonicMs(), wallMs: Date.now() });
  const gossipTimes = createGossipTimes({
    now: Date.now,
    onSent: (completion) => stories.gossiped(completion, momentNow()),
  });
  let tracing: Tracing | undefined;
  let signerView: () => SignerView = () => ({ lied: false });
  let work: { readonly observed: Observed; readonly money: MoneyWatch } | undefined;

  function noteEnd(life: JobLife): void {
    ended[life.outcome] += 1;
    stories.ended(life);
    tracing?.jobEnded(life);
    metrics.add("pleiad_ended_jobs_total", { outcome: life.outcome });
    const { begun, answered, signed, mined } = life;
    if (begun !== undefined && answered !== undefined)
      metrics.observe("pleiad_job_answer_seconds", seconds(begun, answered));
    if (signed !== undefined && mined !== undefined)
      metrics.observe("pleiad_job_settle_seconds", seconds(signed, mined));
  }

  function noteTransaction({ state, inclusion }: TransactionRecord): void {
    if (state !== "final" && state !== "replaced" && state !== "cancelled") return;
    metrics.add("pleiad_ended_transactions_total", { outcome: state });
    if (inclusion === null) return;
    metrics.add("pleiad_used_gas_total", {}, Number(inclusion.gasUsed));
    metrics.add(
      "pleiad_spent_fees_ether_total",
      {},
      etherOf(inclusion.gasUsed * inclusion.effectiveGasPriceWei),
    );
  }

  return {
    journal: (journal) =>
      watchJobLives(journal, {
        clock,
        logger,
        listener: {
          attemptFailed: ({ code }) => metrics.add("pleiad_failed_attempts_total", { code }),
          passed: (key, life) => stories.passed(key, life),
          ended: noteEnd,
        },
      }),
    signer(signer) {
      const observed = observeSigner(signer, { metrics, clock });
      signerView = observed.view;
      return observed.signer;
    },
    rpc: (rpc) => observeRpc(rpc, { metrics, clock }),
    stories,
    gossipTimes,
    log,
    trace({ node, deployment, chain }) {
      const { otlpUrl: url } = config.tracing;
      if (url === null) return;
      const { chainId, clusterExecutions: contract } = deployment;
      const resource = {
        "service.name": "pleiad-node",
        "service.version": manifest.version,
        "service.instance.id": `node-${node}`,
        "pleiad.chain_id": chainId,
      };
      const onOutcome = (outcome: string, spans: number) =>
        metrics.add("pleiad_trace_spans_total", { outcome }, spans);
      const exporter = createSpanExporter(
        { url, resource, version: manifest.version },
        { logger, clock, onOutcome },
      );
      const made = createTracing({ chainId, contract, node }, { exporter });
      tracing = made;
      chain.projection.on("execution", (id) => {
        const execution = chain.projection.execution(id);
        if (execution?.state === "Running") made.saw(id, execution.createdAt);
      });
    },
    blobEvicted(reason, roomBytes) {
      metrics.add("pleiad_evicted_blobs_total", { reason });
      metrics.add("pleiad_evicted_bytes_total", { reason }, roomBytes);
    },
    blobRefused: () => metrics.add("pleiad_refused_blobs_total"),
    routes({ chain, signer, blobs, faces }) {
      chain.projection.on("execution", (id) => {
        if (chain.projection.execution(id)?.state === "Running") stories.saw(id, momentNow());
      });
      const ready = createReadiness(
        { dataFolder: config.dataFolder },
        {
          clock,
          follower: chain.follower.status,
          signer,
          signerView,
          isAtWork: () => work !== undefined,
          warnings: () => warningsOf(work?.money.last()),
        },
      );
      metrics.onScrape(async (set) => {
        const node = work === undefined ? "" : String(work.observed.node);
        set("pleiad_build_info", 1, { version: manifest.version, node });
        set("pleiad_start_time_seconds", startedAtMs / 1_000);
        for (const [check, { ok }] of Object.entries((await ready()).checks))
          set("pleiad_ready_state", ok ? 1 : 0, { check });
        for (const [level, count] of Object.entries(log?.counts() ?? {}))
          set("pleiad_log_lines_total", count, { level });
        setFaces(set, faces());
        setChain(set, chain);
        setEndpoints(set, chain);
        await setStore(set, blobs, config);
        if (work === undefined) return;
        setMoney(set, (await work.money.read()).money);
        await setWork(set, work.observed);
        setNetwork(set, work.observed.network);
        await setAgents(set, work.observed.books);
        await work.observed.managing?.scrape(set);
      });
      const lastErrors = () => log?.lastErrors() ?? [];
      const models = [...config.models.keys()];
      return {
        ready,
        metrics: metrics.text,
        status: () => {
          if (work === undefined)
            return startingStatus({ version: manifest.version, startedAtMs }, { chain, ready, lastErrors });
          const { observed, money } = work;
          return daemonStatus(
            { node: observed.node, version: manifest.version, startedAtMs, models },
            { ...observed, ready, money: money.read, endedJobs: () => ({ ...ended }), lastErrors },
          );
        },
      };
    },
    atWork(observed) {
      const { node, deployment, chain, submitter } = observed;
      const money = createMoneyWatch(
        { account: submitter.status().account, node, deployment },
        {
          rpc: chain.rpc,
          clock,
          currencies: () =>
            [...config.models.keys()].map((model) => chain.projection.model(model)?.currency ?? zeroAddress),
        },
      );
      submitter.onChange(noteTransaction);
      observed.managing?.onLook((tookMs) =>
        metrics.observe("pleiad_manager_reconcile_seconds", tookMs / 1_000),
      );
      work = { observed, money };
      // An empty account keeps nothing from working, so it is said once, and nobody waits for it.
      void money.read().then((read) => {
        for (const { code, message } of warningsOf(read.money)) logger.warn({ code }, message);
      });
    },
    async stop() {
      metrics.stop();
      await tracing?.stop();
    },
  };
}

function seconds(from: Moment, to: Moment): number {
  return (to.monotonicMs - from.monotonicMs) / 1_000;
}
