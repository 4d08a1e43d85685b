/**
 * Every bound of the manager, with its unit in its name and its reason beside it.
 */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

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
/** Characters of a goal: what fits a cluster's description whatever the letters. */
export const GOAL_CHARS_MAX = 1_000;
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
/** Plans that a status names: the open ones first. */
export const PLANS_IN_STATUS_MAX = 50;
/** Plans that are carried out at once: each waits for transactions most of the time. */
export const PLANS_AT_ONCE_MAX = 8;
