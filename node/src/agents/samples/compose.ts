import { type Frame, languageByCode } from "./language.ts";
import { BRIEF_BYTES_MAX } from "./limits.ts";
import { formatPlace, type Notes, type NotesGroup, type Quote } from "./notes.ts";

/** Between the counts; the critic takes a line apart by it. */
export const COUNT_SEPARATOR = " · ";

/** Key phrases that make a title. */
const TITLE_PHRASES = 3;

function capitalize(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** A number with its thousands apart, the way the language writes it. */
export function groupDigits(value: number, frame: Frame): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, frame.thousands);
}

/** "**a**, **b** and **c**". */
function enumerate(items: readonly string[], frame: Frame): string {
  const strong = items.map((item) => `**${item}**`);
  const last = strong.pop() ?? "";
  return strong.length === 0 ? last : `${strong.join(", ")} ${frame.and} ${last}`;
}

/** A title for a document that has none: its first key phrases. */
function subjectOf(notes: Notes, frame: Frame): string {
  const subject = notes.keyPhrases.slice(0, TITLE_PHRASES).join(", ");
  return subject === "" ? frame.untitled : capitalize(subject);
}

function introduce(notes: Notes, frame: Frame): string[] {
  const about =
    notes.keyPhrases.length === 0 ? [] : [`${frame.about} ${enumerate(notes.keyPhrases, frame)}.`];
  const named = notes.names.length === 0 ? [] : [`${frame.named} ${enumerate(notes.names, frame)}.`];
  const size = [
    `${frame.words}: ${groupDigits(notes.words, frame)}`,
    `${frame.sentences}: ${groupDigits(notes.sentences, frame)}`,
    ...(notes.sections > 0 ? [`${frame.sections}: ${groupDigits(notes.sections, frame)}`] : []),
  ];
  const intro = [...about, ...named].join(" ");
  return [...(intro === "" ? [] : [intro]), `*${size.join(COUNT_SEPARATOR)}*`, `*${frame.quotesNote}*`];
}

function formatQuotes(quotes: readonly Quote[]): string[] {
  return quotes.map((quote) => `> ${quote.text} ${formatPlace(quote)}`);
}

function headingOf(group: NotesGroup, frame: Frame): string {
  if (group.heading !== "") return group.heading;
  if (group.kind === "section") return frame.opening;
  const named = group.terms.join(", ");
  return named === "" ? `${frame.part} ${group.number}` : capitalize(named);
}

function formatGroup(group: NotesGroup, frame: Frame): string[] {
  return [`## ${headingOf(group, frame)}`, ...formatQuotes(group.quotes)];
}

/** The paragraphs of a brief, with blank lines between them. */
function joinParagraphs(paragraphs: readonly string[]): string {
  return `${paragraphs.join("\n\n")}\n`;
}

/**
 * Composes a brief in Markdown: a short introduction made of the key phrases, a summary, and the quotes of each section
 * under its heading. Everything but the few words of the frame is the document's own.
 *
 * @param notes the reader's notes
 * @returns at most `BRIEF_BYTES_MAX` bytes; groups that do not fit are left out from the end
 */
export function composeBrief(notes: Notes): string {
  const { frame } = languageByCode(notes.language);
  const paragraphs = [
    `# ${frame.brief}: ${notes.title ?? subjectOf(notes, frame)}`,
    ...introduce(notes, frame),
    `## ${frame.summary}`,
    ...formatQuotes(notes.summary),
  ];
  for (const group of notes.groups) {
    const more = formatGroup(group, frame);
    if (Buffer.byteLength(joinParagraphs([...paragraphs, ...more])) > BRIEF_BYTES_MAX) break;
    paragraphs.push(...more);
  }
  return joinParagraphs(paragraphs);
}
