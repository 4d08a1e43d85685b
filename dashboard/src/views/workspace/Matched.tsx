import { cleanText } from "../../text/clean.ts";

/** Letters of a word that two words have to share at their beginning to be one in other forms: `builds`, `building`. */
const STEM_CHARACTERS = 4;

/** A memory that was found, with the words that were asked for, and how well it fits. */
export function Matched({
  text,
  asked,
  score,
}: {
  readonly text: string;
  readonly asked: string;
  readonly score: number;
}) {
  const stems = wordsOf(asked).map(stemOf);
  const parts = cleanText(text).split(/([\p{L}\p{N}]+)/u);
  const found = new Set<string>();
  const shown = parts.map((part, at) => {
    const stem = stemOf(part.toLowerCase());
    if (at % 2 === 0 || !stems.includes(stem)) return part;
    found.add(part.toLowerCase());
    // biome-ignore lint/suspicious/noArrayIndexKey: a part has no other name.
    return <mark key={at}>{part}</mark>;
  });
  return (
    <>
      <pre className="ws-text" dir="auto">
        {shown}
      </pre>
      <p className="muted ws-hint">
        {found.size > 0 ? `Has ${[...found].slice(0, 6).join(", ")}` : "Close in meaning, in other words"} ·
        score {score.toPrecision(3)}
      </p>
    </>
  );
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

function stemOf(word: string): string {
  return word.length <= STEM_CHARACTERS ? word : word.slice(0, Math.max(STEM_CHARACTERS, word.length - 3));
}
