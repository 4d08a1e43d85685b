/** Every bound of the workspace's faces, with its unit in its name and its reason beside it. */

const KIB = 1024;
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/* Tokens */

/** Tokens of one node that count: each of its agents, helpers and users has one, and a spare while it is changed. */
export const TOKENS_MAX = 256;
/** What a person calls a token. */
export const TOKEN_LABEL_CHARS_MAX = 64;
/** Bytes of one token's file: some hundred are written. */
export const TOKEN_FILE_BYTES_MAX = 4 * KIB;

/* Requests */

/** One request: the largest value, 32 KiB, each of its signs escaped by six, and what stands around it. */
export const FACE_BODY_BYTES_MAX = 256 * KIB;

/* Waiting */

/** How long a tool may wait for something to happen: hosts of agents end a call after some minutes themselves. */
export const WAIT_SECONDS_MAX = 600;
/** Between two signs that a tool still waits: hosts give up on silence after half a minute or more. */
export const PROGRESS_EVERY_MS = 10 * SECOND_MS;
/** Tools of one speaker that wait at once. */
export const WAITS_MAX = 32;

/* MCP sessions */

/** Sessions of one token: an agent has one, its host's checks begin another. The one unused for longest makes room. */
export const SESSIONS_PER_SPEAKER_MAX = 16;
/** A session that nobody used for so long is over. */
export const SESSION_IDLE_MS = 60 * MINUTE_MS;
/** Messages of a session that are kept for a client that lost its connection: minutes of notices. */
export const SESSION_EVENTS_MAX = 256;
/** The same in characters: a few of the largest answers. */
export const SESSION_EVENT_CHARS_MAX = 4 * KIB * KIB;
/** After which a client that lost its connection asks again. */
export const SESSION_RETRY_MS = 1_000;
/** Resources that one session watches. */
export const WATCHED_RESOURCES_MAX = 256;
/** Streams of notices that one speaker has open. */
export const NOTICE_STREAMS_MAX = 16;
/** Speakers whose sessions are kept: as many as there are tokens, and the operator. */
export const SPEAKERS_MAX = TOKENS_MAX + 1;
/** Changes within that time are told as one: ten notices a second are more than a model reads. */
export const NOTICE_EVERY_MS = 100;
/** A stream whose reader takes nothing for so long is cut. */
export const STALLED_READER_MS = 30 * SECOND_MS;

/* Counters */

/** Outcomes that are counted apart of each face and tool: some more than any has codes; another node's refusal may name any. */
export const OUTCOMES_COUNTED_MAX = 64;

/* Events */

/** Changes of which one speaker is yet to be told, while its right is looked at: more is a log that is told anew. */
export const CHANGES_WAITING_MAX = 4_096;

/** Open event streams of the daemon: each open page and watching command has one. */
export const EVENT_STREAMS_MAX = 64;
/** Of these, those of one token: a person's windows and commands. */
export const EVENT_STREAMS_PER_TOKEN_MAX = 32;
/** Of these, those that are kept for the operator. */
export const EVENT_STREAMS_OPERATORS = 16;
/** Bytes that wait for one reader of events, some five hundred changes; whoever is further behind reads anew. */
export const EVENT_BUFFER_BYTES_MAX = 256 * KIB;
/** Between two pings that show whether a reader is still there. */
export const EVENT_PING_MS = 30 * SECOND_MS;
/** How long a stopping daemon waits for readers to say goodbye. */
export const EVENT_CLOSE_MS = 500;
/** Bytes that a reader of events may send: it has nothing to say. */
export const EVENT_MESSAGE_BYTES_MAX = KIB;

/* Terminals */

/** Connections to agents' terminals: each page and each `attach` has one. */
export const TERMINAL_STREAMS_MAX = 64;
/** Of these, those of one token: a person's windows, with several terminals side by side. */
export const TERMINAL_STREAMS_PER_TOKEN_MAX = 32;
/** Of these, those that are kept for the operator. */
export const TERMINAL_STREAMS_OPERATORS = 16;
/** Between two looks at whether a viewer still may; who types is looked at each time. */
export const TERMINAL_RIGHT_CHECK_MS = 2 * SECOND_MS;
/** Characters of one piece of input: more than a terminal takes at once, which then says so. */
export const TERMINAL_INPUT_CHARACTERS_MAX = 16 * KIB;
/** Bytes of one message to a terminal: the largest input, each of its signs escaped by six, and what stands around it. */
export const TERMINAL_MESSAGE_BYTES_MAX = 6 * TERMINAL_INPUT_CHARACTERS_MAX + KIB;
/** What a message may ask for; the terminal itself allows less. */
export const TERMINAL_COLUMNS_MAX = 10_000;
/** As above. */
export const TERMINAL_ROWS_MAX = 10_000;
