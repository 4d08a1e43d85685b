/**
 * Every bound of the network, with its unit in its name and its reason beside it. The README's table lists them all.
 */

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
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
/** A peer that is asked how far it is has so long: what takes longer is as good as lost to whoever waits. */
export const PING_ANSWER_MS_MAX = 5 * SECOND_MS;
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
/** Certificates kept that some key of their node signed, expired or not: two a day of each of 256 members for a week, 1 KiB each. */
export const CERTIFICATES_PROVEN_MAX = 4_096;
/** Nodes of which the newest certificate is kept: as many as presence knows. */
export const CERTIFIED_NODES_MAX = 4_096;
/** Checks of certificates of a log under way at once: each is 2 ms of work, and may ask the chain. */
export const CERTIFICATE_CHECKS_MAX = 4;
/** Such checks that wait: what one parcel of a log may bring, and what others bring meanwhile. */
export const CERTIFICATE_CHECKS_WAITING_MAX = 4_096;
/** Fetches of unknown certificates under way at once from one peer: it answers no more streams than this. */
export const CERTIFICATE_FETCHES_PER_PEER_MAX = STREAMS_PER_PROTOCOL_MAX;
/** Such fetches that wait: of all members of the largest cluster, when one meets them through one peer. */
export const CERTIFICATE_FETCHES_WAITING_PER_PEER_MAX = 256;
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
/** The node of a key never changes, but a block that named it may vanish: asked again after this. */
export const KEY_OWNER_TTL_MS = 10 * MINUTE_MS;
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
/** Peers of a topic that a message is sent on to at once; the fewest and the most before links are made or cut. */
export const MESH_PEERS_DEFAULT = 6;
export const MESH_PEERS_MIN = 4;
export const MESH_PEERS_MAX = 12;
/** Peers besides, and their part of the others, that are told of messages at each heartbeat of gossipsub, to ask for them. */
export const GOSSIP_PEERS_MIN = 6;
export const GOSSIP_PART_DEFAULT = 0.25;
/** Between two heartbeats of gossipsub. */
export const GOSSIP_HEARTBEAT_MS = SECOND_MS;
/** From this size on the peers of the mesh are told not to send a message too. */
export const DONT_SEND_BYTES_MIN = 512;
/** One gossip frame holds many messages where a peer repeats what this node missed. */
export const GOSSIP_FRAME_BYTES_MAX = 2 * MIB;
/** Messages in one gossip frame. */
export const GOSSIP_FRAME_MESSAGES_MAX = 512;
/** Subscriptions in one gossip frame: gossipsub names all topics at once, two for each cluster and one for presence. */
export const GOSSIP_FRAME_SUBSCRIPTIONS_MAX = 1_024;
/** Ids or orders in one gossip frame. */
export const GOSSIP_FRAME_CONTROLS_MAX = 1_024;
/** Bytes queued for a peer that does not read; then its stream is dropped and made anew. Half a second of the largest entries. */
export const GOSSIP_OUTBOUND_BYTES_MAX = 4 * MIB;
/** Clusters this node listens to at once. */
export const CLUSTERS_SUBSCRIBED_MAX = 256;
/** Logs this node listens to at once: each cluster has one. */
export const LOGS_JOINED_MAX = CLUSTERS_SUBSCRIBED_MAX;
/** Memory for one peer's subscriptions: 513 topics of about 100 bytes with 1 KiB of book-keeping each, and room. */
export const GOSSIP_TOPIC_BYTES_PER_PEER_MAX = 768 * KIB;

/* Rates, per peer */

/**
 * Gossip bytes a second a peer is read at; above it, its stream is paused and nothing is lost. A hundred entries of a log a
 * second, each of the largest size (64 KiB), are 6.3 MiB, and what goes around them takes less than the rest.
 */
export const GOSSIP_BYTES_PER_SECOND = 8 * MIB;
/** Bytes it may send at once: two seconds of that. */
export const GOSSIP_BYTES_BURST = 16 * MIB;
/**
 * Gossip frames a second (control frames included) a peer is read at; above it, its stream is paused. A hundred entries a
 * second, each in a message of its own, are a hundred frames and as many that tell of them (IDONTWANT); four members may
 * speak so through one peer.
 */
