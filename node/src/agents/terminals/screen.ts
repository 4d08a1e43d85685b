import type { TerminalSize } from "../guardedProcess.ts";
import { createCellWidths } from "./cellWidths.ts";
import { type PaintWindow, paintRows } from "./paint.ts";
import { snapshotOf } from "./snapshot.ts";
import { trackModes } from "./trackModes.ts";
import { HeadlessTerminal } from "./xterm.mjs";

/** A terminal without a window: keeps what would be seen. Only filtered output is written to it. */
export interface Screen {
  size(): TerminalSize;
  /** Settles once it is shown. One at a time, so that the screen is never in the middle of something. */
  write(text: string): Promise<void>;
  resize(size: TerminalSize): void;
  /** Text that brings another terminal of the same size to the same state. */
  snapshot(): string;
  /** What stands there, a string for each line, without colours. */
  lines(part: "screen" | "all"): readonly string[];
  /** From the screen's first line and column on, 0 each. */
  cursor(): { readonly column: number; readonly row: number };
  /** Whether what is pasted is to be marked as such. */
  marksPaste(): boolean;
  /** What the program asked of the keyboard, the mouse and the cursor. */
  modes(): ScreenModes;
  /** Rows of the screen from `first` on, with colours, `columns` wide from `left` on. */
  painted(window: PaintWindow): readonly string[];
  dispose(): void;
}

export interface ScreenModes {
  readonly cursorKeys: boolean;
  readonly marksPaste: boolean;
  readonly mouse: "none" | "x10" | "vt200" | "drag" | "any";
  readonly mouseInText: boolean;
  readonly focus: boolean;
  readonly cursorHidden: boolean;
}

/**
 * @param onAnswer Is given what the terminal answers when it is asked something.
 */
export function createScreen(
  options: { readonly size: TerminalSize; readonly scrollbackLines: number },
  onAnswer: (answer: string) => void = () => {},
): Screen {
  const { size, scrollbackLines } = options;
  const terminal = new HeadlessTerminal({
    cols: size.columns,
    rows: size.rows,
    scrollback: scrollbackLines,
    allowProposedApi: true,
    logLevel: "off",
  });
  terminal.unicode.register(createCellWidths());
  terminal.unicode.activeVersion = "pleiad";
  terminal.onData(onAnswer);
  const tracked = trackModes(terminal);
  // Asked for once, so that it may still be read when all else of the terminal is gone.
  const buffers = terminal.buffer;
  const buffer = () => buffers.active;

  return {
    size: () => ({ columns: terminal.cols, rows: terminal.rows }),
    write: (text) => new Promise((resolve) => terminal.write(text, resolve)),
    resize({ columns, rows }) {
      terminal.resize(columns, rows);
      tracked.region = { normal: undefined, alternate: undefined };
    },
    snapshot: () => snapshotOf(terminal, tracked),
    lines(part) {
      const { baseY, length } = buffer();
      const first = part === "screen" ? baseY : 0;
      return Array.from({ length: Math.min(length, baseY + terminal.rows) - first }, (_, index) =>
        (
          buffer()
            .getLine(first + index)
            ?.translateToString(true) ?? ""
        ).replace(/\s+$/, ""),
      );
    },
    cursor: () => ({ column: buffer().cursorX, row: buffer().cursorY }),
    marksPaste: () => terminal.modes.bracketedPasteMode,
    modes() {
      const { applicationCursorKeysMode, bracketedPasteMode, mouseTrackingMode, sendFocusMode } =
        terminal.modes;
      return {
        cursorKeys: applicationCursorKeysMode,
        marksPaste: bracketedPasteMode,
        mouse: mouseTrackingMode,
        mouseInText: tracked.mouseInText,
        focus: sendFocusMode,
        cursorHidden: tracked.cursorHidden,
      };
    },
    painted: (window) => paintRows(buffer(), window),
    dispose: () => terminal.dispose(),
  };
}
