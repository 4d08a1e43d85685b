/**
 * Every bound of the manager, with its unit in its name and its reason beside it.
 */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

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
/** Alerts written in one step: with what waits for each of the most sinks, well below the entries that one step of a database takes. */
export const ALERT_WRITES_MAX = 256;
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
/** Alerts of one status, none of them over; all of them are asked for by themselves. */
export const STATUS_ALERTS_MAX = 200;
/** Plans of one status: the open ones first. */
export const STATUS_PLANS_MAX = 100;
/** How often an orchestrator is told though nothing changed, so that it knows that the manager lives. Milliseconds. */
export const REPORT_INTERVAL_MS = 60_000;
/** Alerts of one cluster that its orchestrator is told of in a message: there is one for each threshold. */
export const REPORT_ALERTS_MAX = 8;
/** A report as a message, which every member keeps in its log: all that a cluster can want fits. Characters. */
export const REPORT_TEXT_CHARS_MAX = 4_096;
/** From one report to the next at least: what changes meanwhile is told together, as each takes a whole status. Milliseconds. */
export const REPORT_GAP_MS_MIN = 1_000;
/** Longest wait before an orchestrator that is away is told again. Milliseconds. */
export const REPORT_RETRY_MS_MAX = 60_000;

/* Formation */

/** Agents whose ratings one request asks for, each with a call to the chain: far more than a cluster has members. */
export const RATED_CANDIDATES_MAX = 256;

/* Scaling */

/** Looks at a cluster or a node that are remembered: half an hour at the shortest interval that makes sense, 5 s. */
export const SAMPLES_MAX = 360;
/** Looks that must say the same before anything is turned up: one of them may have fallen into a burst of a moment. */
export const SAMPLES_TO_RISE_MIN = 2;
/** Things are turned down by the highest demand of this many cool-downs, so that a pause between two bursts lets nothing go. */
export const CALM_COOLDOWNS_MIN = 3;
/** Places are set so that the demand takes this share of them: between the two edges below, far enough from both. */
export const PLACES_USED_AIM = 0.75;
/** Above this share of the places in use there are too few: what comes next would wait. */
export const PLACES_USED_MAX = 0.9;
/** Below this share there are too many. A drop from the aim to here is a third of the load, more than chance does. */
export const PLACES_USED_MIN = 0.5;
/** A load is another one when it has changed by this factor. Less is what turning up and down again would only chase. */
export const LOAD_CHANGE_FACTOR_MIN = 1.5;
/** … and by so many tasks at once: of small loads every factor is chance. */
export const LOAD_CHANGE_TASKS_MIN = 2;
/** A share of places is set anew when it is off by this part of it; less is not worth a step. */
export const SHARE_CHANGE_MIN = 0.2;
/** Steps of one plan for places and shares: a plan that is longer nobody reads, and the next interval brings the next. */
export const SCALING_STEPS_MAX = 64;
/** Part of a node's places that is taken away when its resources are used up. */
export const HOT_STEP_SHARE = 0.25;
/** Resources in use that far above the threshold are too hot, at two looks in a row. */
export const HOT_MARGIN = 0.1;
/** A node that is to serve one more model has so much room below the threshold of resources. */
export const COOL_MARGIN = 0.2;
/** Clusters and nodes whose demand is remembered; beyond, the one that was looked at longest ago is forgotten. */
export const SERIES_MAX = 10_000;
/** Success may fall by this much while a change is verified; less is within chance of some dozens of tasks. */
export const SUCCESS_DROP_MAX = 0.1;
/** Latency may grow by this factor while the load has not. */
export const LATENCY_GROWTH_MAX = 1.5;
/** The stability score may fall by this much. */
export const SCORE_DROP_MAX = 0.1;
/** Tasks that must have ended before success and latency of a change are judged: below, one failure is a tenth of them. */
export const ENDED_TO_JUDGE_MIN = 10;

