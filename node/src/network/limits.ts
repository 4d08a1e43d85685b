/**
 * Every bound of the network, with its unit in its name and its reason beside it. The README's table lists them all.
 */

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_SECONDS = 3_600n;

/* Connections and streams */

/** A node talks to the other operators of its clusters, not to the world; each connection costs about 100 KiB. */
export const CONNECTIONS_MAX = 64;
/** Two that dial each other at once have two; a third is a mistake or an attack. */
export const CONNECTIONS_PER_PEER_MAX = 3;
/** Strangers share a quarter of the places, so that they cannot push certified peers out. */
export const CONNECTIONS_UNCERTIFIED_MAX = 16;
/** New connections a second from one address: three local daemons that restart at once stay far below. */
export const CONNECTIONS_PER_HOST_PER_SECOND_MAX = 20;
/** Handshakes under way at once: each costs a Diffie-Hellman exchange. */
export const HANDSHAKES_MAX = 16;
/** Dials under way at once; the bootstrap list is short. */
export const DIALS_MAX = 8;
/** A dial, handshake included, that takes longer goes to an address that is not there. */
export const DIAL_TIMEOUT_MS = 5 * SECOND_MS;
/** Naming a protocol on an open connection takes one round trip. */
export const NEGOTIATION_TIMEOUT_MS = 5 * SECOND_MS;
/** All protocols together on one connection; the sum of the limits below with room for the handshake's own. */
export const STREAMS_PER_CONNECTION_MAX = 64;
/** Streams of one protocol a peer may have open here: bounds what it can make this node hold at once. */
export const STREAMS_PER_PROTOCOL_MAX = 4;
/** Streams that wait here for their peer's certificate. */
export const STREAMS_HELD_PER_PEER_MAX = 8;
/** Bytes a stream may pile up while it waits for its peer's certificate. */
export const STREAM_HELD_BYTES_MAX = 64 * KIB;
/** Yamux' smallest window, and here its largest: what one stream of a paused peer can make this node hold. */
export const STREAM_WINDOW_BYTES = 256 * KIB;
/** Above the window, so that a paused stream is never reset by a peer that keeps to it. */
export const STREAM_READ_BUFFER_BYTES_MAX = MIB;
/** One piece of a streamed answer: below the window, so that a slow reader is felt. */
export const STREAM_CHUNK_BYTES = 64 * KIB;
/** A ping that is not answered for so long means a dead connection; a busy machine may take seconds. */
export const PING_TIMEOUT_MIN_MS = 15 * SECOND_MS;
/** How often a connection is pinged. */
export const PING_INTERVAL_MS = 20 * SECOND_MS;
/** `stop` gives connections this long to say goodbye before it cuts them, well inside the 2 s it promises. */
export const STOP_GRACE_MS = 400;
/** After this, `stop` waits for nobody. */
export const STOP_TIMEOUT_MS = 1_800;
/** Ports tried upwards when the wished one is taken. */
export const PORT_TRIES_MAX = 16;

/* Certificates */

/** A connection without a valid certificate is closed after this: ten round trips of the slowest link. */
export const CERTIFY_TIMEOUT_MS = 10 * SECOND_MS;
/** Between two attempts inside that time: the chain's view of either side may lag by a block. */
export const CERTIFY_RETRY_MS = SECOND_MS;
/** One question for a certificate, answer included. */
export const CERTIFICATE_ASK_TIMEOUT_MS = 3 * SECOND_MS;
/** Clocks of honest daemons may be two hours apart; a certificate starts this long before it is signed. */
export const CERTIFICATE_BACKDATE_SECONDS = 3n * HOUR_SECONDS;
/** Renewed when less than this remains, so that a signer may be out of reach for half a day. */
export const CERTIFICATE_RENEW_BEFORE_SECONDS = 12n * HOUR_SECONDS;
/** A peer is asked for its newer certificate when the one at hand has less than this left. */
export const CERTIFICATE_REFRESH_BEFORE_SECONDS = 6n * HOUR_SECONDS;
/** How often the daemon looks whether its own certificate is due. */
export const CERTIFICATE_CHECK_MS = MINUTE_MS;
/** A record is about 700 bytes as JSON. */
export const CERTIFICATE_RECORD_BYTES_MAX = 2 * KIB;
/** Certificates kept by digest: sixteen for each possible connection, 1 KiB each. */
export const CERTIFICATES_MAX = 1_024;
/** Fetches of unknown certificates under way at once from one peer. */
export const CERTIFICATE_FETCHES_PER_PEER_MAX = 4;
/** Digests that could not be fetched lately, so that a peer cannot make this node ask again and again. */
export const CERTIFICATE_MISSES_MAX = 256;
/** How long such a miss is remembered. */
export const CERTIFICATE_MISS_MS = 5 * SECOND_MS;
/** What the chain says about a node key is believed this long: a suspended node is shut out after at most that. */
export const DIRECTORY_TTL_MS = 30 * SECOND_MS;
/** "Unknown" is believed only briefly: a node that registers should not have to wait. */
export const DIRECTORY_MISS_TTL_MS = 2 * SECOND_MS;
/** Node keys kept. */
export const DIRECTORY_ENTRIES_MAX = 1_024;
/** How often certified peers are looked over: certificate still good, gossip stream still there. */
export const PEER_SWEEP_MS = 5 * SECOND_MS;

