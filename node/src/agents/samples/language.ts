import { german } from "./language-de.ts";
import { english } from "./language-en.ts";
import { spanish } from "./language-es.ts";

/** The few words of its own that the writer puts around the quotes, in one language. */
export interface Frame {
  /** Heading of a brief; followed by the title of the document. */
  readonly brief: string;
  readonly untitled: string;
  /** Labels of the three counts. */
  readonly words: string;
  readonly sentences: string;
  readonly sections: string;
  readonly quotesNote: string;
  /** Stands before the key phrases. */
  readonly about: string;
  readonly and: string;
  readonly summary: string;
  /** Heading for what stands before the first heading of the document. */
  readonly opening: string;
  /** Stands before the names. */
  readonly named: string;
  /** Heading of a part that has neither heading nor terms; a number follows. */
  readonly part: string;
  /** Heading of the critic's account, its lead, and the labels of what was checked. */
  readonly check: string;
  readonly checked: string;
  readonly quotes: string;
  readonly terms: string;
  readonly headings: string;
  readonly figures: string;
  readonly statements: string;
  /** Label of the number of what was found. */
  readonly found: string;
  readonly checkNote: string;
  /** Stands before the sentence that comes closest to a quote that was not found. */
  readonly closest: string;
  /** Between the thousands of a number. */
  readonly thousands: string;
}

/** What the programs know of a language. All of it is general: nothing in it is made for a text. */
export interface Language {
  readonly code: string;
  /** Words that carry no subject: articles, pronouns, prepositions, auxiliaries, very common verbs and adverbs. */
  readonly stopWords: ReadonlySet<string>;
  /** Nouns and adjectives so general that they never say what a text is about. */
  readonly vagueWords: ReadonlySet<string>;
  /** Words before a noun: articles, possessives, prepositions. */
  readonly nounMarkers: ReadonlySet<string>;
  /** Auxiliary verbs in the third person: what stands before one is mostly a noun. */
  readonly auxiliaries: ReadonlySet<string>;
  /** First words of a sentence that leans on the one before it. */
  readonly leaningOpeners: ReadonlySet<string>;
  /** Pronouns that stand for something named earlier, often in another sentence. */
  readonly pronouns: ReadonlySet<string>;
  /** Words that point back when they come second ("In this", "With that"). */
  readonly demonstratives: ReadonlySet<string>;
  /** Abbreviations after which a sentence never ends. */
  readonly abbreviations: ReadonlySet<string>;
  /** Abbreviations after which a sentence ends unless a number follows. */
  readonly numberAbbreviations: ReadonlySet<string>;
  /** Whether a number with a full stop is an ordinal ("3. Oktober"). */
  readonly dottedOrdinals: boolean;
  /** Whether nouns are written with a capital. */
  readonly capitalNouns: boolean;
  /** Whether adjectives follow their noun ("luz blanca"). */
  readonly nounsFirst: boolean;
  /** Headings of sections that are apparatus: references, contents, licence. */
  readonly apparatus: ReadonlySet<string>;
  readonly stem: (word: string) => string;
  readonly frame: Frame;
}

const LANGUAGES: readonly Language[] = [english, german, spanish];

/** Share of known stop words below which a text is in none of the languages; in all three, running text has 40 %. */
const LANGUAGE_SHARE_MIN = 0.18;

/** Most frequent short words that are taken for stop words in a language that the programs do not know. */
const GUESSED_STOP_WORDS = 60;
const GUESSED_STOP_WORD_CHARS_MAX = 4;

/** A language that is not known: its shortest, most frequent words are its stop words, and the frame is English. */
function unknownLanguage(words: readonly string[]): Language {
  const counts = new Map<string, number>();
  for (const word of words) {
    if (word.length <= GUESSED_STOP_WORD_CHARS_MAX) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const ordered = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const stopWords = new Set(ordered.slice(0, GUESSED_STOP_WORDS).map(([word]) => word));
  const none: ReadonlySet<string> = new Set();
  return {
    code: "und",
    stopWords,
    vagueWords: none,
    nounMarkers: stopWords,
    auxiliaries: none,
    leaningOpeners: none,
    pronouns: none,
    demonstratives: none,
    abbreviations: english.abbreviations,
    numberAbbreviations: english.numberAbbreviations,
    dottedOrdinals: false,
    capitalNouns: false,
    nounsFirst: true,
    apparatus: english.apparatus,
    stem: (word) => word,
    frame: english.frame,
  };
}

/** The language with this code; the frame and rules of English for any other. */
export function languageByCode(code: string): Language {
  return LANGUAGES.find((language) => language.code === code) ?? english;
}

/**
 * Finds the language of a text by counting stop words.
 *
 * @param words its words in lower case, in order
 */
export function detectLanguage(words: readonly string[]): Language {
  let best: Language | undefined;
  let bestShare = 0;
  for (const language of LANGUAGES) {
    const hits = words.reduce((sum, word) => sum + (language.stopWords.has(word) ? 1 : 0), 0);
    const share = hits / Math.max(1, words.length);
    if (share > bestShare) [best, bestShare] = [language, share];
  }
  return best !== undefined && bestShare >= LANGUAGE_SHARE_MIN ? best : unknownLanguage(words);
}