/* Stability */

/**
 * Tasks and windows that count as gone well before anything is known. One failure of a cluster that did a single task lowers a part to
 * 0.91, above the usual threshold; the weight fades with what is known.
 */
export const PRIOR_GOOD_COUNT = 10;
/** Restarts of each member within the window at which steadiness is one half. One restart in a cluster of three costs 0.04. */
export const RESTARTS_HALF_COUNT = 8;
/** Before the second restart; the first is at once, as most ends are single ones. Doubles with each. */
export const RESTART_DELAY_MIN_MS = 2 * SECOND_MS;
/** After a restart was asked for, none is asked for again for so long, whatever the fleet shows: a start takes its time. */
export const RESTART_ASKED_MS = 10 * SECOND_MS;
/** Longest pause between two restarts; the cap is reached before more. */
export const RESTART_DELAY_MAX_MS = 5 * MINUTE_MS;
/** Looks in a row at which a member must be well before it counts as recovered: one may be the moment before it falls again. */
export const HEALTHY_LOOKS_MIN = 2;
/** A node is drained after this many members on it were lost or failed within the window: it is the node, not they. */
export const NODE_FAILURES_MAX = 3;
/** Looks in a row at which a drained node must be well before it takes work again. */
export const NODE_HEALTHY_LOOKS_MIN = 3;
/** Own nodes whose resources in use differ by this much are out of balance. */
export const BALANCE_GAP_MIN = 0.3;
/** Least part of a node's places that moves when two nodes are balanced. */
export const BALANCE_MOVE_SHARE = 0.25;
/** A member of whose nodes none was heard for so long is replaced; a machine that starts again with its updates is back before. */
export const SILENT_REPLACED_MIN_MS = 5 * MINUTE_MS;
/** Dead members that one plan replaces: each costs gas and is a new version. */
export const REPLACEMENTS_PER_PLAN_MAX = 4;

/* Communication */

/** A node that nobody heard for so long is dead. The same as the network's own limit, from which its `silent` comes. */
export const SILENCE_MAX_MS = MINUTE_MS;
/** Messages in a row without an answer after which a node has no route, whatever its heartbeats say. */
export const ANSWERS_MISSED_MAX = 3;
/** A node that left more than this share of what it was asked without an answer is not relied on, whatever its heartbeats say. */
export const ANSWERS_LOST_SHARE_MAX = 0.8;
/** Round trips and losses of a pair that are kept: enough for a median that one slow answer does not move. */
export const PAIR_SAMPLES_MAX = 32;
/** Older ones say nothing about now. */
export const PAIR_SAMPLE_AGE_MAX_MS = 10 * MINUTE_MS;
/** Pairs that are kept: 256 nodes of which each speaks to 16. */
export const PAIRS_MAX = 4_096;
/** Routes that are kept: more than the members of all clusters that one manager can look after in a second. */
export const ROUTES_MAX = 10_000;
/** Nodes of one route: behind the eighth, nothing would ever be sent. */
export const ROUTE_NODES_MAX = 8;
/** A round trip must be better by this part before two nodes of a route change places, so that equals do not take turns. */
export const ROUND_TRIP_GAIN_MIN = 0.2;
/** What a loss costs in the order of a route, in round trips: it is asked again after a wait of some. */
export const LOSS_ROUND_TRIPS = 10;
/** A node whose round trip nobody measured is ordered as if it were this far away: behind what is known to be near. */
export const ROUND_TRIP_UNKNOWN_MS = 500;
/** Characters of a topic. */
export const TOPIC_CHARS_MAX = 64;

/* Plans */

