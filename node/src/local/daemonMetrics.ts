import { Counter, Gauge, Registry } from "prom-client";
import type { EndpointHealth } from "../chain/endpoints.ts";
import type { Journal } from "../chain/journal.ts";
import type { Network } from "../network/types.ts";
import type { Engine } from "../work/engine.ts";
import type { Equivocations } from "../work/equivocations.ts";
import { REFUSAL_REASONS } from "../work/refusals.ts";
import type { FollowedChain } from "./daemon.ts";

/** Prometheus text of what an operator watches; each value is read when it is asked for. */
export function createMetrics(modules: {
  readonly chain: FollowedChain;
  readonly network: Network | undefined;
  readonly engine: Engine;
  readonly journal: Journal;
  /** Undefined where this node brings no proofs. */
  readonly equivocations: Equivocations | undefined;
}): () => Promise<string> {
  const { chain, network, engine, journal, equivocations } = modules;
  const registry = new Registry();
  const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(await read());
      },
    });
  gauge("pleiad_chain_head_block", "Number of the last block followed", () =>
    Number(chain.projection.head()?.number ?? 0n),
  );
  gauge("pleiad_chain_newest_block", "Number of the newest block shown", () =>
    Number(chain.follower.status().newest ?? 0n),
  );
  gauge("pleiad_chain_following", "1 while the follower is at the newest block", () =>
    chain.follower.status().state === "following" ? 1 : 0,
  );
  gauge("pleiad_chain_settled_block", "Number of the last block that the node may act on", () =>
    Number(chain.follower.status().settled ?? 0n),
  );
  gauge("pleiad_rpc_contradiction", "1 while endpoints contradict each other over a block", () =>
    chain.agreement.error() === undefined ? 0 : 1,
  );
  const endpointGauge = (name: string, help: string, read: (health: EndpointHealth) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ["endpoint"],
      registers: [registry],
      collect() {
        for (const [index, health] of chain.rpc.health().entries())
          this.set({ endpoint: String(index + 1) }, read(health));
      },
    });
  endpointGauge(
    "pleiad_rpc_endpoint_well",
    "1 while the endpoint is neither resting nor left out",
    (health) => (health.state === "well" ? 1 : 0),
  );
  endpointGauge(
    "pleiad_rpc_endpoint_left_out",
    "1 while the endpoint is left out for lying or lagging",
    (health) => (health.state === "lies" || health.state === "lags" ? 1 : 0),
  );
  endpointGauge("pleiad_rpc_endpoint_lag_blocks", "How far its newest block is behind another's", (health) =>
    Number(health.lagBlocks),
  );
  endpointGauge(
    "pleiad_rpc_endpoint_latency_seconds",
    "How long its answers take",
    (health) => (health.latencyMs ?? 0) / 1_000,
  );
  gauge("pleiad_executions_running", "Executions that run", () => chain.view.running().length);
  gauge("pleiad_jobs_active", "Jobs under way", () => engine.activeJobs());
  gauge(
    "pleiad_jobs_live",
    "Jobs in the journal that are not over",
    async () => (await journal.jobs.live()).length,
  );
  new Counter({
    name: "pleiad_tasks_refused_total",
    help: "Tasks that this node could answer and does not want, by the reason",
    labelNames: ["reason"],
    registers: [registry],
    collect() {
      this.reset();
      for (const reason of REFUSAL_REASONS) this.inc({ reason }, engine.refusals().get(reason) ?? 0);
    },
  });
  gauge(
    "pleiad_callbacks_undelivered",
    "Ended executions that are remembered and whose consumer was not told",
    () => chain.projection.undelivered().length,
  );
  gauge(
    "pleiad_equivocations_open",
    "Nodes' lies of which this node has a proof that is not on chain yet",
    async () => (await equivocations?.openCount()) ?? 0,
  );
  gauge(
    "pleiad_peers_certified",
    "Peers with a valid certificate",
    () => (network?.peers() ?? []).filter((peer) => peer.state === "certified").length,
  );
  gauge("pleiad_memory_resident_bytes", "Resident memory of the process", () => process.memoryUsage.rss());
  return () => registry.metrics();
}
