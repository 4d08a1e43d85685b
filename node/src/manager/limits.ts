/** Limits of the manager, by who uses them. */

// ------------------------------------------------------------------------------------------------------- the file

/** A file that names as much as it may is about as large; the parser takes half a second for the worst of that size. Bytes. */
export const MANAGER_FILE_BYTES_MAX = 32_768;
/** Somebody who mends a file by hand mends these first; most others follow from them. */
export const MANAGER_MISTAKES_MAX = 20;
/** What one manager can look at in an interval; a node listens to no more clusters either. */
export const MANAGED_CLUSTERS_MAX = 256;
/** Owners whose clusters are managed. */
export const MANAGED_OWNERS_MAX = 64;
/** Ways between clusters; each is checked whenever a message takes it. */
export const GATEWAYS_MAX = 64;
/** Topics that one gateway lets through. */
export const GATEWAY_TOPICS_MAX = 32;
/** Weights are compared with one another: more than that is a cluster that gets everything. */
export const WEIGHT_MAX = 1_000;
/** A title for people. Characters. */
export const MANAGER_NAME_CHARS_MAX = 64;
/** Below a second there is nothing new to see: a block takes longer. Milliseconds. */
export const INTERVAL_MS_MIN = 1_000;
/** A manager that looks less than once a day keeps nothing healthy. Milliseconds. */
export const INTERVAL_MS_MAX = 86_400_000;
/** Places for alerts to go; each has a queue of its own. */
export const ALERT_SINKS_MAX = 8;
/** Members of a cluster that a threshold can speak of: the contracts take 32 agents, and a node's helpers come on top. */
export const CLUSTER_SIZE_THRESHOLD_MAX = 1_024;
/** A message that takes longer than this was not delivered. Milliseconds. */
export const LATENCY_THRESHOLD_MS_MAX = 3_600_000;
/** How often the file is looked at for changes. Milliseconds. */
export const MANAGER_FILE_POLL_MS = 1_000;
/** A file that was just written may still be: it counts once it has stayed as it is for so long. Milliseconds. */
export const MANAGER_FILE_SETTLE_MS = 500;

// --------------------------------------------------------------------------------------------------------- alerts

/** Alerts that fire or are about to: as many subjects as a fleet of the largest size has, with room. */
export const ALERTS_ACTIVE_MAX = 2_048;
/** Alerts that are over and kept, for whoever asks what was. */
export const ALERTS_RESOLVED_KEPT = 500;
/** After a gap in looking as long as that, what was seen before it says nothing of the time in between. Milliseconds. */
export const ALERT_GAP_MS_MAX = 900_000;
/** Who acknowledges says who in a few words. Characters. */
export const ACKNOWLEDGER_CHARS_MAX = 120;
/** Alerts that wait for a sink; when it has been dead for so many, the oldest is forgotten and counted. */
export const SINK_QUEUE_MAX = 256;
/** A sink answers with a status and no more; nobody waits longer. Milliseconds. */
export const SINK_TIMEOUT_MS = 10_000;
/** Of a sink's answer as much is read as a refusal needs to be told. Bytes. */
export const SINK_ANSWER_BYTES_MAX = 4_096;
/** First wait after a failed delivery; it doubles with each. Milliseconds. */
export const SINK_RETRY_MS_MIN = 1_000;
/** Longest wait between deliveries: an operator who mends a sink sees it soon. Milliseconds. */
export const SINK_RETRY_MS_MAX = 300_000;
/** A sink that says so often that it does not want a delivery will not want it later: the next one has its turn. */
export const SINK_REFUSALS_MAX = 5;
/** News of yesterday's alert is no news. Milliseconds. */
export const SINK_AGE_MS_MAX = 86_400_000;
/** A secret is random bytes, in hex or base64; shorter ones are guessed. Bytes. */
export const SINK_SECRET_BYTES_MIN = 16;
/** And the longest. Bytes. */
export const SINK_SECRET_BYTES_MAX = 1_024;
/** Alertmanager takes an alert for over that is not sent again in time; its clients send every half to three minutes. Milliseconds. */
export const ALERTMANAGER_RESEND_MS = 60_000;
/** The end of an alert is sent for so long, as Alertmanager may have been away. Milliseconds. */
export const ALERTMANAGER_RESOLVED_MS = 900_000;

// -------------------------------------------------------------------------------------------------------- reports

/** What one cluster lacks, in sentences: who is told more asks for the cluster itself. */
export const REPORT_WANTS_MAX = 16;
/** Alerts of one status; all of them are asked for by themselves. */
export const STATUS_ALERTS_MAX = 200;
/** Plans of one status. */
export const STATUS_PLANS_MAX = 100;
/** How often an orchestrator is told though nothing changed, so that it knows that the manager lives. Milliseconds. */
export const REPORT_INTERVAL_MS = 60_000;
/** Longest wait before an orchestrator that is away is told again. Milliseconds. */
export const REPORT_RETRY_MS_MAX = 60_000;
