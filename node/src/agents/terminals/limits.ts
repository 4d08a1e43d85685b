/** Every bound of agents' terminals, with its unit in its name and its reason beside it. */

const KIB = 1024;

/* Size */

/** A terminal before a person has said how large theirs is. */
export const COLUMNS_DEFAULT = 100;
/** As above. */
export const ROWS_DEFAULT = 30;
/** Wider than any screen; each column costs 12 bytes of every line that is kept. */
export const COLUMNS_MAX = 500;
/** Higher than any screen. */
export const ROWS_MAX = 200;
/** Below that programs draw nothing that could be read. */
export const COLUMNS_MIN = 10;
/** As above. */
export const ROWS_MIN = 3;
/** Lines above the screen that are kept: at 100 columns 2.4 MB. */
export const SCROLLBACK_LINES_MAX = 2_000;
/** Terminals of one daemon: as many agents as a machine runs. One that is over makes room. */
export const TERMINALS_MAX = 64;

/* Output */

/** Characters that wait to be shown; above that the program is held up. */
export const PENDING_CHARACTERS_MAX = 128 * KIB;
/** Below that it goes on. */
export const PENDING_CHARACTERS_RESUME_MAX = 32 * KIB;
/** Characters that are shown at once: some milliseconds' work. */
export const SLICE_CHARACTERS_MAX = 32 * KIB;
/** The same where each is much work, as of a program that only scrolls. */
export const SLICE_CHARACTERS_MIN = 512;
/** A slice that took longer makes the next one smaller, so that the daemon's other work goes on. */
export const SLICE_MS_MAX = 20;
/** How long an agent that is there again waits until what its former life printed is shown: that it begins matters more. Milliseconds. */
export const LAST_WORDS_MS = 1_000;
/** One control sequence, shorter than which all known ones are; longer ones are left out. */
export const SEQUENCE_CHARACTERS_MAX = 256;
/** Numbers in one control sequence. */
export const SEQUENCE_NUMBERS_MAX = 32;
/** A number in a control sequence: colours go to 255, columns and rows to 500. */
export const SEQUENCE_NUMBER_MAX = 9_999;
/** A string to the terminal (a title, an image), which is left out in any case; after that it counts as over. */
export const STRING_CHARACTERS_MAX = KIB * KIB;
/** Answers to what a program asks of its terminal, bytes a second; some are asked at each start. */
export const ANSWER_BYTES_PER_SECOND_MAX = 4 * KIB;

/* Viewers */

/** Viewers of one terminal: a team looks on. */
export const VIEWERS_MAX = 16;
/** Bytes on their way to one viewer; whoever is further behind gets the screen as it then is. */
export const VIEWER_WAITING_BYTES_MAX = 256 * KIB;
/** Between two screens for a viewer that is behind, or while somebody drags a window's edge. */
export const SNAPSHOT_EVERY_MS = 200;

/* Input */

/** One piece of input. */
export const INPUT_BYTES_MAX = 16 * KIB;
/** Input of a terminal, bytes a second: faster than a person, and a long paste within seconds. */
export const INPUT_BYTES_PER_SECOND_MAX = 64 * KIB;
/** Pieces of input of a terminal a second: a key held down repeats thirty times. */
export const INPUT_PIECES_PER_SECOND_MAX = 200;
/** Bytes of input that a program has not read. */
export const INPUT_WAITING_BYTES_MAX = 64 * KIB;
/** A line that a person types to an agent: what a message holds. */
export const LINE_CHARACTERS_MAX = 16 * KIB;
/** Characters of an agent's unfinished line that are held back while a person types. */
export const HELD_CHARACTERS_MAX = 64 * KIB;
/** How long typed text may take to show before it counts as lost: programs draw within a tenth of that. */
export const TYPED_SHOWS_MS = 5_000;
/** The end of what was typed that is looked for on the screen: programs cut long lines at their beginning. */
export const TYPED_TAIL_CHARACTERS_MAX = 24;

/* Recordings */

/** One file of a recording. */
export const RECORDING_BYTES_MAX = 16 * KIB * KIB;
/** Files of one terminal's recording: the oldest goes. */
export const RECORDING_FILES_MAX = 4;
