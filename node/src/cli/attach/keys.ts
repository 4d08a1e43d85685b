/** Ctrl-]: what leaves. */
export const LEAVE_KEY = "\u001d";
/** Characters sent at once: at most three bytes each, and so below what a terminal takes. */
export const PIECE_CHARACTERS_MAX = 4_096;

/** Keys up to the one that leaves, in pieces; and whether it was among them. */
export function readKeys(keys: string): { readonly pieces: readonly string[]; readonly leaves: boolean } {
  const end = keys.indexOf(LEAVE_KEY);
  const typed = end < 0 ? keys : keys.slice(0, end);
  const pieces: string[] = [];
  for (let at = 0; at < typed.length; ) {
    let next = Math.min(at + PIECE_CHARACTERS_MAX, typed.length);
    // A character beyond the basic plane is two units.
    const code = typed.charCodeAt(next - 1);
    if (next < typed.length && code >= 0xd800 && code <= 0xdbff) next -= 1;
    pieces.push(typed.slice(at, next));
    at = next;
  }
  return { pieces, leaves: end >= 0 };
}
