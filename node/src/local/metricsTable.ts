/** A metric of the daemon: what `GET /metrics` says of it. */
export interface MetricEntry {
  readonly kind: "gauge" | "counter" | "histogram";
  readonly help: string;
  readonly labels?: readonly string[];
  /** Upper bounds of a histogram, in the unit of its name. */
  readonly buckets?: readonly number[];
}

/** From what a sample program takes to what a model on a small machine takes for a long document. Seconds. */
const ANSWER_BUCKETS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800];
/** From one block of a local chain to a day of fees above the ceiling. Seconds. */
const MINE_BUCKETS = [0.5, 1, 2, 5, 12, 30, 60, 120, 300, 900, 3_600];
/** From a chain on the same machine to an endpoint's time limit. Seconds. */
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Every metric there is. A name begins with `pleiad_` and ends in its unit; a counter's in `_total` after it. `_state` is
 * 1 or 0, `_info` is always 1 and tells by its labels. A check compares this table with the dashboard and the alerts of
 * `node/operations`, and a test with what the daemon answers.
 */
export const METRICS = {
  pleiad_build_info: {
    kind: "gauge",
    help: "1; version of the daemon and id of its node",
    labels: ["version", "node"],
  },
  pleiad_ready_state: {
    kind: "gauge",
    help: "1 while the check of GET /ready holds: chain, store, keys, work",
    labels: ["check"],
  },
  pleiad_start_time_seconds: { kind: "gauge", help: "When the daemon was started, unix time" },

  pleiad_chain_head_block_number: { kind: "gauge", help: "Number of the last block followed" },
  pleiad_chain_newest_block_number: {
    kind: "gauge",
    help: "Number of the newest block that the chain has shown",
  },
  pleiad_chain_lag_blocks: { kind: "gauge", help: "Blocks between the newest shown and the last followed" },
  pleiad_chain_head_age_seconds: {
    kind: "gauge",
    help: "Time since the timestamp of the last block followed",
  },
  pleiad_chain_settled_block_number: {
    kind: "gauge",
    help: "Number of the last block that chain.finality lets the node act on",
  },
  pleiad_rpc_contradiction_state: {
    kind: "gauge",
    help: "1 while endpoints contradict each other over a block and none has a majority",
  },
  pleiad_rpc_endpoint_well_state: {
    kind: "gauge",
    help: "1 while the endpoint, by its place in chain.rpcUrls, is neither resting nor left out",
    labels: ["endpoint"],
  },
  pleiad_rpc_endpoint_left_out_state: {
    kind: "gauge",
    help: "1 while the endpoint is left out for lying or lagging",
    labels: ["endpoint"],
  },
  pleiad_rpc_endpoint_lag_blocks: {
    kind: "gauge",
    help: "How far the endpoint's newest block is behind another's",
    labels: ["endpoint"],
  },
  pleiad_rpc_endpoint_latency_seconds: {
    kind: "gauge",
    help: "How long the endpoint's answers take",
    labels: ["endpoint"],
  },
  pleiad_rpc_requests_total: {
    kind: "counter",
    help: "Questions to the chain by method and outcome: ok, or the code of the failure",
    labels: ["method", "outcome"],
  },
  pleiad_rpc_request_seconds: {
    kind: "histogram",
    help: "How long the chain took to answer, retries included",
    labels: ["method"],
    buckets: REQUEST_BUCKETS,
  },

  pleiad_running_executions: { kind: "gauge", help: "Executions that run, of all clusters" },
  pleiad_active_jobs: { kind: "gauge", help: "Jobs under way now" },
  pleiad_active_limit_jobs: { kind: "gauge", help: "Jobs that may be under way at once: jobs.parallelMax" },
  pleiad_draining_state: {
    kind: "gauge",
    help: "1 while the node ends what runs and takes up nothing new",
  },
  pleiad_waiting_jobs: { kind: "gauge", help: "Tasks that wait for a place" },
  pleiad_refused_tasks_total: {
    kind: "counter",
    help: "Tasks that this node could answer and does not want, by the reason",
    labels: ["reason"],
  },
  pleiad_prompt_lookups_total: {
    kind: "counter",
    help: "Lookups of what a cluster shares for a prompt: messages, memories or rules; found, none, failed, or late",
    labels: ["part", "outcome"],
  },
  pleiad_thread_posts_total: {
    kind: "counter",
    help: "Requests and outputs of executions for their threads: posted, or failed for good",
    labels: ["outcome"],
  },
  pleiad_undelivered_callbacks: {
    kind: "gauge",
    help: "Ended executions that are remembered and whose consumer was not told",
  },
  pleiad_open_equivocations: {
    kind: "gauge",
    help: "Nodes' lies of which this node has a proof that is not on chain yet",
  },
  pleiad_live_jobs: {
    kind: "gauge",
    help: "Jobs in the journal that are not over, by state",
    labels: ["state"],
  },
  pleiad_ended_jobs_total: {
    kind: "counter",
    help: "Jobs that ended since the start: final (paid), failed, dropped (answered elsewhere, or the run ended)",
    labels: ["outcome"],
  },
  pleiad_failed_attempts_total: {
    kind: "counter",
    help: "Attempts of agents that failed and may be tried again, by the code of the failure",
    labels: ["code"],
  },
  pleiad_job_answer_seconds: {
    kind: "histogram",
    help: "From taking up a job to its recorded answer",
    buckets: ANSWER_BUCKETS,
  },
  pleiad_job_settle_seconds: {
    kind: "histogram",
    help: "From the signature to the block that accepted it",
    buckets: MINE_BUCKETS,
  },

  pleiad_signatures_total: {
    kind: "counter",
    help: "Signatures asked of the node key: signed, failed, or lied (something else was signed)",
    labels: ["outcome"],
  },
  pleiad_signature_seconds: {
    kind: "histogram",
    help: "How long a signature took",
    buckets: REQUEST_BUCKETS,
  },

  pleiad_account_balance_ether: { kind: "gauge", help: "What the account that pays the gas has" },
  pleiad_account_nonce_number: { kind: "gauge", help: "Transactions that the account has sent" },
  pleiad_node_credit_ether: {
    kind: "gauge",
    help: "What the node has earned in the chain's own currency and nobody has withdrawn",
  },
  pleiad_flying_transactions: { kind: "gauge", help: "Transactions that were signed and are not mined" },
  pleiad_waiting_transactions: { kind: "gauge", help: "Transactions that wait for their turn" },
  pleiad_held_up_state: {
    kind: "gauge",
    help: "1 while something keeps transactions from being mined, by its code",
    labels: ["code"],
  },
  pleiad_ended_transactions_total: {
    kind: "counter",
    help: "Transactions that ended since the start: final, replaced, cancelled",
    labels: ["outcome"],
  },
  pleiad_day_spending_ether: {
    kind: "gauge",
    help: "What transactions of the chain's last day cost, or may cost at most",
  },
  pleiad_day_spending_limit_ether: {
    kind: "gauge",
    help: "What they may cost together: submitter.etherPerDayMax; absent where there is no limit",
  },
  pleiad_spent_fees_ether_total: {
    kind: "counter",
    help: "Fees of transactions that became final since the start",
  },
  pleiad_used_gas_total: { kind: "counter", help: "Gas of transactions that became final since the start" },

  pleiad_certified_peers: { kind: "gauge", help: "Peers with a valid certificate" },
  pleiad_uncertified_peers: { kind: "gauge", help: "Connections without a certificate yet" },
  pleiad_up_nodes: { kind: "gauge", help: "Nodes whose heartbeat was heard within a minute" },
  pleiad_banned_peers_total: { kind: "counter", help: "Peers that were banned since the start" },
  pleiad_found_peers_total: {
    kind: "counter",
    help: "Peers found besides the bootstrap list: on the LAN, at addresses of before, at addresses on the chain",
    labels: ["source"],
  },
  pleiad_unfound_peers_total: { kind: "counter", help: "Dials of such addresses that failed" },
  pleiad_relayed_peers: { kind: "gauge", help: "Certified peers that are reached through a relay" },
  pleiad_relaying_peers: { kind: "gauge", help: "Relays through which this node can be reached" },
  pleiad_served_relay_peers: { kind: "gauge", help: "Peers that can be reached through this node's relay" },
  pleiad_relay_connections_total: {
    kind: "counter",
    help: "Connections between others that this node's relay made, or refused",
    labels: ["outcome"],
  },
  pleiad_relay_pauses_total: {
    kind: "counter",
    help: "Times that this node's relay held back what came faster than a node's rate",
  },
  pleiad_face_requests_total: {
    kind: "counter",
    help: "Requests to the workspace by face (http, mcp) and outcome: ok, or the code of the refusal",
    labels: ["face", "outcome"],
  },
  pleiad_called_tools_total: {
    kind: "counter",
    help: "Tools of MCP that were called, by outcome: ok, or the code of the refusal",
    labels: ["tool", "outcome"],
  },
  pleiad_open_sessions: { kind: "gauge", help: "Sessions of MCP that are open" },
  pleiad_open_watchers: { kind: "gauge", help: "Readers of the workspace's events" },
  pleiad_peer_messages_total: {
    kind: "counter",
    help: "Messages of peers: accepted, ignored (late, twice), rejected (against the rules)",
    labels: ["outcome"],
  },
  pleiad_peer_blobs_total: {
    kind: "counter",
    help: "Blobs asked of peers: fetched, missing",
    labels: ["outcome"],
  },

  pleiad_store_blobs_bytes: { kind: "gauge", help: "Room that blobs take" },
  pleiad_store_blobs_limit_bytes: {
    kind: "gauge",
    help: "Room that blobs may take: store.blobBytesTotalMax",
  },
  pleiad_evicted_blobs_total: {
    kind: "counter",
    help: "Blobs that were dropped: retention (their execution ended long ago), room (others needed it)",
    labels: ["reason"],
  },
  pleiad_evicted_bytes_total: {
    kind: "counter",
    help: "Room that dropped blobs gave back, by the same reasons",
    labels: ["reason"],
  },
  pleiad_refused_blobs_total: {
    kind: "counter",
    help: "Blobs that were not taken, as there was no room and nothing that could be dropped",
  },
  pleiad_used_tokens_total: {
    kind: "counter",
    help: "Tokens that agents used, as providers count them, over restarts: input, output, cached",
    labels: ["direction"],
  },
  pleiad_spent_micros_total: {
    kind: "counter",
    help: "What that cost, in millionths of a currency's unit, over restarts",
    labels: ["currency"],
  },
  pleiad_waiting_approvals: { kind: "gauge", help: "Questions of agents that wait for a person" },
  pleiad_disk_free_bytes: { kind: "gauge", help: "Room on the file system of the data folder for this user" },

  pleiad_manager_stability_score: {
    kind: "gauge",
    help: "Stability of a managed cluster, 0 to 1",
    labels: ["cluster"],
  },
  pleiad_manager_members: {
    kind: "gauge",
    help: "Members of a managed cluster: ready (or at work), other",
    labels: ["cluster", "state"],
  },
  pleiad_manager_places: {
    kind: "gauge",
    help: "Places of the own nodes that a managed cluster can use, beside others",
    labels: ["cluster"],
  },
  pleiad_manager_waiting_tasks: {
    kind: "gauge",
    help: "Tasks of a managed cluster that wait on the own nodes",
    labels: ["cluster"],
  },
  pleiad_manager_open_plans: {
    kind: "gauge",
    help: "Plans of the manager that are not over, by state; proposed waits for a yes",
    labels: ["state"],
  },
  pleiad_manager_firing_alerts: {
    kind: "gauge",
    help: "Alerts of the manager that fire, or fire and are acknowledged",
    labels: ["alert", "state"],
  },
  pleiad_manager_reconcile_seconds: {
    kind: "histogram",
    help: "How long the manager took for a look at its clusters, with what it decided",
    buckets: REQUEST_BUCKETS,
  },
  pleiad_manager_reconciled_age_seconds: {
    kind: "gauge",
    help: "Time since the manager last looked at its clusters",
  },
  pleiad_manager_problem_state: {
    kind: "gauge",
    help: "1 while the manager's file or its last look does not count, by the code of the reason",
    labels: ["code"],
  },
  pleiad_manager_waiting_deliveries: {
    kind: "gauge",
    help: "Alerts that wait for a sink",
    labels: ["sink"],
  },
  pleiad_manager_failed_deliveries_total: {
    kind: "counter",
    help: "Tries to tell a sink of an alert that failed",
    labels: ["sink"],
  },
  pleiad_manager_lost_deliveries_total: {
    kind: "counter",
    help: "Alerts that a sink was not told and will not be: too many waited, too old, or refused",
    labels: ["sink"],
  },

  pleiad_trace_spans_total: {
    kind: "counter",
    help: "Spans of traces: sent to the collector, dropped as it did not take them",
    labels: ["outcome"],
  },
  pleiad_log_lines_total: {
    kind: "counter",
    help: "Warnings and errors logged since the start",
    labels: ["level"],
  },
  pleiad_memory_resident_bytes: { kind: "gauge", help: "Resident memory of the process" },
  pleiad_memory_heap_bytes: { kind: "gauge", help: "What is used of the JavaScript heap" },
  pleiad_processor_seconds_total: { kind: "counter", help: "Processor time of the process, user and system" },
  pleiad_event_loop_delay_seconds: {
    kind: "gauge",
    help: "99th percentile, since the last scrape, of how late the event loop came to its timers",
  },
} as const satisfies Readonly<Record<string, MetricEntry>>;

export type MetricName = keyof typeof METRICS;

/** What a name ends in, before `_total`. */
export const METRIC_UNITS = [
  "seconds",
  "bytes",
  "ether",
  "gas",
  "blocks",
  "number",
  "executions",
  "jobs",
  "tasks",
  "callbacks",
  "equivocations",
  "attempts",
  "signatures",
  "transactions",
  "requests",
  "peers",
  "connections",
  "pauses",
  "tools",
  "sessions",
  "watchers",
  "nodes",
  "messages",
  "blobs",
  "lookups",
  "posts",
  "lines",
  "spans",
  "tokens",
  "micros",
  "approvals",
  "score",
  "members",
  "places",
  "plans",
  "alerts",
  "deliveries",
  "state",
  "info",
] as const;