/** Plans that are over and still kept: some weeks of a busy manager, at most a few MB. */
export const ENDED_PLANS_KEPT_MAX = 1_000;
/** Plans that are open at once: each is read at every start, and more than these nobody answers. */
export const OPEN_PLANS_MAX = 2_000;
/** Plans of one answer. */
export const PLANS_PER_LIST_MAX = 500;
/** Steps of one plan: a longer one nobody reads, and what it lacks the next one brings. */
export const STEPS_PER_PLAN_MAX = 64;
/** Characters of a plan's title and of a step's reason: a sentence or two. */
export const SENTENCE_CHARS_MAX = 500;
/** Characters of what a step led to: a hash, an id, or a short word. */
export const OUTCOME_CHARS_MAX = 200;
/** How long a plan waits for a yes, for a person's step, or for an error to pass: over a night. */
export const PLAN_EXPIRES_MS = DAY_MS;
/** How long a person has from taking a step up to telling what it led to: a few transactions, each mined before the next. */
export const RESERVED_STEP_MS = 60 * MINUTE_MS;
/** First wait before a step is tried again whose error may pass. */
export const STEP_RETRY_MIN_MS = 5 * SECOND_MS;
/** Longest wait between two tries of a step. */
export const STEP_RETRY_MAX_MS = 10 * MINUTE_MS;
/** Tries of taking one step back before it is named as what stays: an hour and a half of waits that grow to the longest. */
export const BACK_ATTEMPTS_MAX = 12;
/** What a plan may cost more at the moment of a step than when somebody said yes to it: gas that rose by a quarter. */
export const COST_GROWTH_PERCENT_MAX = 25n;
/** Days of spending that are kept: today's counts, yesterday's is for whoever looks at midnight. */
export const SPENT_DAYS_KEPT_MAX = 8;
/** Changes of clusters that planners are told: one of each kind for as many clusters as one manager has. */
export const CHANGES_KEPT_MAX = 10_000;

/* Formation */

/** Members of a cluster, as the contracts take them. */
export const MEMBERS_MAX = 32;
/** Requests for clusters that wait for what they need. */
export const STANDING_REQUESTS_MAX = 256;
/** A request that could not be met for so long is dropped: whoever asked has found another way, or asks anew. */
export const STANDING_EXPIRES_MS = 7 * DAY_MS;
/** Characters of a capability, as the workspace takes it. */
export const CAPABILITY_CHARS_MAX = 64;
/** Bytes of the goal in each task's prompt: with 32 tasks a version still holds them. */
export const GOAL_IN_PROMPT_BYTES_MAX = 1_000;
/** Nodes that a formed cluster is connected with: what serves one model has at most so many places. */
export const CONNECTED_NODES_MAX = 64;
/** Agents that an answer names one by one as the nearest: who reads more takes none of them. */
export const NEAREST_MAX = 3;
/** How long a silent node of a formed cluster keeps the others waiting: an answer of a slow model, and many blocks. */
export const FORMED_WINDOW_SECONDS = 30;

/* The loop */

/** News that come together lead to one look. */
export const NEWS_DELAY_MS = SECOND_MS;
/** Looks that news lead to are at least so far apart: a node that comes and goes must not keep the manager busy. */
export const NEWS_GAP_MIN_MS = 5 * SECOND_MS;
/** A fleet that was seen so lately is not read anew for each plan that begins: the chain has no newer block, or one. */
export const FLEET_FRESH_MS = SECOND_MS;
/** A plan that was refused is not made again for so long: whoever said no is not asked at each look. */
export const REFUSED_PAUSE_MS = DAY_MS;
/** A plan that failed is not made again for so long: what hindered it may have passed then. */
export const FAILED_PAUSE_MS = 10 * MINUTE_MS;
/** Drafts whose pauses are remembered. */
export const PAUSES_MAX = 2_000;
/** Plans that are carried out at once: each waits for transactions most of the time. */
export const PLANS_AT_ONCE_MAX = 8;

/** How long a helper of before a restart may be away and still be this manager's: daemons start theirs again within a minute, also on a busy machine. Milliseconds. */
export const RECALLED_GRACE_MS = 300_000;