export const GOSSIP_FRAMES_PER_SECOND = 1_000;
/** Frames it may send at once: what a partition of some seconds holds back. */
export const GOSSIP_FRAMES_BURST = 4_000;
/**
 * Messages a second of the dear kind (presence, completions, commitments: each up to 2 ms of work, so a fifth of a core at
 * worst) a peer is read at; above it, its stream is paused.
 */
export const GOSSIP_DEAR_PER_SECOND = 100;
/** Dear messages it may send at once. */
export const GOSSIP_DEAR_BURST = 500;
/**
 * Dear messages a second a peer may have checked. Not below the rate they are read at: who sends one message a frame is
 * slowed by that, without loss, and never comes here; who packs many may.
 */
export const GOSSIP_MESSAGES_PER_SECOND = 100;
/** Messages it may send at once: the burst read, and what one window of small ones holds when a pause ends. */
export const GOSSIP_MESSAGES_BURST = 2_500;
/** Messages of logs a second a peer may have checked, each some 0.2 ms and its entries. Not below the frames' rate, as above. */
export const LOG_MESSAGES_PER_SECOND = GOSSIP_FRAMES_PER_SECOND;
/** Messages of logs it may send at once: the frames' burst, and what a window of small ones holds. */
export const LOG_MESSAGES_BURST = 6_000;
/** Checks of one peer's messages, each some 0.1 ms, between two looks at the sockets: others are held up by no more than that. */
export const CHECKS_PER_TURN_MAX = 16;
/** As many of them a dear one counts for. */
export const DEAR_CHECK_WEIGHT = 8;
/** Messages of logs a second that may turn out known or of no use now: an honest peer hands on only what was new to it. */
export const LOG_IGNORED_PER_SECOND = 50;
/** Such messages at once: what two halves of a partition tell each other when it ends. */
export const LOG_IGNORED_BURST = 2_000;
/** Questions for certificates a second, and at once: who joins asks one peer for those of all members, 0.1 ms each. */
export const CERTIFICATE_ASKS_PER_SECOND = 16;
export const CERTIFICATE_ASKS_BURST = 512;
/** Questions for completions a second, and at once: a late joiner asks for sixteen executions at a time. */
export const COMPLETION_ASKS_PER_SECOND = 4;
export const COMPLETION_ASKS_BURST = 32;
/** Questions for blobs a second, and at once. */
export const BLOB_ASKS_PER_SECOND = 16;
export const BLOB_ASKS_BURST = 64;
/** Bytes a second of answers to one peer, and at once: a newcomer reads a log of a hundred thousand entries without a wait. */
export const ANSWER_BYTES_PER_SECOND = 8 * MIB;
export const ANSWER_BYTES_BURST = 64 * MIB;
/** Questions for entries a second, and at once: a newcomer reads each of its logs in answers of 8 MiB. */
export const LOG_ASKS_PER_SECOND = 8;
export const LOG_ASKS_BURST = 64;
/** Questions to a node a second, and at once: conditional writes of all agents of one peer. */
export const NODE_ASKS_PER_SECOND = 100;
export const NODE_ASKS_BURST = 400;
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

/** Times a peer may send one message: by its mesh, and three times on request, as gossipsub allows. */
export const MESSAGE_COPIES_MAX = 4;
/** Messages of a peer of which is remembered how often it sent them: at a hundred a second, the last ten seconds. */
export const MESSAGE_COPIES_KNOWN_MAX = 1_024;

/* Presence */

