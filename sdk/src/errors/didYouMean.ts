/** A word is taken for another if at most a third of it, and at least one letter, may differ. */
const LETTERS_PER_SLIP = 3;

/** Longer words are not compared: the work grows with the square of the length. */
const LENGTH_MAX = 64;

/**
 * The candidate that somebody who wrote `word` most likely meant.
 *
 * @returns undefined where none is near.
 *
 * @example
 * didYouMean("promt", ["name", "prompt"]); // "prompt"
 */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > LENGTH_MAX) return undefined;
  const slipsMax = Math.max(1, Math.floor(word.length / LETTERS_PER_SLIP));
  let best: string | undefined;
  let fewest = slipsMax + 1;
  for (const candidate of candidates) {
    if (candidate.length > LENGTH_MAX) continue;
    const slips = slipsBetween(word.toLowerCase(), candidate.toLowerCase());
    if (slips < fewest) {
      best = candidate;
      fewest = slips;
    }
  }
  return best;
}

/** How many letters must be added, dropped, changed or swapped with the next one (optimal string alignment). */
function slipsBetween(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const row = [i];
    for (let j = 1; j <= right.length; j++) {
      const changed = left[i - 1] === right[j - 1] ? 0 : 1;
      const steps = [at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + changed];
      const swapped = left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      if (i > 1 && j > 1 && swapped) steps.push(at(beforeLast, j - 2) + 1);
      row.push(Math.min(...steps));
    }
    beforeLast = last;
    last = row;
  }
  return at(last, right.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
