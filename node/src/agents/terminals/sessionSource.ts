import { AgentError } from "../errors.ts";
import type { TerminalSize } from "../guardedProcess.ts";
import type { AgentEvent, SessionEnd } from "../session.ts";
import { HELD_CHARACTERS_MAX } from "./limits.ts";
import { createLineEditor } from "./lineEditor.ts";
import type { TerminalEnd, TerminalSource } from "./source.ts";
import { plainLine, plainWords } from "./words.ts";

/** A session of a driver as what a terminal shows. */
export interface SessionSource extends TerminalSource {
  /** To be given to the session as its `onEvent`. */
  onEvent(event: AgentEvent): void;
  /** Says that the session is over. */
  finish(end: SessionEnd): void;
}

export interface SessionSourceOptions {
  /**
   * A person typed a line and Enter: it goes to the agent's inbox, whatever the agent is doing, and never into a dialog. What it
   * rejects with is shown.
   */
  readonly onLine: (line: string) => Promise<void>;
}

const DIM = "\u001b[2m";
const RED = "\u001b[31m";
const CYAN = "\u001b[36m";
const PLAIN = "\u001b[0m";
/** Clears the line that the cursor is on. */
const CLEAR_LINE = "\r\u001b[2K";
/** Asks to be told what is pasted, so that a pasted line end is no Enter. */
const MARK_PASTE = "\u001b[?2004h";

/**
 * Shows what an agent says and does as text, with the line that a person types below it. While somebody types, what the agent
 * says appears above that line, line by line. A session cannot be held up by a terminal: its events are bounded by its driver.
 */
export function sessionSource({ onLine }: SessionSourceOptions): SessionSource {
  const editor = createLineEditor();
  const ended = Promise.withResolvers<TerminalEnd>();
  let print: (bytes: Uint8Array) => void = () => {};
  let columns = 80;
  let isOver = false;
  /** Whether the cursor stands at the beginning of a line, the draft's aside. */
  let atStart = true;
  let hasDraft = false;
  /** The beginning of a line that is not yet shown, as a draft stands where it would. */
  let held = "";

  return {
    kind: "session",
    begin(to, size) {
      print = (bytes) => to(bytes);
      columns = size.columns;
      write(MARK_PASTE);
    },
    pause() {},
    resume() {},
    answer() {},
    resize(size: TerminalSize) {
      columns = size.columns;
      if (hasDraft) write(CLEAR_LINE + draftLine());
    },
    type(keys) {
      if (isOver) throw new AgentError("TERMINAL_ENDED", "the session has ended");
      const lines = editor.type(keys);
      if (hasDraft) write(CLEAR_LINE);
      hasDraft = false;
      for (const line of lines) hand(line);
      if (editor.draft() === "") {
        release();
        return;
      }
      if (!atStart) write("\r\n");
      atStart = true;
      hasDraft = true;
      write(draftLine());
    },
    onEvent(event) {
      if (isOver) return;
      if (event.kind === "text") say(plainWords(event.text));
      else line(wordsFor(event));
    },
    finish({ why, error }) {
      if (isOver) return;
      if (hasDraft) write(CLEAR_LINE);
      hasDraft = false;
      release();
      const reason = error === undefined ? "" : `: ${plainWords(error.message)} (${error.code})`;
      line(`${DIM}session ${why}${reason}${PLAIN}`);
      isOver = true;
      ended.resolve({ why, exitCode: null });
    },
    ended: ended.promise,
  };

  function hand(text: string): void {
    line(`${CYAN}you: ${plainWords(text)}${PLAIN}`);
    onLine(text).catch((error: Error) => {
      const code = "code" in error ? ` (${String(error.code)})` : "";
      line(`${RED}not sent: ${plainWords(error.message)}${code}${PLAIN}`);
    });
  }

  /** Text as it comes, which may begin and end anywhere in a line. */
  function say(text: string): void {
    if (!hasDraft) {
      put(text);
      return;
    }
    held += text;
    const end = held.length > HELD_CHARACTERS_MAX ? held.length : held.lastIndexOf("\n") + 1;
    if (end === 0) return;
    const lines = held.slice(0, end);
    held = held.slice(end);
    above(lines.endsWith("\n") ? lines : `${lines}\n`);
  }

  /** A line of its own. */
  function line(text: string): void {
    if (hasDraft) {
      const before = held === "" ? "" : `${held}\n`;
      held = "";
      above(`${before}${text}\n`);
    } else put(`${atStart ? "" : "\n"}${text}\n`);
  }

  function above(lines: string): void {
    write(CLEAR_LINE + lines.replaceAll("\n", "\r\n") + draftLine());
  }

  function put(text: string): void {
    if (text === "") return;
    write(text.replaceAll("\n", "\r\n"));
    atStart = text.endsWith("\n");
  }

  function release(): void {
    const text = held;
    held = "";
    put(text);
  }

  /** As much of its end as fits one line. */
  function draftLine(): string {
    const shown = [...plainWords(editor.draft()).replaceAll("\n", "⏎").replaceAll("\t", " ")];
    // Half as many where each may take two cells.
    const room = Math.max(1, Math.floor((columns - 4) / 2));
    const tail = shown.length > columns - 4 ? `…${shown.slice(-room).join("")}` : shown.join("");
    return `${CYAN}> ${tail}${PLAIN}`;
  }

  function write(text: string): void {
    print(Buffer.from(text));
  }
}

function wordsFor(event: Exclude<AgentEvent, { readonly kind: "text" }>): string {
  if (event.kind === "thought") return `${DIM}${plainWords(event.text)}${PLAIN}`;
  if (event.kind === "notice") return `${DIM}· ${plainWords(event.text)}${PLAIN}`;
  if (event.kind === "permission") {
    const color = event.outcome === "allowed" ? CYAN : RED;
    return `${color}? ${plainLine(event.title)}${PLAIN} ${DIM}${event.outcome}${PLAIN}`;
  }
  const mark = { begun: "▸", done: "✓", failed: "✗" }[event.state];
  const color = event.state === "failed" ? RED : CYAN;
  return `${color}${mark} ${plainLine(event.name)}${PLAIN} ${DIM}${plainLine(event.summary)}${PLAIN}`;
}
