/** Filtered output that waits to be shown. In the pieces in which it came: to join and cut long strings would cost more memory than they have. */
export interface Slices {
  add(text: string): void;
  characters(): number;
  /**
   * The first characters of it, about so many, cut where no sequence is cut in two: every sequence begins with the escape
   * character, which stands nowhere else.
   */
  take(characters: number): string;
  clear(): void;
}

export function createSlices(): Slices {
  const pieces: string[] = [];
  let characters = 0;
  return {
    add(text) {
      if (text === "") return;
      pieces.push(text);
      characters += text.length;
    },
    characters: () => characters,
    take(most) {
      const taken: string[] = [];
      let count = 0;
      while (pieces.length > 0 && count + (pieces[0]?.length ?? 0) <= most) {
        const piece = pieces.shift() ?? "";
        taken.push(piece);
        count += piece.length;
      }
      const [first] = pieces;
      if (taken.length === 0 && first !== undefined) {
        const end = endOfSlice(first, most);
        taken.push(first.slice(0, end));
        pieces[0] = first.slice(end);
        count = end;
        if (pieces[0] === "") pieces.shift();
      }
      characters -= count;
      return taken.join("");
    },
    clear() {
      pieces.length = 0;
      characters = 0;
    },
  };
}

function endOfSlice(text: string, most: number): number {
  const at = text.lastIndexOf("\u001b", most);
  // One at the very beginning is far shorter than a slice.
  const end = at > 0 ? at : most;
  const code = text.charCodeAt(end);
  return code >= 0xdc00 && code <= 0xdfff ? end + 1 : end;
}
