import { statfs } from "node:fs/promises";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { Logger } from "pino";
import { formatEther, zeroAddress } from "viem";
import manifest from "../../package.json" with { type: "json" };
import type { ApiModules } from "../api/server.ts";
import { systemClock } from "../chain/clock.ts";
import type { Journal, TransactionRecord } from "../chain/journal.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { Signer } from "../chain/signer.ts";
import type { Submitter } from "../chain/submitterTypes.ts";
import type { Config } from "../config/table.ts";
import type { Network } from "../network/types.ts";
import type { BlobStore } from "../store/blobs.ts";
import type { Engine } from "../work/engine.ts";
import type { Equivocations } from "../work/equivocations.ts";
import { REFUSAL_REASONS } from "../work/refusals.ts";
import type { DaemonLog } from "./daemonLog.ts";
import { createMetrics, type SetMetric } from "./daemonMetrics.ts";
import { chainStatus, daemonStatus, liveJobs, noEndedJobs } from "./daemonStatus.ts";
import { type JobLife, type Moment, watchJobLives } from "./jobLives.ts";
import { createMoneyWatch } from "./moneyWatch.ts";
import { observeRpc, observeSigner, type SignerView } from "./observed.ts";
import { createSpanExporter } from "./otlp.ts";
import { createReadiness } from "./readiness.ts";
import { createTracing, type Tracing } from "./tracing.ts";
import type { FollowedChain } from "./wiring/followChain.ts";

/** What is up when the API opens. */
export interface Observed {
  readonly node: bigint;
  readonly deployment: Deployment;
  readonly chain: FollowedChain;
  readonly journal: Journal;
  readonly signer: Signer;
  readonly submitter: Submitter;
  readonly network: Network | undefined;
  readonly engine: Engine;
  /** Undefined where this node brings no proofs. */
  readonly equivocations: Equivocations | undefined;
  readonly blobs: BlobStore;
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
  /** Traces jobs from here on, where the configuration names a collector. */
  trace(observed: Pick<Observed, "node" | "deployment" | "chain">): void;
  /** The routes that tell of it, once everything is up. */
  routes(observed: Observed): Pick<ApiModules, "ready" | "status" | "metrics">;
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
  let tracing: Tracing | undefined;
  let signerView: () => SignerView = () => ({ lied: false });

  function noteEnd(life: JobLife): void {
    ended[life.outcome] += 1;
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
          ended: noteEnd,
        },
      }),
    signer(signer) {
      const observed = observeSigner(signer, { metrics, clock });
      signerView = observed.view;
      return observed.signer;
    },
    rpc: (rpc) => observeRpc(rpc, { metrics, clock }),
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
    routes(observed) {
      const { node, deployment, chain, journal, signer, submitter } = observed;
      const money = createMoneyWatch(
        { account: submitter.status().account, node, deployment },
        {
          rpc: chain.rpc,
          clock,
          currencies: () =>
            [...config.models.keys()].map((model) => chain.projection.model(model)?.currency ?? zeroAddress),
        },
      );
      const ready = createReadiness(
        { dataFolder: config.dataFolder },
        { clock, follower: chain.follower.status, signer, signerView },
      );
      submitter.onChange(noteTransaction);
      metrics.onScrape(async (set) => {
        set("pleiad_build_info", 1, { version: manifest.version, node: String(node) });
        set("pleiad_start_time_seconds", startedAtMs / 1_000);
        for (const [check, { ok }] of Object.entries((await ready()).checks))
          set("pleiad_ready_state", ok ? 1 : 0, { check });
        const read = await money.read();
        if (read.money !== undefined) {
          set("pleiad_account_balance_ether", etherOf(read.money.balanceWei));
          set("pleiad_account_nonce_number", read.money.nonce);
          set("pleiad_node_credit_ether", etherOf(read.money.credits[0]?.amount ?? 0n));
        }
        for (const [level, count] of Object.entries(log?.counts() ?? {}))
          set("pleiad_log_lines_total", count, { level });
        setChain(set, chain);
        setEndpoints(set, chain);
        await setWork(set, observed, config);
        setNetwork(set, observed.network);
        await setStore(set, observed.blobs, config);
      });
      return {
        ready,
        metrics: metrics.text,
        status: () =>
          daemonStatus(
            { node, version: manifest.version, startedAtMs, models: [...config.models.keys()] },
            {
              ...observed,
              journal,
              ready,
              money: money.read,
              endedJobs: () => ({ ...ended }),
              lastErrors: () => log?.lastErrors() ?? [],
            },
          ),
      };
    },
    async stop() {
      metrics.stop();
      await tracing?.stop();
    },
  };
}