/** Between two heartbeats. */
export const HEARTBEAT_MS = 15 * SECOND_MS;
/** Down after four missed heartbeats. */
export const PRESENCE_TIMEOUT_MS = 60 * SECOND_MS;
/** How often the list is looked over. */
export const PRESENCE_SWEEP_MS = SECOND_MS;
/** At least this long between two heartbeats that a newcomer provokes. */
export const HEARTBEAT_EXTRA_MS = 100;
/** Those who hear of a node that has come tell it of themselves within this: soon, and not all at once. */
export const HEARTBEAT_NEWS_MS = 2 * SECOND_MS;
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
/** A peer's time for one answer, the rest is asked for anew: at 200 KiB/s a whole blob comes in one. */
export const BLOB_PEER_TIMEOUT_MS = 5 * SECOND_MS;
/** Peers are asked again for the rest of a blob where a round over all brought so much: at most 16 rounds, and nobody trickles. */
export const BLOB_ROUND_BYTES_MIN = 64 * KIB;
/** The whole search, unless the caller says otherwise. */
export const BLOB_TIMEOUT_MS = 15 * SECOND_MS;
/** Searches under way at once: a peer answers no more streams than this. */
export const BLOB_FETCHES_MAX = STREAMS_PER_PROTOCOL_MAX;
/** Searches that wait for their turn. */
export const BLOB_FETCHES_WAITING_MAX = 256;

/* Logs */

/** One message of a log, envelope not included: four of the largest entries (64 KiB), or hundreds of the usual size. */
export const LOG_MESSAGE_BYTES_MAX = 256 * KIB;
/** Bytes of one peer that the handlers of logs have at once, while they write: two seconds of a hundred entries of the largest size. */
export const LOG_HANDLING_BYTES_PER_PEER_MAX = 16 * MIB;
/** A question for entries: the positions of 1,024 feeds take 60 KiB. */
export const LOG_QUESTION_BYTES_MAX = 128 * KIB;
/** One frame of an answer: as much as one message, which holds the same. */
export const LOG_FRAME_BYTES_MAX = LOG_MESSAGE_BYTES_MAX;
/** Frames of one answer: of 2 KiB each they make the most bytes. */
export const LOG_ANSWER_FRAMES_MAX = 4_096;
/** Bytes of one answer; who lacks more asks again. */
export const LOG_ANSWER_BYTES_MAX = 8 * MIB;
/** One question for entries, answer included: at least 280 KiB/s. */
export const LOG_ASK_TIMEOUT_MS = 30 * SECOND_MS;
/** Frames read but not taken yet: then the peer is read no further. */
export const ANSWER_WAITING_BYTES_MAX = STREAM_WINDOW_BYTES;

/* Questions to nodes */

/** Name of a kind of question: two words. */
export const ASK_KIND_CHARACTERS_MAX = 32;
/** Kinds that are answered here; each is a part of the daemon. */
export const ASK_KINDS_MAX = 32;
/** A question to a node: the largest entry, and what is said about it. */
export const NODE_QUESTION_BYTES_MAX = 128 * KIB;
/** Its answer: the largest value, and its history in short. */
export const NODE_ANSWER_BYTES_MAX = 128 * KIB;
/** One question to a node, answer included: ten round trips and a busy disk. */
export const NODE_ASK_TIMEOUT_MS = 10 * SECOND_MS;
/** Code of a refusal as it travels. */
export const REFUSAL_CODE_CHARACTERS_MAX = 64;
/** Questions of one protocol under way at once to one peer: it answers no more streams than this. */
export const ASKS_PER_PEER_MAX = STREAMS_PER_PROTOCOL_MAX;
/** Questions of one protocol that wait for their turn with one peer. */
export const ASKS_WAITING_PER_PEER_MAX = 256;

/* Bootstrap */

/** Addresses in the bootstrap list. */
export const BOOTSTRAP_MAX = 64;
/** First wait before a redial; doubled with each failure, spread by half to both sides. */
export const REDIAL_MIN_MS = 500;
/** Longest wait before a redial: a peer that comes back is found within a minute. */
export const REDIAL_MAX_MS = 30 * SECOND_MS;

/* Finding peers */

