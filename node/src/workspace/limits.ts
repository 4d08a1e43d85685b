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
/** Entries checked in one go, each some 0.1 ms: between two of these the daemon does other things. */
export const ENTRIES_PER_CHECK_MAX = 64;
/** Feeds whose end one mark names. */
export const MARKED_FEEDS_MAX = FEEDS_PER_NODE_MAX;
