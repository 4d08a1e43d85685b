import { statfs } from "node:fs/promises";
import { formatEther } from "viem";
import type { UsageSum } from "../agents/money/types.ts";
import type { Config } from "../config/table.ts";
import type { Network } from "../network/types.ts";
import type { BlobStore } from "../store/blobs.ts";
import { REFUSAL_REASONS } from "../work/refusals.ts";
import type { FaceStats } from "../workspace/face/counters.ts";
import type { SetMetric } from "./daemonMetrics.ts";
import type { Observed } from "./daemonObserver.ts";
import { chainStatus, liveJobs } from "./daemonStatus.ts";
import type { Money } from "./moneyWatch.ts";
import type { FollowedChain } from "./wiring/followChain.ts";
import type { AgentBooks } from "./wiring/openAgentBooks.ts";

/** What is read of each part when somebody scrapes the metrics. */

export function setChain(set: SetMetric, chain: FollowedChain): void {
  const { head, newest, lagBlocks, headAgeSeconds } = chainStatus(chain);
  set("pleiad_chain_head_block_number", Number(head?.number ?? 0n));
  set("pleiad_chain_newest_block_number", Number(newest ?? 0n));
  set("pleiad_chain_lag_blocks", lagBlocks);
  if (headAgeSeconds !== null) set("pleiad_chain_head_age_seconds", headAgeSeconds);
  set("pleiad_chain_settled_block_number", Number(chain.follower.status().settled ?? 0n));
  set("pleiad_running_executions", chain.view.running().length);
  set("pleiad_undelivered_callbacks", chain.projection.undelivered().length);
}

export function setEndpoints(set: SetMetric, { rpc, agreement }: FollowedChain): void {
  set("pleiad_rpc_contradiction_state", agreement.error() === undefined ? 0 : 1);
  for (const [index, { state, lagBlocks, latencyMs }] of rpc.health().entries()) {
    const labels = { endpoint: String(index + 1) };
    set("pleiad_rpc_endpoint_well_state", state === "well" ? 1 : 0, labels);
    set("pleiad_rpc_endpoint_left_out_state", state === "lies" || state === "lags" ? 1 : 0, labels);
    set("pleiad_rpc_endpoint_lag_blocks", Number(lagBlocks), labels);
    if (latencyMs !== undefined) set("pleiad_rpc_endpoint_latency_seconds", latencyMs / 1_000, labels);
  }
}

export async function setWork(
  set: SetMetric,
  { engine, journal, submitter, equivocations, chronicle }: Observed,
): Promise<void> {
  set("pleiad_active_jobs", engine.activeJobs());
  set("pleiad_waiting_jobs", engine.waitingJobs());
  for (const reason of REFUSAL_REASONS)
    set("pleiad_refused_tasks_total", engine.refusals().get(reason) ?? 0, { reason });
  for (const [part, outcomes] of Object.entries(engine.lookedAround()))
    for (const [outcome, count] of Object.entries(outcomes))
      set("pleiad_prompt_lookups_total", count, { part, outcome });
  for (const [outcome, count] of Object.entries(chronicle?.counts() ?? {}))
    set("pleiad_thread_posts_total", count, { outcome });
  set("pleiad_open_equivocations", (await equivocations?.openCount()) ?? 0);
  set("pleiad_active_limit_jobs", engine.places.total());
  set("pleiad_draining_state", engine.places.isDraining() ? 1 : 0);
  for (const [state, count] of Object.entries(await liveJobs(journal)))
    set("pleiad_live_jobs", count, { state });
  const { inFlight, waiting, alert, spentWei, spendingLimitWei } = submitter.status();
  set("pleiad_day_spending_ether", etherOf(spentWei));
  if (spendingLimitWei !== undefined) set("pleiad_day_spending_limit_ether", etherOf(spendingLimitWei));
  set("pleiad_flying_transactions", inFlight);
  set("pleiad_waiting_transactions", waiting);
  if (alert !== undefined) set("pleiad_held_up_state", 1, { code: alert.code });
}

