/**
 * Bounds of what is passed to a workspace: its nodes hold them, and its schemas, tools and documents say them. Sizes are of
 * the text in UTF-8.
 */

const KIB = 1024;

/** Text of a message or of a post: a long letter; what is longer is a file. */
export const TEXT_BYTES_MAX = 16 * KIB;
/** Within which a message may be due: a week. */
export const DUE_SECONDS_MAX = 7 * 24 * 3_600;
/** Messages that one reading gives, and whose ids fit one note of delivery. */
export const MESSAGES_PER_READ_MAX = 200;
/** What a reading gives when nothing is said: what an agent's context bears. */
export const MESSAGES_PER_READ_DEFAULT = 50;
/** Messages acknowledged at once: their ids fit one entry. */
export const ACKS_PER_CALL_MAX = 200;
/** Topics that one agent or helper follows. */
export const TOPICS_PER_PARTY_MAX = 64;
/** A value of the whiteboard: half of what an entry holds, so that escapes of JSON fit, too. */
export const CONTEXT_VALUE_BYTES_MAX = 32 * KIB;
/** Versions of a value, or of the rules, that one reading gives: with each at its longest 1.6 MiB. */
export const VERSIONS_PER_READ_MAX = 50;
/** What a reading of versions gives when nothing is said: what somebody looks through. */
export const VERSIONS_PER_READ_DEFAULT = 20;
/** The rules that every agent reads at its start. */
export const RULES_BYTES_MAX = 32 * KIB;
/** One memory: a page. Longer texts are found worse, and belong into files. */
export const MEMORY_BYTES_MAX = 8 * KIB;
/** Tags of one memory. */
export const TAGS_MAX = 16;
/** A question to the memory. */
export const QUERY_BYTES_MAX = 2 * KIB;
/** Memories that one recall gives. */
export const RECALLED_MAX = 50;
/** What a recall gives when nothing is said. */
export const RECALLED_DEFAULT = 10;
/** Memories that one listing gives. */
export const MEMORIES_PER_LIST_MAX = 100;
/** What a listing of memories gives when nothing is said: what a page shows at first. */
export const MEMORIES_PER_LIST_DEFAULT = 30;
/** Messages that one reading of a thread gives. */
export const THREAD_MESSAGES_PER_READ_MAX = 200;
/** A job handed on by who was handed a job, and so on: deeper chains are agents that pass the buck. */
export const JOB_DEPTH_MAX = 4;
/** Jobs without an end that one spawner may have: it waits for their answers. */
export const JOBS_OPEN_PER_PARTY_MAX = 32;
/** Jobs that one listing gives. */
export const JOBS_PER_LIST_MAX = 200;
/** Answer of a job: above that it is a file. */
export const JOB_TEXT_BYTES_MAX = 32 * KIB;
/** Helpers of one node that have not ended. */
export const HELPERS_PER_NODE_MAX = 64;
/** A role, a note, a reason: a line. */
export const LINE_CHARS_MAX = 200;
/** Capabilities of one agent, each a word. */
export const CAPABILITIES_MAX = 32;
/** Paths of one reservation. */
export const PATHS_MAX = 64;
/** One path: below what file systems take. */
export const PATH_CHARS_MAX = 512;
/** How long a reservation holds when nothing is said, and at most: a working day forgotten hurts nobody the next. */
export const RESERVATION_SECONDS_DEFAULT = 3_600;
export const RESERVATION_SECONDS_MAX = 24 * 3_600;
/** Whom a message or a job is for: the longest is a helper's id with the node's number. */
export const NAME_CHARS_MAX = 128;
/** Characters of a name, a key or a note that is looked at at all, before its form and its own bound are: no more than the longest, a path, may have. */
export const WORD_CHARS_MAX = 512;

/** A size as people read it. */
export function sizeInWords(bytes: number): string {
  return bytes % KIB === 0 ? `${bytes / KIB} KiB` : `${bytes} bytes`;
}
