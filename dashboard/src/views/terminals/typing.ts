import { INPUT_BYTES_PER_MS_MAX, INPUT_CHARACTERS_MAX, PASTE_CHARACTERS_MAX } from "./limits.ts";

/** Sends what is typed in pieces that the daemon takes, and no faster than it takes them. */
export function createTyping(send: (piece: string) => void) {
  let waiting = "";
  let timer: ReturnType<typeof setTimeout> | undefined;

  function sendNext(): void {
    timer = undefined;
    if (waiting === "") return;
    const piece = pieceOf(waiting);
    waiting = waiting.slice(piece.length);
    send(piece);
    // Keys come as they are pressed; only a paste is long enough to wait.
    timer = setTimeout(sendNext, new TextEncoder().encode(piece).length / INPUT_BYTES_PER_MS_MAX);
  }

  return {
    type(text: string): void {
      waiting += text;
      if (timer === undefined) sendNext();
    },
    /** What was not sent yet is not sent any more. */
    stop(): void {
      waiting = "";
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

/** The first piece of a text; a character of two units is not cut. */
function pieceOf(text: string): string {
  if (text.length <= INPUT_CHARACTERS_MAX) return text;
  const last = text.charCodeAt(INPUT_CHARACTERS_MAX - 1);
  return text.slice(0, INPUT_CHARACTERS_MAX - (last >= 0xd800 && last <= 0xdbff ? 1 : 0));
}

/** Signs that would be keys, not text: of a paste only text, tabs and line ends are taken. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const KEYS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/** What may be pasted of a text, with how many lines it has; `isCut` where there was more. */
export function pasteOf(text: string) {
  const clean = text.replace(/\r\n?/g, "\n").replace(KEYS, "");
  const taken = clean.slice(0, PASTE_CHARACTERS_MAX);
  return { text: taken, lines: taken.split("\n").length, isCut: taken.length < clean.length };
}
