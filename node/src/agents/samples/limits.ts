/**
 * Every limit of the sample programs, with its unit in its name and its reason beside it. The README repeats them.
 */

/** Bytes of a prompt on stdin. A document of the largest size takes at most 4 MiB of UTF-8; the rest is small. */
export const PROMPT_BYTES_MAX = 6 * 1024 * 1024;

/** Parts of a prompt: 32 tasks at most can be depended on, and seven other names exist. */
export const PROMPT_PARTS_MAX = 64;

/** Bytes of a line that opens a part; longer ones are not fences. A task name is far shorter. */
export const FENCE_LINE_BYTES_MAX = 512;

/** UTF-16 code units of a document. What is larger is refused, never cut in silence. */
export const DOCUMENT_CHARS_MAX = 1024 * 1024;

/** One control character in so many makes a document "binary"; text has next to none. */
export const CONTROL_CHARS_ONE_IN = 100;

/** Bytes that an answer may have: the contracts keep an output of this size in the log. */
export const OUTPUT_BYTES_MAX = 8_192;

/** Bytes that the quotes in the reader's notes may take together; leaves room for headings, terms and marks. */
export const QUOTES_BYTES_MAX = 4_800;

/** Bytes of the writer's brief; leaves the critic room for its marks and its count. */
export const BRIEF_BYTES_MAX = 7_200;

/** Characters after which a "sentence" is cut at a comma or a space: text without full stops exists. */
export const SENTENCE_CHARS_MAX = 400;

/** Characters of a passage that may be quoted: longer ones are hard to read in a brief. */
export const PASSAGE_CHARS_MAX = 420;

/** Words of a sentence that may be quoted: shorter ones say too little alone. */
export const SENTENCE_WORDS_MIN = 6;

/** Words beyond which a sentence loses rank: it holds more than one thought. */
export const SENTENCE_WORDS_EASY_MAX = 38;

/**
 * Sentences in the graph. The matrix of similarities is dense: 1,200 of them make 1.44 million numbers, some 6 MB and a
 * fraction of a second. A longer document is cut into 1,200 equal stretches; each sends its best sentence.
 */
export const GRAPH_SENTENCES_MAX = 1_200;

/** Distinct words in the word graph, the most frequent ones: rarer words never become key phrases of a long text. */
export const GRAPH_WORDS_MAX = 1_500;

/** Words apart that still count as "together" in the word graph; Mihalcea and Tarau found small windows best. */
export const WORD_WINDOW = 3;

/** Weight of a walk along the graph against a jump to anywhere (the usual choice since PageRank). */
export const RANK_DAMPING = 0.85;

/** The power iteration stops when no score moved by more than this (the threshold of the TextRank paper). */
export const RANK_TOLERANCE = 0.0001;

/** … or after so many rounds. Text graphs converge in about 30. */
export const RANK_ROUNDS_MAX = 100;

/** Passages in a brief: at least, and at most. Between them it grows with the root of the number of sentences. */
export const PASSAGES_MIN = 3;
export const PASSAGES_MAX = 24;

/** Passages of the opening summary. */
export const SUMMARY_PASSAGES_MAX = 3;

/** Sections of the document that a brief quotes from; more would make it a table of contents. */
export const GROUPS_MAX = 16;

/** Parts into which a document without headings is divided. */
export const THEMES_MAX = 7;

/** Key phrases and names of the whole document, and terms of one section. */
export const KEY_PHRASES_MAX = 6;
export const NAMES_MAX = 5;
export const SECTION_TERMS_MAX = 3;

/** Characters of a title or heading; a longer one is cut with an ellipsis. */
export const HEADING_CHARS_MAX = 140;

/** Letters of a word that can be a key phrase; longer runs are data (Base64, hashes). */
export const WORD_CHARS_MAX = 40;

/** Characters of an error line on stderr. */
export const ERROR_LINE_CHARS_MAX = 400;

/** Share of a statement's words that have to stand together in the document before the critic calls it found. */
export const SUPPORT_SHARE_MIN = 0.75;

/** Neighbouring sentences that count as "together" for the critic. */
export const SUPPORT_WINDOW_SENTENCES = 2;

/** Statements that the critic checks: each may cost a search through the whole document. A good brief has under 200. */
export const STATEMENTS_MAX = 1_000;
