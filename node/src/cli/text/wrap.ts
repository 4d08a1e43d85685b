import { displayWidth } from "./displayWidth.ts";

/** A space at which a line may end: not between a number and its unit. */
const BREAK = / (?!(?:s|min|h|ether|gwei|wei|gas|UTC|KiB|MiB|GiB)(?:\W|$)|%)/;

/**
 * Breaks a text into lines of at most `width` columns, at spaces; a longer word has a line of its own. Line ends of the
 * text stay. Colours must not span spaces.
 */
export function wrapped(text: string, width: number): string[] {
  return text.split("\n").flatMap((line) => wrappedLine(line, width));
}

function wrappedLine(line: string, width: number): string[] {
  if (displayWidth(line) <= width) return [line];
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(BREAK)) {
    const longer = current === "" ? word : `${current} ${word}`;
    if (current !== "" && displayWidth(longer) > width) {
      lines.push(current);
      current = word;
    } else {
      current = longer;
    }
  }
  return [...lines, current];
}

/** Wraps a text whose first line begins with `first` and whose others are set in as far. */
export function hanging(first: string, text: string, width: number): string {
  const indent = " ".repeat(displayWidth(first));
  const lines = wrapped(text, Math.max(width - displayWidth(first), WRAP_COLUMNS_MIN));
  return lines.map((line, index) => `${index === 0 ? first : indent}${line}`.trimEnd()).join("\n");
}

/** Narrower than this nobody reads. Columns. */
const WRAP_COLUMNS_MIN = 20;
