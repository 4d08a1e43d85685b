/** A word further away than this is another word, not a slip of the finger. Edits. */
const DISTANCE_MAX = 3;
/** Longer words are not compared: no key is so long, and the comparison is quadratic. Characters. */
const WORD_CHARS_MAX = 64;

/**
 * The word that somebody may have meant.
 *
 * @param word what was written
 * @param known what can be written
 * @returns the nearest of `known`, or undefined when none is near enough to be a slip
 *
 * @example
 * didYouMean("rpcUrl", ["rpcUrls", "chainId"]); // "rpcUrls"
 */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
  if (word.length > WORD_CHARS_MAX) return undefined;
  let nearest: string | undefined;
  // Of a short word not much may be wrong, or everything would be near it.
  let distance = Math.min(DISTANCE_MAX, Math.floor(word.length / 2)) + 1;
  for (const candidate of known) {
    if (candidate.length > WORD_CHARS_MAX) continue;
    const found = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (found < distance) {
      nearest = candidate;
      distance = found;
    }
  }
  return nearest;
}

/**
 * How many letters to insert, leave out, change or swap with their neighbour until one word is the other
 * (Damerau-Levenshtein, optimal string alignment).
 */
export function editDistance(a: string, b: string): number {
  let twoBack: number[] = [];
  let back = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        at(back, column) + 1,
        at(current, column - 1) + 1,
        at(back, column - 1) + (isSame ? 0 : 1),
        isSwapped && row > 1 && column > 1 ? at(twoBack, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    twoBack = back;
    back = current;
  }
  return at(back, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