export function setFaces(set: SetMetric, { requests, tools, sessions, streams }: FaceStats): void {
  for (const { face, outcome, count } of requests)
    set("pleiad_face_requests_total", count, { face, outcome });
  for (const { tool, outcome, count } of tools) set("pleiad_called_tools_total", count, { tool, outcome });
  set("pleiad_open_sessions", sessions);
  set("pleiad_open_watchers", streams);
}

export function setNetwork(set: SetMetric, network: Network | undefined): void {
  if (network === undefined) return;
  const stats = network.stats();
  set("pleiad_certified_peers", stats.peersCertified);
  set("pleiad_uncertified_peers", stats.peersUncertified);
  set("pleiad_up_nodes", network.presence.list().length);
  set("pleiad_banned_peers_total", stats.peersBannedTotal);
  for (const [source, count] of Object.entries(stats.peersFoundTotal))
    set("pleiad_found_peers_total", count, { source });
  set("pleiad_unfound_peers_total", stats.peersNotFoundTotal);
  set("pleiad_relayed_peers", stats.peersRelayed);
  set("pleiad_relaying_peers", stats.relaysUsed);
  set("pleiad_served_relay_peers", stats.relayReservations);
  set("pleiad_relay_connections_total", stats.relayedTotal, { outcome: "made" });
  set("pleiad_relay_connections_total", stats.relayRefusedTotal, { outcome: "refused" });
  set("pleiad_relay_pauses_total", stats.relayPausedTotal);
  set("pleiad_peer_messages_total", stats.messagesAcceptedTotal, { outcome: "accepted" });
  set("pleiad_peer_messages_total", stats.messagesIgnoredTotal, { outcome: "ignored" });
  set("pleiad_peer_messages_total", stats.messagesRejectedTotal, { outcome: "rejected" });
  set("pleiad_peer_blobs_total", stats.blobsFetchedTotal, { outcome: "fetched" });
  set("pleiad_peer_blobs_total", stats.blobsMissingTotal, { outcome: "missing" });
}

export async function setStore(set: SetMetric, blobs: BlobStore, config: Config): Promise<void> {
  set("pleiad_store_blobs_bytes", blobs.bytesTotal);
  set("pleiad_store_blobs_limit_bytes", config.store.blobBytesTotalMax);
  const { bavail, bsize } = await statfs(config.dataFolder);
  set("pleiad_disk_free_bytes", bavail * bsize);
}

export function setMoney(set: SetMetric, money: Money | undefined): void {
  if (money === undefined) return;
  set("pleiad_account_balance_ether", etherOf(money.balanceWei));
  set("pleiad_account_nonce_number", money.nonce);
  set("pleiad_node_credit_ether", etherOf(money.credits[0]?.amount ?? 0n));
}

/** An amount as metrics have it: near enough. */
export function etherOf(wei: bigint): number {
  return Number(formatEther(wei));
}

/** What agents used and ask for, of all days that are kept. */
export async function setAgents(set: SetMetric, { usage, approvals }: AgentBooks): Promise<void> {
  const days = await usage.sums("day");
  const total = (count: (sum: UsageSum) => number) => days.reduce((sum, day) => sum + count(day), 0);
  set(
    "pleiad_used_tokens_total",
    total(({ inputTokens }) => inputTokens),
    { direction: "input" },
  );
  set(
    "pleiad_used_tokens_total",
    total(({ outputTokens }) => outputTokens),
    { direction: "output" },
  );
  set(
    "pleiad_used_tokens_total",
    total(({ cachedTokens }) => cachedTokens),
    { direction: "cached" },
  );
  const spent = new Map<string, bigint>();
  for (const { micros } of days)
    for (const [currency, amount] of Object.entries(micros))
      spent.set(currency, (spent.get(currency) ?? 0n) + amount);
  for (const [currency, amount] of spent) set("pleiad_spent_micros_total", Number(amount), { currency });
  set("pleiad_waiting_approvals", (await approvals.waiting()).length);
}