/* Messages */

/** An output that travels inline; the contracts' own limit for output bytes in the log. */
export const OUTPUT_INLINE_BYTES_MAX = 8_192;
/** A completion with the largest inline output takes about 12 KiB; twice that is never needed. */
export const COMPLETION_MESSAGE_BYTES_MAX = 24 * KIB;
/** A commitment has two digests, a signature and ids: half of this with the longest ids. */
export const COMMITMENT_MESSAGE_BYTES_MAX = KIB;
/** A heartbeat with the largest number of models. */
export const PRESENCE_MESSAGE_BYTES_MAX = 2 * KIB;
/** Models named in a heartbeat: 64 ids of up to 20 digits fit the message. */
export const PRESENCE_MODELS_MAX = 64;
/** Nesting of a message: an object with one list. */
export const MESSAGE_DEPTH_MAX = 2;
/** One gossip frame holds many messages where a peer repeats what this node missed. */
export const GOSSIP_FRAME_BYTES_MAX = 2 * MIB;
/** Messages in one gossip frame. */
export const GOSSIP_FRAME_MESSAGES_MAX = 512;
/** Subscriptions in one gossip frame; a node that serves more clusters sends more frames. */
export const GOSSIP_FRAME_SUBSCRIPTIONS_MAX = 512;
/** Ids or orders in one gossip frame. */
export const GOSSIP_FRAME_CONTROLS_MAX = 1_024;
/** Bytes queued for a peer that does not read; then its stream is dropped and made anew. */
export const GOSSIP_OUTBOUND_BYTES_MAX = 4 * MIB;
/** Clusters this node listens to at once. */
export const CLUSTERS_SUBSCRIBED_MAX = 256;
/** Memory for one peer's subscriptions: 256 topics of about 100 bytes with 1 KiB of book-keeping each, and room. */
export const GOSSIP_TOPIC_BYTES_PER_PEER_MAX = 384 * KIB;

/* Rates, per peer */

/** Gossip bytes a second a peer is read at; above it, its stream is paused and nothing is lost. */
export const GOSSIP_BYTES_PER_SECOND = MIB;
/** Bytes it may send at once: four hundred large completions. */
export const GOSSIP_BYTES_BURST = 4 * MIB;
/** Gossip frames a second (control frames included) a peer is read at; above it, its stream is paused. */
export const GOSSIP_FRAMES_PER_SECOND = 100;
/** Frames it may send at once: what a partition of some seconds holds back. */
export const GOSSIP_FRAMES_BURST = 500;
/**
 * Messages a second a peer may have checked, each up to 2 ms of work: a fifth of a core at worst. Not below the frames'
 * rate: who sends one message a frame is slowed by that, without loss, and never comes here; who packs many may.
 */
export const GOSSIP_MESSAGES_PER_SECOND = 100;
/** Messages it may send at once: the frames' burst, and what one window of small ones holds when a pause ends. */
export const GOSSIP_MESSAGES_BURST = 2_500;
/** Questions for certificates a second, and at once. */
export const CERTIFICATE_ASKS_PER_SECOND = 2;
export const CERTIFICATE_ASKS_BURST = 16;
/** Questions for completions a second, and at once: a late joiner asks for sixteen executions at a time. */
export const COMPLETION_ASKS_PER_SECOND = 4;
export const COMPLETION_ASKS_BURST = 32;
/** Questions for blobs a second, and at once. */
export const BLOB_ASKS_PER_SECOND = 16;
export const BLOB_ASKS_BURST = 64;
/** Peers whose rates are remembered across reconnects, so that a reconnect gives no new burst. */
export const BUDGETS_MAX = 512;

