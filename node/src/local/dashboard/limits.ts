/** Every bound of what the dashboard's page is told, with its unit in its name and its reason beside it. */

/** Rows of one page of a list: more than a screen shows. */
export const PAGE_ROWS_MAX = 200;
export const PAGE_ROWS_DEFAULT = 50;
/** Bytes of one text of an execution, an input or an output, that are told at once: what a person reads; `/blobs` has the rest. */
export const TEXT_BYTES_MAX = 65_536;
/** Problems that are told: who has more looks after these first. */
export const PROBLEMS_MAX = 50;
/** Clusters and executions of each kind on the overview: a screen's worth; lists have all of them. */
export const OVERVIEW_ROWS_MAX = 12;
/** Blocks that a node may be behind before it is said: one or two it always is for a moment. */
export const LAG_BLOCKS_SAID = 5;
/** Windows without an accepted answer after which a run is said to be stalled: so many nodes were silent. */
export const STALLED_WINDOWS = 3;
/** Of the spending limit in a hundred, from which on it is said. */
export const SPENDING_SAID_PERCENT = 90n;
/** How long an end without a response and an error of the log are among the problems. Milliseconds. */
export const PROBLEM_AGE_MS_MAX = 3_600_000;

/** Pages are told of changes once in so long at most: they need not draw more often. Milliseconds. */
export const CHANGES_EVERY_MS = 50;
/** After a rest, so long is waited for what comes along with a change, as with a block what was in it. Milliseconds. */
export const CHANGES_FIRST_MS = 20;
/** Ids of one topic that are told one by one; where more changed, a page reads all of its lists anew. */
export const CHANGED_IDS_MAX = 200;
/** Open streams of changes: each open page has one. */
export const CHANGE_STREAMS_MAX = 64;
/** Of these, those of one token: a person's windows. One token does not take the places of all others. */
export const CHANGE_STREAMS_PER_TOKEN_MAX = 16;
/** Of these, those that are kept for the operator: whoever has other tokens does not lock the operator out. */
export const CHANGE_STREAMS_OPERATORS = 16;
/** Bytes that wait for one page, some hundred changes; whoever is further behind reads anew. */
export const CHANGE_BUFFER_BYTES_MAX = 65_536;
/** Between two pings that show whether a page is still there. Milliseconds. */
export const CHANGE_PING_MS = 30_000;
/** Between two looks at what nobody tells of: who is there, and what runs them; one go over a cluster's members. Only while somebody listens. Milliseconds. */
export const STATES_LOOK_MS = 1_000;
/** Bytes that a page may send over the stream: it has nothing to say. */
export const CHANGE_MESSAGE_BYTES_MAX = 1_024;

/** Files of the built page: some dozen. */
export const PAGE_FILES_MAX = 256;
/** Bytes of all files of the page, which are kept in memory. */
export const PAGE_BYTES_MAX = 16_777_216;

/** Rows of ended jobs that one answer has; the journal has more. */
export const JOB_ROWS_MAX = 500;
export const JOB_ROWS_DEFAULT = 50;
/** Jobs under way that are shown: as many as a busy node has. */
export const LIVE_JOB_ROWS_MAX = 500;
/** Agents, clusters, users and days whose use is shown beside its limit: those nearest to it. */
export const BUDGET_ROWS_MAX = 200;
/** Days of use that are shown: a week. */
export const BUDGET_DAYS_MAX = 7;

/** Bytes of one question to a local chain: a version of 57,344 bytes as hex, twice. */
export const LOCAL_WALLET_BODY_BYTES_MAX = 262_144;
/** Bytes of its answer: the log of a long execution. */
export const LOCAL_WALLET_ANSWER_BYTES_MAX = 4_194_304;
/** A local chain answers at once. Milliseconds. */
export const LOCAL_WALLET_TIMEOUT_MS = 10_000;
/** Questions at once: a few pages that look at a run. */
export const LOCAL_WALLET_PARALLEL_MAX = 16;
/** Questions within a second: a page asks some dozen to publish. */
export const LOCAL_WALLET_CALLS_PER_SECOND_MAX = 100;
/** Transactions within a minute: a cluster of 32 new agents has 33. */
export const LOCAL_WALLET_SENDS_PER_MINUTE_MAX = 120;
/** Blocks of one question for the log: a day of blocks of a second. */
export const LOCAL_WALLET_LOG_BLOCKS_MAX = 100_000;
/** Addresses, topics of one place and percentiles of one question: more than the contracts are. */
export const LOCAL_WALLET_ADDRESSES_MAX = 16;
/** Blocks whose fees are asked for at once: wallets ask for ten. */
export const LOCAL_WALLET_FEE_BLOCKS_MAX = 128;

/** Characters of what a list is searched for: longer than any name that somebody types. */
export const SEARCH_CHARACTERS_MAX = 200;
/** Versions of one page: the code of each is read, up to 56 KiB. */
export const VERSIONS_PAGE_MAX = 20;
/** Questions to the chain that pages have under way at once, all together: the work goes first. */
export const CHAIN_READS_AT_ONCE_MAX = 8;
/** Questions to the chain that pages' requests, all together, may have wait: those of some pages that are opened at once. */
export const CHAIN_READS_WAITING_MAX = 512;
/** Receipts that wait for the one that is made. */
export const RECEIPTS_WAITING_MAX = 16;
/** Answers of the chain that count until the next block. */
export const HEAD_ANSWERS_KEPT_MAX = 1_024;
/** Receipts of transactions that are kept once they were read: some hundred bytes each. */
export const RECEIPTS_KEPT_MAX = 1_024;
/** How long bytes are looked for among peers while a receipt is made. Milliseconds. */
export const RECEIPT_BLOB_MS_MAX = 10_000;
/** Reorganisations that are remembered: on a chain that has more, the newest say enough. */
export const REORGS_KEPT_MAX = 32;
/** Moments of executions that are remembered of one reorganisation. */
export const TAKEN_BACK_KEPT_MAX = 256;
/** Things of which one request asks what was said of them: a page of a list. */
export const FEEDBACK_IDS_MAX = 50;
/** Agents of one model whose feedback is summed: it says how the model does, not each of its agents. */
export const FEEDBACK_AGENTS_OF_MODEL_MAX = 16;
/** Things that are listed beside one: agents of a model, models of a node. The lists have all of them. */
export const BESIDE_ROWS_MAX = 100;
/** Nodes, models, clusters and accounts whose credits are read at once: each is a question to the chain. */
export const CREDIT_HOLDERS_MAX = 64;
/** Currencies in which they are looked for. */
export const CREDIT_CURRENCIES_MAX = 8;
/** Withdrawals that this life of the daemon remembers to show. */
export const WITHDRAWALS_KEPT_MAX = 32;
/** How long a page waits for its withdrawal to be mined; later it hears of it. Milliseconds. */
export const WITHDRAWAL_WAIT_MS = 15_000;
