import { choosePassages } from "./choose.ts";
import { decodeDocument } from "./decode.ts";
import { readDocument, type TextDocument } from "./document.ts";
import { SampleFailure } from "./failure.ts";
import type { Notes, NotesGroup, Quote } from "./notes.ts";
import type { Passage } from "./passages.ts";
import { findPhrases, type Phrases } from "./phrases.ts";
import { rankSentences } from "./sentence-graph.ts";
import { divideIntoThemes } from "./themes.ts";

function toQuote({ first, last, text }: Passage): Quote {
  return { first, last, text };
}

function groupPassages(
  document: TextDocument,
  passages: readonly Passage[],
  phrases: Phrases,
  kind: NotesGroup["kind"],
): NotesGroup[] {
  const quotesOf = new Map<number, Quote[]>();
  for (const passage of passages) {
    const quotes = quotesOf.get(passage.section) ?? [];
    quotes.push(toQuote(passage));
    quotesOf.set(passage.section, quotes);
  }
  return [...quotesOf].map(([section, quotes]) => ({
    kind,
    number: kind === "theme" ? section + 1 : section,
    heading: document.sections[section]?.heading ?? "",
    terms: phrases.termsOf(section),
    quotes,
  }));
}

/**
 * Reads a document and chooses what a brief should hold of it.
 *
 * @param bytes the document: plain text or Markdown in UTF-8
 * @throws SampleFailure DOCUMENT_EMPTY, DOCUMENT_BINARY, DOCUMENT_NOT_UTF8, DOCUMENT_TOO_LARGE,
 * DOCUMENT_WITHOUT_SENTENCES
 */
export function takeNotes(bytes: Uint8Array): Notes {
  const whole = readDocument(decodeDocument(bytes));
  const hasSections = whole.sections.length > 1;
  const document = hasSections ? whole : divideIntoThemes(whole);
  const choice = choosePassages(document, rankSentences(document));
  if (choice.summary.length === 0) {
    throw new SampleFailure(
      "DOCUMENT_WITHOUT_SENTENCES",
      `the document has ${whole.wordCount} words and no complete sentence that can be quoted`,
      "give running text",
    );
  }
  const phrases = findPhrases(document);
  return {
    title: whole.title,
    language: whole.language.code,
    words: whole.wordCount,
    sentences: whole.sentences.length,
    sections: whole.sections.length - 1,
    keyPhrases: phrases.keyPhrases,
    names: phrases.names,
    summary: choice.summary.map(toQuote),
    groups: groupPassages(document, choice.passages, phrases, hasSections ? "section" : "theme"),
  };
}
