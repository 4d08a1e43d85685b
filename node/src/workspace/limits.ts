/**
 * Every bound of the workspace, with its unit in its name and its reason beside it. The README's table lists the chief ones.
 */

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
/** Keys kept of one cluster: each member's leaving costs one for each feed. */
export const KEYS_PER_CLUSTER_MAX = 65_536;

/* Log */

/** Entries that wait here for a key or for the chain, by number; more of them are found by reading the whole log again. */
export const ENTRIES_HELD_MAX = 65_536;
/** Entries checked in one go, some 0.1 ms each by other threads: between two of these the daemon does other things. */
export const ENTRIES_PER_CHECK_MAX = 128;
/** Feeds whose end one mark names. */
export const MARKED_FEEDS_MAX = FEEDS_PER_NODE_MAX;

/* Exchange */

/** How long entries of this node are gathered before they are handed to peers in one message. */
export const PUBLISH_DELAY_MS = 5;
/** Bytes of entries in one such message; what is more goes into another. */
export const PARCEL_BYTES_MAX = 192 * KIB;
/** Entries, certificates and proofs in one parcel. */
export const PARCEL_ITEMS_MAX = 4_096;
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