/* Score */

/** At this many points a peer is disconnected and banned. */
export const BAN_POINTS = 100;
/** Points halve in this time: an honest peer's rare mishap is forgotten. */
export const POINTS_HALF_LIFE_MS = MINUTE_MS;
/** A ban ends by itself: keys change hands, bugs are mended. */
export const BAN_MS = 10 * MINUTE_MS;
/** Bans remembered; the one that ends first goes first. */
export const BANS_MAX = 1_024;
/** Peers with points remembered. */
export const SCORES_MAX = 512;

/* Presence */

/** Between two heartbeats. */
export const HEARTBEAT_MS = 15 * SECOND_MS;
/** Down after four missed heartbeats. */
export const PRESENCE_TIMEOUT_MS = 60 * SECOND_MS;
/** How often the list is looked over. */
export const PRESENCE_SWEEP_MS = SECOND_MS;
/** At least this long between two heartbeats that a newcomer provokes. */
export const HEARTBEAT_EXTRA_MS = 100;
/** Nodes remembered, up or down. */
export const PRESENCE_NODES_MAX = 4_096;

/* Completions */

/** Completions known by key, so that none is delivered twice: about 300 bytes each. */
export const COMPLETIONS_KNOWN_MAX = 16_384;
/** Longer than an execution's usual life. */
export const COMPLETIONS_KNOWN_MS = 60 * MINUTE_MS;
/** Completions kept whole for those who join late, and their bytes. */
export const COMPLETIONS_RECENT_MAX = 256;
/** Commitments kept of one node: it has no more tasks of quorums at work in an hour, and pushes out only its own. */
export const COMMITMENTS_PER_NODE_MAX = 512;
/** Nodes whose commitments are kept: eight models of the largest size. */
export const COMMITMENT_NODES_MAX = 512;
/** Executions in one question: with 32 tasks each, all their completions fit one answer. */
export const COMPLETIONS_ASK_EXECUTIONS_MAX = 16;
/** Clusters in one question. */
export const COMPLETIONS_ASK_CLUSTERS_MAX = 64;
/** A question as JSON. */
export const COMPLETIONS_ASK_BYTES_MAX = 8 * KIB;
/** Messages in one answer. */
export const COMPLETIONS_ANSWER_MAX = 512;
/** Bytes of one answer. */
export const COMPLETIONS_ANSWER_BYTES_MAX = 4 * MIB;
/** One question, answer included. */
export const COMPLETIONS_ASK_TIMEOUT_MS = 10 * SECOND_MS;
/** Executions a daemon asks for when it meets a peer. */
export const COMPLETIONS_WANTED_MAX = 256;
/** Wait between meeting a peer, or forming a gossip link with it, and asking it: more such news may follow. */
export const CATCH_UP_DELAY_MS = 100;
/** Between two such questions to one peer, so that links that come and go cost no more than this. */
export const CATCH_UP_INTERVAL_MS = SECOND_MS;
/** Peers of which is remembered when they were asked. */
export const CATCH_UP_PEERS_MAX = 512;

/* Blobs */

/** Larger inputs and outputs stand behind an https address. */
export const BLOB_BYTES_MAX = MIB;
/** One peer's time for one blob: at least 200 KiB/s. */
export const BLOB_PEER_TIMEOUT_MS = 5 * SECOND_MS;
/** The whole search, unless the caller says otherwise. */
export const BLOB_TIMEOUT_MS = 15 * SECOND_MS;
/** Searches under way at once: a peer answers no more streams than this. */
export const BLOB_FETCHES_MAX = STREAMS_PER_PROTOCOL_MAX;
/** Searches that wait for their turn. */
export const BLOB_FETCHES_WAITING_MAX = 256;

/* Bootstrap */

/** Addresses in the bootstrap list. */
export const BOOTSTRAP_MAX = 64;
/** First wait before a redial; doubled with each failure, spread by half to both sides. */
export const REDIAL_MIN_MS = 500;
/** Longest wait before a redial: a peer that comes back is found within a minute. */
export const REDIAL_MAX_MS = 30 * SECOND_MS;
