/** Helpers of a node that run at once: each is a program of 50 to 300 MB. */
export const TEAM_HELPERS_MAX = 32;
/** Messages that one turn brings: more wait for the next. */
export const TURN_MAIL_MAX = 20;
/** Text that one turn brings: what a model still reads whole. Bytes. */
export const TURN_TEXT_BYTES_MAX = 131_072;
/** Helpers that failed and can be started again as they were: twice as many as run at once. */
export const LOST_RECORDS_MAX = 64;
/** How often one piece of work may end its agent: then it is put aside, and whoever sent it is told. */
export const WORK_TRIES_MAX = 3;
/** Starts of a program that fails, in a row, before its helper is given up. */
export const RESTARTS_MAX = 5;
/** First wait before a program that failed is started again; twice as long each time. Milliseconds. */
export const RESTART_WAIT_MS = 1_000;
/** Longest time of one turn where the service says nothing. Milliseconds. */
export const TURN_TIMEOUT_MS = 3_600_000;
/** Longest life of a session; then it is closed between two turns and begun again. Milliseconds. */
export const SESSION_LIFE_MS = 86_000_000;
/** How often a helper that waits says that it lives: members count as away after a minute. Milliseconds. */
export const BEAT_INTERVAL_MS = 20_000;
/** How long a program may take to connect its tools. Milliseconds. */
export const TOOLS_READY_MS = 60_000;
/** Answer of one turn. Bytes. */
export const TURN_OUTPUT_BYTES_MAX = 1_048_576;
/** What of an answer goes into a report to whoever spawned the helper: a message's own bound, less some words. Bytes. */
export const REPORT_BYTES_MAX = 15_360;
/** How long work that failed for a passing reason waits. Milliseconds. */
export const PAUSE_MS = 1_000;
