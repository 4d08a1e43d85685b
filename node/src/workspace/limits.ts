/**
 * Every bound of the workspace, with its unit in its name and its reason beside it. The README's table lists the chief ones.
 * Those of what callers pass stand in the SDK, where schemas and descriptions say them.
 */
export {
  ACKS_PER_CALL_MAX,
  CAPABILITIES_MAX,
  CONTEXT_VALUE_BYTES_MAX,
  DUE_SECONDS_MAX,
  HELPERS_PER_NODE_MAX,
  JOB_DEPTH_MAX,
  JOB_TEXT_BYTES_MAX,
  JOBS_OPEN_PER_PARTY_MAX,
  JOBS_PER_LIST_MAX,
  LINE_CHARS_MAX,
  MEMORIES_PER_LIST_DEFAULT,
  MEMORIES_PER_LIST_MAX,
  MEMORY_BYTES_MAX,
  MESSAGES_PER_READ_DEFAULT,
  MESSAGES_PER_READ_MAX,
  PATH_CHARS_MAX,
  PATHS_MAX,
  QUERY_BYTES_MAX,
  RECALLED_DEFAULT,
  RECALLED_MAX,
  RESERVATION_SECONDS_DEFAULT,
  RESERVATION_SECONDS_MAX,
  RULES_BYTES_MAX,
  TAGS_MAX,
  TEXT_BYTES_MAX,
  THREAD_MESSAGES_PER_READ_MAX,
  TOPICS_PER_PARTY_MAX,
  VERSIONS_PER_READ_DEFAULT,
  VERSIONS_PER_READ_MAX,
} from "@pleiad/sdk/workspace/limits";

const KIB = 1024;
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/* Entries */

/** One entry, header and signature included; what is longer is a blob, named by its digest. */
export const ENTRY_BYTES_MAX = 64 * KIB;
/** The text of one entry before it is encrypted: the largest entry less header, seal and signature, rounded down. */
export const BODY_BYTES_MAX = 63 * KIB;
/** Nesting of a body: an author, a list of mentions, a record of arguments, and room for one more. */
export const BODY_DEPTH_MAX = 6;

/* Feeds */

/** A node begins a feed anew only where it lost the end of the one before; more of them is a machine to look at. */
export const FEEDS_PER_NODE_MAX = 64;
/** Positions in one version vector: 128 members that lost their feed seven times each; 60 KiB on the wire. */
export const FEEDS_PER_CLUSTER_MAX = 1_024;
/** Members of a cluster whose feeds are taken and to whom keys are given: two full models of nodes and their company. */
export const MEMBERS_MAX = 256;

/* Clocks */

/** How far ahead of this machine's clock an entry may be dated: NTP keeps machines within seconds, this forgives minutes. */
export const CLOCK_AHEAD_MAX_MS = 10 * MINUTE_MS;

/* Keys */

/** Keys that one sealed box holds: the epochs of all feeds of a cluster that a newcomer needs, in several boxes if need be. */
export const KEYS_PER_BOX_MAX = 1_024;

/* Store */

/** Entries written with one flush at most: what piles up while the disk is busy with the one before. */
export const ENTRIES_PER_WRITE_MAX = 1_024;
/** Appends waiting for the disk: more means that the disk has stopped answering. */
export const APPENDS_WAITING_MAX = 8_192;
/** Keys kept that one member gave: each member's leaving costs one for each feed. What one gives too many of costs the others no place. */
export const KEYS_PER_GIVER_MAX = 16_384;
/** Between two changes of a member's box key that are followed: each is a new key, and a box with all others, in every feed. */
export const BOX_KEY_PAUSE_MS = 60 * MINUTE_MS;
/** Keys of one node's feeds that the home hands to a newcomer besides those that the node itself gives. */
export const KEYS_HANDED_ON_PER_NODE_MAX = 1_024;

const MIB = 1024 * KIB;
/** What one node's feeds may take here: above what the views hold of a busy node, some 300 MiB. What it says beyond that is not taken. */
export const LOG_BYTES_PER_NODE_MAX = 512 * MIB;
/** What one cluster's log may take before each node has only its share ... */
export const LOG_BYTES_PER_CLUSTER_MAX = 8_192 * MIB;
/** ... which nobody can take from it: so 256 members come to at most twice the cluster's bound. */
export const LOG_BYTES_PER_NODE_SHARE = 32 * MIB;
/** A node says nothing more when so little is left of what others take of it: keys, marks and what it prunes still fit. */
export const LOG_BYTES_RESERVED = 8 * MIB;