/** An address as text: a name of the longest kind, and two peer ids. */
export const ADDRESS_CHARACTERS_MAX = 512;
/** Addresses of peers that are remembered: of several times as many nodes as there are connections. */
export const ADDRESS_BOOK_MAX = 256;
/** Of one node: at home, outside, and through two relays. A node that moves pushes out only its own. */
export const ADDRESSES_PER_NODE_MAX = 4;
/** A book that is full, each address of the longest kind, and what stands around it. */
export const ADDRESS_BOOK_BYTES_MAX = 256 * KIB;
/** Longer than an operator's holidays; after that somebody else has the address. */
export const ADDRESS_EXPIRES_SECONDS = 30n * 24n * HOUR_SECONDS;
/** Between a change of the book and its writing: at a start many peers are met at once. */
export const ADDRESS_BOOK_WRITE_MS = SECOND_MS;
/** Peers that are enough: gossip reaches everybody through twice a mesh. */
export const PEERS_SOUGHT = 2 * MESH_PEERS_MAX;
/** Where those of wanted nodes are missing, up to this; the rest of the connections is for who comes by itself. */
export const PEERS_SOUGHT_WANTED = 48;
/** Dials of found addresses under way at once, so that half of all dials is left to the bootstrap list. */
export const FIND_DIALS_MAX = DIALS_MAX / 2;
/** How often it is looked whether peers are missing, besides when one is lost. */
export const FIND_INTERVAL_MS = 5 * SECOND_MS;
/** First wait before an address is dialed again; doubled with each failure, spread by half to both sides. */
export const FIND_BACKOFF_MIN_MS = 2 * SECOND_MS;
/** Longest such wait: a node that is gone for good costs four dials an hour. */
export const FIND_BACKOFF_MAX_MS = 15 * MINUTE_MS;
/** Announced nodes that are looked at in one round, besides wanted ones: 20 µs each. A registry may hold many thousands. */
export const FIND_ANNOUNCED_MAX = 256;
/** Addresses whose failures are remembered: of the book, the LAN and hundreds of announced nodes. */
export const FIND_BACKOFFS_MAX = 2_048;
/** Peers on the LAN that are remembered; who floods it with inventions pushes out the oldest. */
export const LAN_PEERS_MAX = 64;
/** How long, after they were last heard: as long as multicast DNS says that its answers hold. */
export const LAN_PEER_MS = 2 * MINUTE_MS;
/** Between two questions to the LAN. */
export const LAN_ASK_MS = 10 * SECOND_MS;

/* Relays */

/** Relays in the configuration. */
export const RELAYS_USED_MAX = 4;
/** Relays found among peers that are used besides: one may go while the other stays. */
export const RELAYS_FOUND_MAX = 2;
/** How often it is looked whether a relay is missing. */
export const RELAY_INTERVAL_MS = 2 * SECOND_MS;
/** A question for a place at a relay. */
export const RELAY_ASK_TIMEOUT_MS = 5 * SECOND_MS;
/** Peers of one node that a relay serves: who has many peer ids has one node key all the same. */
export const RELAY_RESERVATIONS_PER_NODE_MAX = 2;
/** How long a place is kept without being asked for again; it goes with the connection before. */
export const RELAY_RESERVATION_MS = HOUR_MS;
/** Connections through one relay to one peer; each is a stream of the relay's connection to it. */
export const RELAYED_PER_PEER_MAX = 16;
/** Connections a second that one node may ask a relay for, and at once: a start, and one whose limit was reached every ten seconds. */
export const RELAY_CONNECTS_PER_SECOND = 0.1;
export const RELAY_CONNECTS_BURST = 32;
/** Bytes a second of one node that a relay passes on: a line at home takes as much. */
export const RELAY_BYTES_PER_SECOND = 2 * MIB;
/** Of all nodes together: a quarter of a fast line, the rest is its operator's. */
export const RELAY_TOTAL_BYTES_PER_SECOND = 16 * MIB;
/** Of both, so many seconds' worth at once: a member's catching up with a quiet day. */
export const RELAY_BURST_SECONDS = 4;
/** A question to a relay, and its question to the other peer. */
export const RELAY_HOP_TIMEOUT_MS = 10 * SECOND_MS;
