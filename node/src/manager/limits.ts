/**
 * Every bound of the manager, with its unit in its name and its reason beside it.
 */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

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
/** Characters of a message that a plan carries: what a cluster's log takes of one entry. */
export const MESSAGE_CHARS_MAX = 4_000;
/** Characters of a topic. */
export const TOPIC_CHARS_MAX = 64;