/* Log */

/** Entries of one node that wait here for a key or for the chain, by number: more than a pruned feed has. More are found by reading all again, once. */
export const ENTRIES_HELD_PER_NODE_MAX = 65_536;
/** Entries checked in one go, some 0.1 ms each by other threads: between two of these the daemon does other things. */
export const ENTRIES_PER_CHECK_MAX = 128;
/** Certificates that one parcel makes this node ask its sender for: an honest one comes with them, or lacks those of a few members. */
export const CERTIFICATES_SOUGHT_MAX = 16;
/** How long a parcel waits for its certificates before it is taken without those that are missing. Nobody else waits with it. */
export const CERTIFICATES_SOUGHT_MS = 10 * SECOND_MS;
/** Feeds whose end one mark names. */
export const MARKED_FEEDS_MAX = FEEDS_PER_NODE_MAX;
/** Feeds whose end is remembered by the word of one member: all that a cluster has. */
export const MARKS_PER_GIVER_MAX = FEEDS_PER_CLUSTER_MAX;
/** Between two forks of one node that are looked into: each makes this node read the whole log again. */
export const FORK_PAUSE_MS = MINUTE_MS;

/* Exchange */

/** How long entries of this node are gathered before they are handed to peers in one message. */
export const PUBLISH_DELAY_MS = 5;
/** Bytes of entries in one such message; what is more goes into another. */
export const PARCEL_BYTES_MAX = 192 * KIB;
/** Entries, certificates and proofs in one parcel: as many as the network carries frames of one answer. */
export const PARCEL_ITEMS_MAX = 4_096;
/** Certificates in one parcel, each 2 ms of work: a month of twenty members, each with one or two a day. */
export const PARCEL_CERTIFICATES_MAX = 1_024;
/** Bytes of entries in one answer to a peer that lacks some; it asks again for more. */
export const ANSWER_BYTES_MAX = 4 * 1024 * KIB;
/** One question with its answer. */
export const ASK_TIMEOUT_MS = 20 * SECOND_MS;
/** Wait between meeting a peer, or noticing a gap, and asking it: more such news may follow. */
export const ASK_DELAY_MS = 50;
/** Questions in a row to one peer: at the answer's size more than a million entries. */
export const ASK_ROUNDS_MAX = 256;
/** How often some member is asked for what was missed, spread by half to both sides. */
export const EXCHANGE_INTERVAL_MS = 10 * SECOND_MS;
/** Logs open at once: as many as clusters whose completions the network listens to. */
export const LOGS_OPEN_MAX = 256;
/* Views: what a fold keeps, by the node that signed it, so that no node pushes out what another says */

/** Messages kept of one node: months of talk among a dozen agents. */
export const MESSAGES_PER_NODE_MAX = 5_000;
/** Notes of one node that messages were delivered or acknowledged; one that is pushed out shows an old message again. */
export const RECEIPTS_PER_NODE_MAX = 16_384;
/** Subscriptions kept of one node, ended ones included: each of a thousand agents and helpers to a dozen topics. */
export const SUBSCRIPTIONS_PER_NODE_MAX = 16_384;
/** Different keys that one node writes in the life of a cluster, deleted ones included; it refuses another before one is pushed out. */
export const CONTEXT_KEYS_PER_NODE_MAX = 16_384;
/** Writes kept of one node for the history of its keys, the newest. */
export const CONTEXT_WRITES_PER_NODE_MAX = 4_096;
/** Versions of the rules kept of one node. */
export const RULES_VERSIONS_PER_NODE_MAX = 64;
/** Memories of one user that one node wrote down. */
export const MEMORIES_PER_USER_MAX = 2_000;
/** Memories that one node may make forgotten: the first so many count, for one that is pushed out would bring back what is forgotten. */
export const FORGOTTEN_PER_NODE_MAX = 65_536;
/** Messages of threads kept of one node. */
export const THREAD_MESSAGES_PER_NODE_MAX = 10_000;
/** Jobs kept of one node that it handed on. */
export const JOBS_PER_NODE_MAX = 4_096;
/** Steps of jobs kept of one node: a start and an end for each that it was handed by a few others. */
export const JOB_STEPS_PER_NODE_MAX = 16_384;
/** Agents, helpers and users that one node has spoken for and of whom something is remembered. */
export const PARTIES_PER_NODE_MAX = 8_192;
/** Reservations kept of one node: as many as 64 helpers and 64 agents may hold at once; they end within a day. */
export const RESERVATIONS_PER_NODE_MAX = 8_192;
/** Releases kept of one node: more than there are reservations. */
export const RELEASES_PER_NODE_MAX = 16_384;
/** Requests of one node's speakers that are known again when repeated: hours of writing. */
export const REQUESTS_PER_NODE_MAX = 16_384;

