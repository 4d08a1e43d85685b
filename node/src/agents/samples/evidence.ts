import { readDocument, type Sentence, type TextDocument } from "./document.ts";
import { stripInline } from "./inline.ts";
import { type Frame, type Language, languageByCode } from "./language.ts";
import { SUPPORT_SHARE_MIN, SUPPORT_WINDOW_SENTENCES } from "./limits.ts";
import { contentStems, isCapitalized, type Token, tokenize } from "./words.ts";

const WORD_CHARACTER = /[\p{L}\p{N}]/u;
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
const ELLIPSIS = /\s*[[(]?(?:…|\.{3,6})[\])]?\s*/;

/** Words compared without case, layout and typography: quotes, dashes and spaces have one form. */
function fold(text: string): string {
  return text
    .normalize("NFC")
    .toLowerCase()
    .replace(/[“”„«»"]/g, '"')
    .replace(/[‘’‚`´]/g, "'")
    .replace(/[‐‑‒–—−]/g, "-")
    .replace(/\s+/g, " ")
    .trim();
}

/** The words of the frame: talk about the document, no claim about its subject. */
function frameWords(frames: readonly Frame[]): ReadonlySet<string> {
  return new Set(
    frames.flatMap((frame) =>
      Object.values(frame)
        .flatMap((text) => tokenize(String(text)))
        .map((token) => token.lower),
    ),
  );
}

/** What the critic looks things up in: one document, and what can be said to stand in it. */
export class Evidence {
  readonly document: TextDocument;
  readonly #language: Language;
  readonly #haystacks: readonly string[];
  readonly #frameWords: ReadonlySet<string>;
  readonly #holders = new Map<string, number[]>();
  readonly #sentenceStems: readonly ReadonlySet<string>[];

  /** @param text the clean text of the document, see `decodeDocument` */
  constructor(text: string) {
    this.document = readDocument(text);
    this.#language = this.document.language;
    // The second one holds what the first leaves out: tables, code, link addresses.
    const raw = text.split("\n").map((line) => stripInline(line.replace(/^[\s>#*+|-]+/, "")));
    this.#haystacks = [fold(this.document.lines.join("\n")), fold(raw.join("\n"))];
    this.#frameWords = frameWords([languageByCode("en").frame, this.#language.frame]);
    this.#sentenceStems = this.document.sentences.map((sentence) => this.#stems(sentence.tokens));
    this.#sentenceStems.forEach((stems, index) => {
      for (const stem of stems) {
        const holders = this.#holders.get(stem) ?? [];
        holders.push(index);
        this.#holders.set(stem, holders);
      }
    });
  }

  #stems(tokens: readonly Token[]): Set<string> {
    return contentStems(tokens, this.#language);
  }

  /** Whether words stand in the document, next to each other and in this order, from one position on. */
  #positionOf(needle: string, haystack: string, from: number): number {
    let at = haystack.indexOf(needle, from);
    while (at !== -1) {
      const before = haystack[at - 1] ?? " ";
      const behind = haystack[at + needle.length] ?? " ";
      const first = needle[0] ?? " ";
      const last = needle[needle.length - 1] ?? " ";
      const startsWord = !WORD_CHARACTER.test(first) || !WORD_CHARACTER.test(before) || UNSPACED.test(first);
      const endsWord = !WORD_CHARACTER.test(last) || !WORD_CHARACTER.test(behind) || UNSPACED.test(last);
      if (startsWord && endsWord) return at;
      at = haystack.indexOf(needle, at + 1);
    }
    return -1;
  }

  /** Whether a quote stands in the document word for word; around an ellipsis, its pieces in their order. */
  hasQuote(quote: string): boolean {
    const trimEnd = (text: string): string => text.replace(/[\s.,;:!?]+$/, "");
    const whole = trimEnd(fold(quote));
    const pieces = fold(quote)
      .split(ELLIPSIS)
      .map(trimEnd)
      .filter((piece) => WORD_CHARACTER.test(piece));
    if (pieces.length === 0) return false;
    return this.#haystacks.some((haystack) => {
      if (this.#positionOf(whole, haystack, 0) !== -1) return true;
      let from = 0;
      return pieces.every((piece) => {
        const at = this.#positionOf(piece, haystack, from);
        from = at + piece.length;
        return at !== -1;
      });
    });
  }

  /** Whether a heading or term stands in the document: word for word, or every one of its words somewhere. */
  hasTerm(term: string): boolean {
    if (this.hasQuote(term)) return true;
    const stems = [...this.claimStems(term)];
    return stems.length > 0 && stems.every((stem) => this.#holders.has(stem));
  }

  /** The words of a text that say something about the subject: no stop words, no words of the frame. */
  claimStems(text: string): ReadonlySet<string> {
    return this.#stems(tokenize(text).filter((token) => !this.#frameWords.has(token.lower)));
  }

  /** Figures, and names in mid-sentence: a statement must find all of them. */
  #musts(text: string): ReadonlySet<string> {
    const tokens = tokenize(text).filter((token, index) => {
      if (/^\p{N}/u.test(token.lower)) return true;
      return (
        index > 0 &&
        isCapitalized(token.text) &&
        !this.#language.capitalNouns &&
        !this.#frameWords.has(token.lower)
      );
    });
    return this.#stems(tokens);
  }

  /** How many of these stems stand in the window that starts at each sentence. */
  #countByWindow(stems: ReadonlySet<string>): Map<number, number> {
    const counts = new Map<number, number>();
    for (const stem of stems) {
      const windows = new Set<number>();
      for (const index of this.#holders.get(stem) ?? []) {
        for (let back = 0; back < SUPPORT_WINDOW_SENTENCES; back += 1) windows.add(Math.max(0, index - back));
      }
      for (const window of windows) counts.set(window, (counts.get(window) ?? 0) + 1);
    }
    return counts;
  }

  /**
   * Whether most words of a statement, and all of its figures and names, stand together in neighbouring sentences. It
   * finds words, not meaning: a statement that turns a sentence of the document round is found too.
   */
  supports(statement: string): boolean {
    if (this.hasQuote(statement)) return true;
    const stems = this.claimStems(statement);
    const musts = this.#musts(statement);
    const mustCounts = this.#countByWindow(musts);
    for (const [window, count] of this.#countByWindow(stems)) {
      if (count < stems.size * SUPPORT_SHARE_MIN) continue;
      if (musts.size === 0 || (mustCounts.get(window) ?? 0) === musts.size) return true;
    }
    return false;
  }

  /** The sentence that shares most words with a text, if that is half of them or more. */
  closest(text: string): Sentence | undefined {
    const stems = this.claimStems(text);
    const counts = new Map<number, number>();
    for (const stem of stems) {
      for (const index of this.#holders.get(stem) ?? []) counts.set(index, (counts.get(index) ?? 0) + 1);
    }
    const [best] = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    return best !== undefined && best[1] * 2 >= stems.size ? this.document.sentences[best[0]] : undefined;
  }
}
