import type { TerminalSize } from "../guardedProcess.ts";
import { createCellWidths } from "./cellWidths.ts";
import { HeadlessTerminal, SerializeAddon } from "./xterm.mjs";

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
  dispose(): void;
}

/** What the snapshots of the terminal leave out. */
interface Extras {
  cursorHidden: boolean;
  mouseInText: boolean;
  cursorStyle: string;
  /** Of the ordinary screen and the other one. */
  region: Record<"normal" | "alternate", string>;
}

const noExtras = (): Extras => ({
  cursorHidden: false,
  mouseInText: false,
  cursorStyle: "",
  region: { normal: "", alternate: "" },
});

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
  const serializer = new SerializeAddon();
  terminal.loadAddon(serializer);
  terminal.unicode.register(createCellWidths());
  terminal.unicode.activeVersion = "pleiad";
  terminal.onData(onAnswer);
  const extras = trackExtras(terminal);
  const buffer = () => terminal.buffer.active;

  return {
    size: () => ({ columns: terminal.cols, rows: terminal.rows }),
    write: (text) => new Promise((resolve) => terminal.write(text, resolve)),
    resize({ columns, rows }) {
      terminal.resize(columns, rows);
      extras.region = { normal: "", alternate: "" };
    },
    snapshot() {
      const { cursorHidden, mouseInText, cursorStyle, region } = extras;
      const rows = region[buffer().type];
      return [
        // Whatever state the other terminal is in.
        "\u001bc",
        serializer.serialize(),
        // Setting the region moves the cursor, and an origin mode would measure from it.
        rows === "" ? "" : `\u001b7\u001b[${rows}r\u001b8`,
        cursorHidden ? "\u001b[?25l" : "",
        mouseInText ? "\u001b[?1006h" : "",
        cursorStyle === "" ? "" : `\u001b[${cursorStyle} q`,
      ].join("");
    },
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
    dispose: () => terminal.dispose(),
  };
}

/** Hears of each sequence as it is shown, and leaves the showing to the terminal. */
function trackExtras(terminal: HeadlessTerminal): Extras {
  const extras = noExtras();
  const reset = () => {
    Object.assign(extras, noExtras());
    return false;
  };
  const mode = (isSet: boolean) => (numbers: readonly (number | number[])[]) => {
    if (numbers.includes(25)) extras.cursorHidden = !isSet;
    if (numbers.includes(1006)) extras.mouseInText = isSet;
    return false;
  };
  terminal.parser.registerCsiHandler({ prefix: "?", final: "h" }, mode(true));
  terminal.parser.registerCsiHandler({ prefix: "?", final: "l" }, mode(false));
  terminal.parser.registerCsiHandler({ final: "r" }, ([top, bottom]) => {
    extras.region[terminal.buffer.active.type] = `${Number(top) || 1};${Number(bottom) || terminal.rows}`;
    return false;
  });
  terminal.parser.registerCsiHandler({ intermediates: " ", final: "q" }, ([style]) => {
    extras.cursorStyle = String(style ?? 0);
    return false;
  });
  terminal.parser.registerCsiHandler({ intermediates: "!", final: "p" }, reset);
  terminal.parser.registerEscHandler({ final: "c" }, reset);
  return extras;
}