function setChain(set: SetMetric, chain: FollowedChain): void {
  const { head, newest, lagBlocks, headAgeSeconds } = chainStatus(chain);
  set("pleiad_chain_head_block_number", Number(head?.number ?? 0n));
  set("pleiad_chain_newest_block_number", Number(newest ?? 0n));
  set("pleiad_chain_lag_blocks", lagBlocks);
  if (headAgeSeconds !== null) set("pleiad_chain_head_age_seconds", headAgeSeconds);
  set("pleiad_chain_settled_block_number", Number(chain.follower.status().settled ?? 0n));
  set("pleiad_running_executions", chain.view.running().length);
  set("pleiad_undelivered_callbacks", chain.projection.undelivered().length);
}

function setEndpoints(set: SetMetric, { rpc, agreement }: FollowedChain): void {
  set("pleiad_rpc_contradiction_state", agreement.error() === undefined ? 0 : 1);
  for (const [index, { state, lagBlocks, latencyMs }] of rpc.health().entries()) {
    const labels = { endpoint: String(index + 1) };
    set("pleiad_rpc_endpoint_well_state", state === "well" ? 1 : 0, labels);
    set("pleiad_rpc_endpoint_left_out_state", state === "lies" || state === "lags" ? 1 : 0, labels);
    set("pleiad_rpc_endpoint_lag_blocks", Number(lagBlocks), labels);
    if (latencyMs !== undefined) set("pleiad_rpc_endpoint_latency_seconds", latencyMs / 1_000, labels);
  }
}

async function setWork(
  set: SetMetric,
  { engine, journal, submitter, equivocations }: Observed,
  config: Config,
): Promise<void> {
  set("pleiad_active_jobs", engine.activeJobs());
  set("pleiad_waiting_jobs", engine.waitingJobs());
  for (const reason of REFUSAL_REASONS)
    set("pleiad_refused_tasks_total", engine.refusals().get(reason) ?? 0, { reason });
  set("pleiad_open_equivocations", (await equivocations?.openCount()) ?? 0);
  set("pleiad_active_limit_jobs", config.jobs.parallelMax);
  for (const [state, count] of Object.entries(await liveJobs(journal)))
    set("pleiad_live_jobs", count, { state });
  const { inFlight, waiting, alert, spentWei, spendingLimitWei } = submitter.status();
  set("pleiad_day_spending_ether", etherOf(spentWei));
  if (spendingLimitWei !== undefined) set("pleiad_day_spending_limit_ether", etherOf(spendingLimitWei));
  set("pleiad_flying_transactions", inFlight);
  set("pleiad_waiting_transactions", waiting);
  if (alert !== undefined) set("pleiad_held_up_state", 1, { code: alert.code });
}

function setNetwork(set: SetMetric, network: Network | undefined): void {
  if (network === undefined) return;
  const stats = network.stats();
  set("pleiad_certified_peers", stats.peersCertified);
  set("pleiad_uncertified_peers", stats.peersUncertified);
  set("pleiad_up_nodes", network.presence.list().length);
  set("pleiad_banned_peers_total", stats.peersBannedTotal);
  set("pleiad_peer_messages_total", stats.messagesAcceptedTotal, { outcome: "accepted" });
  set("pleiad_peer_messages_total", stats.messagesIgnoredTotal, { outcome: "ignored" });
  set("pleiad_peer_messages_total", stats.messagesRejectedTotal, { outcome: "rejected" });
  set("pleiad_peer_blobs_total", stats.blobsFetchedTotal, { outcome: "fetched" });
  set("pleiad_peer_blobs_total", stats.blobsMissingTotal, { outcome: "missing" });
}

async function setStore(set: SetMetric, blobs: BlobStore, config: Config): Promise<void> {
  set("pleiad_store_blobs_bytes", blobs.bytesTotal);
  set("pleiad_store_blobs_limit_bytes", config.store.blobBytesTotalMax);
  const { bavail, bsize } = await statfs(config.dataFolder);
  set("pleiad_disk_free_bytes", bavail * bsize);
}

function seconds(from: Moment, to: Moment): number {
  return (to.monotonicMs - from.monotonicMs) / 1_000;
}

function etherOf(wei: bigint): number {
  return Number(formatEther(wei));
}
