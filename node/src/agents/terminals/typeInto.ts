import { AgentError } from "../errors.ts";
import { INPUT_BYTES_MAX, TYPED_SHOWS_MS, TYPED_TAIL_CHARACTERS_MAX } from "./limits.ts";
import type { Terminal } from "./terminal.ts";
import { CONTROLS } from "./words.ts";

export interface Typing {
  /** Whether the program waits for an answer to a question of its own; asked before each thing that is typed. */
  readonly isInDialog: () => boolean;
  /** @default TYPED_SHOWS_MS */
  readonly showsMs?: number;
}

/** What programs show in place of a long text. */
const COLLAPSED = /\[Pasted [^\]\n]*\]/g;
const PASTE_BEGINS = "\u001b[200~";
const PASTE_ENDS = "\u001b[201~";

/**
 * Gives a program in a terminal a text and, once that shows, Enter. In one piece Enter would become part of what is pasted, and a
 * long text would stay unsent.
 *
 * @throws AgentError TERMINAL_IN_DIALOG: nothing was typed, or a dialog came before Enter; TERMINAL_TYPING_UNSEEN: the text does not
 *   show, Enter was not sent; TERMINAL_TYPING_REFUSED; those of `Terminal.type`
 */
export async function typeInto(terminal: Terminal, text: string, typing: Typing): Promise<void> {
  const { isInDialog, showsMs = TYPED_SHOWS_MS } = typing;
  const typed = text.replaceAll("\r\n", "\n").trim();
  const marksPaste = terminal.marksPaste();
  requireTypeable(typed, marksPaste);
  requireNoDialog();
  const before = shownOn(terminal, typed);
  terminal.type(marksPaste ? PASTE_BEGINS + typed + PASTE_ENDS : typed);
  if (!(await comesToShow())) {
    throw new AgentError(
      "TERMINAL_TYPING_UNSEEN",
      `${terminal.name} does not show what was typed within ${showsMs} ms`,
    );
  }
  requireNoDialog();
  terminal.type("\r");

  function requireNoDialog(): void {
    if (isInDialog())
      throw new AgentError("TERMINAL_IN_DIALOG", `${terminal.name} waits for an answer to a question`);
  }

  async function comesToShow(): Promise<boolean> {
    const late = Promise.withResolvers<"late">();
    const timer = setTimeout(() => late.resolve("late"), showsMs);
    try {
      for (;;) {
        const change = terminal.changed();
        if (shownOn(terminal, typed) > before) return true;
        if (terminal.end() !== undefined) return false;
        if ((await Promise.race([change, late.promise])) === "late") return false;
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

function requireTypeable(typed: string, marksPaste: boolean): void {
  const details = { bytes: Buffer.byteLength(typed), bytesMax: INPUT_BYTES_MAX };
  if (details.bytes + PASTE_BEGINS.length + PASTE_ENDS.length > INPUT_BYTES_MAX)
    throw new AgentError("TERMINAL_INPUT_TOO_LARGE", `${details.bytes} bytes are to be typed`, { details });
  const refuse = (why: string) =>
    new AgentError("TERMINAL_TYPING_REFUSED", `the text cannot be typed: ${why}`);
  if (typed === "") throw refuse("it is empty");
  // An escape would end what is pasted, and what follows would be keys.
  if (typed.search(CONTROLS) >= 0) throw refuse("it holds control characters");
  if (typed.includes("\n") && !marksPaste)
    throw refuse("it has several lines, and the program does not tell them from Enter");
}

/** How often the end of a text, or what stands for it, is on the screen; programs break and frame lines as they like. */
function shownOn(terminal: Terminal, typed: string): number {
  const { lines } = terminal.text("screen");
  const tail = bare(typed).slice(-TYPED_TAIL_CHARACTERS_MAX);
  return bare(lines.join("")).split(tail).length + (lines.join("\n").match(COLLAPSED) ?? []).length;
}

/** Without spaces, and without what frames are made of. */
function bare(text: string): string {
  return text.replace(/[\s│┃║|]/g, "");
}