/* Messages */

/** Older messages are no longer in an inbox. */
export const MESSAGE_LIFE_MS = 30 * 24 * 60 * MINUTE_MS;

/** Messages over which it is counted who talks with whom, when nothing is said: hours of a busy team. */
export const TALK_MESSAGES_DEFAULT = 2_000;
/** The same, at most: some ten milliseconds of work. */
export const TALK_MESSAGES_MAX = 10_000;

/* Context and rules */

/** Keys with a value in one cluster: above that a whiteboard is a database. */
export const CONTEXT_KEYS_MAX = 2_048;
/** Versions that a history shows. */
export const HISTORY_SHOWN_MAX = 100;
/** Watchers of one cluster's whiteboard: each open page and agent has one or two. */
export const WATCHERS_MAX = 256;

/* Changes */

/** Of a text that changed, where changes are told: a line, as many a second may come. Whoever wants all of it reads it. */
export const CHANGE_TEXT_CHARS_MAX = 120;

/* Memory */

/** Indexes of users kept ready; one more drops the one unused for longest, to be made again when it is asked. */
export const INDEXES_MAX = 32;
/** Texts whose vectors are asked for in one request. */
export const TEXTS_PER_EMBEDDING_MAX = 64;
/** Vectors kept: two thousand memories of a dozen users, some 6 KiB each. */
export const VECTORS_KEPT_MAX = 24_000;
/** Numbers in one vector: above those of the large models of today. */
export const VECTOR_DIMENSIONS_MAX = 8_192;

/* Threads and jobs */

/** Threads that are listed. */
export const THREADS_LISTED_MAX = 200;
/** Of a thread's last message, where threads are listed: a line, by which a person knows it again. */
export const THREAD_LAST_CHARS_MAX = 120;
/** A job without an end for so long counts as failed. */
export const JOB_LIFE_MS = 7 * 24 * 60 * MINUTE_MS;

/* Presence and helpers */

/** Who has not been heard of for so long is taken to be gone: four heartbeats of a node. */
export const PRESENCE_DEAD_MS = MINUTE_MS;

/** Names that an error shows of those who are there, where somebody else was meant. */
export const NAMES_SHOWN_MAX = 20;

/* Files */

/** Reservations that one holder has at once. */
export const RESERVATIONS_PER_PARTY_MAX = 64;

/* Home */

/** How long the home node has to decide: a flushed write and two trips around the world, many times over. */
export const HOME_ANSWER_TIMEOUT_MS = 10 * SECOND_MS;
/** A request to the home or its answer, as bytes: two values and what stands around them. */
export const HOME_MESSAGE_BYTES_MAX = 2 * ENTRY_BYTES_MAX;
/** Decisions that wait at the home for the one before. */
export const HOME_WAITING_MAX = 1_024;

/* Pruning */

/** Entries below a feed's base that are kept: three letters each at most in the entry that names them, 48 KiB. */
export const KEPT_ENTRIES_MAX = 16_384;
/** A node drops the beginning of its feed when so many entries stand above the base ... */
export const PRUNE_ABOVE_ENTRIES = 30_000;
/** ... and leaves the newest of them whole, linked entry by entry, for whoever wants proofs of what was said of late. */
export const PRUNE_LEAVES_ENTRIES = 10_000;
/** It does so, too, when its feeds have grown by so much ... */
export const PRUNE_GROWN_BYTES = 64 * MIB;
/** ... and leaves whole what fits here, where that is less. */
export const PRUNE_LEAVES_BYTES = 16 * MIB;
/** A feed is called nearly full at so many percent of what may be kept below its base, or of its node's bytes: months of time to act. */
export const NEARLY_FULL_PERCENT = 80;
/** How often a node looks whether it is time: before one that writes a megabyte a second is at its bound. */
export const PRUNE_LOOK_MS = 5 * MINUTE_MS;
