import type { IBuffer, Terminal } from "@xterm/headless";
import { paintLine } from "./paint.ts";
import type { TrackedModes } from "./trackModes.ts";

const ESC = "\u001b";
const MOUSE = { none: "", x10: "9", vt200: "1000", drag: "1002", any: "1003" } as const;

/**
 * Text that brings another terminal of the same size, in whatever state, to the state of this one: lines, cursor, colours, modes. Not
 * with it go a cursor that the program saved, and its tab stops.
 */
export function snapshotOf(terminal: Terminal, tracked: TrackedModes): string {
  const { normal, alternate, active } = terminal.buffer;
  const isOther = active.type === "alternate";
  return [
    // Whatever state the other terminal is in.
    `${ESC}c`,
    linesOf(normal, terminal.cols, 0),
    // Where it is to be again once the program leaves its own screen.
    isOther
      ? `${cursorTo(normal.cursorX, normal.cursorY)}${ESC}[?1049h${ESC}[H${linesOf(alternate, terminal.cols, alternate.baseY)}`
      : "",
    cursorOf(terminal, tracked),
    modesOf(terminal, tracked),
  ].join("");
}

function linesOf(buffer: IBuffer, columns: number, first: number): string {
  const { length } = buffer;
  let text = "";
  for (let row = first; row < length; row += 1) {
    const line = buffer.getLine(row);
    if (line === undefined) continue;
    // What goes on in the next line is wrapped there too, and so stays one line for whoever copies it.
    const isWrapped = buffer.getLine(row + 1)?.isWrapped === true;
    text += paintLine(buffer, line, { left: 0, columns, isFilled: isWrapped });
    if (row < length - 1 && !isWrapped) text += "\r\n";
  }
  return text;
}

/** Region and origin first: setting them moves the cursor. */
function cursorOf({ buffer: { active }, cols, modes }: Terminal, { region, style }: TrackedModes): string {
  const rows = region[active.type];
  const top = modes.originMode ? (rows?.[0] ?? 1) - 1 : 0;
  const isAtEnd = active.cursorX >= cols;
  const line = active.getLine(active.baseY + active.cursorY);
  const wide = isAtEnd && line?.getCell(cols - 1)?.getWidth() === 0 ? 1 : 0;
  const column = isAtEnd ? cols - 1 - wide : active.cursorX;
  const last =
    isAtEnd && line !== undefined
      ? paintLine(active, line, { left: column, columns: 1 + wide, isFilled: true })
      : "";
  return [
    rows === undefined ? "" : `${ESC}[${rows.join(";")}r`,
    modes.originMode ? `${ESC}[?6h` : "",
    cursorTo(column, active.cursorY - top),
    // Behind the last column: only writing gets it there.
    last,
    `${ESC}[${style.filter((numbers) => numbers !== "").join(";")}m`,
  ].join("");
}

function modesOf({ modes }: Terminal, { cursorHidden, mouseInText, cursorStyle }: TrackedModes): string {
  const mouse = MOUSE[modes.mouseTrackingMode];
  return [
    modes.insertMode ? `${ESC}[4h` : "",
    modes.wraparoundMode ? "" : `${ESC}[?7l`,
    modes.reverseWraparoundMode ? `${ESC}[?45h` : "",
    modes.applicationCursorKeysMode ? `${ESC}[?1h` : "",
    modes.applicationKeypadMode ? `${ESC}=` : "",
    modes.bracketedPasteMode ? `${ESC}[?2004h` : "",
    modes.sendFocusMode ? `${ESC}[?1004h` : "",
    mouse === "" ? "" : `${ESC}[?${mouse}h`,
    mouseInText ? `${ESC}[?1006h` : "",
    cursorStyle === "" ? "" : `${ESC}[${cursorStyle} q`,
    cursorHidden ? `${ESC}[?25l` : "",
  ].join("");
}

function cursorTo(column: number, row: number): string {
  return `${ESC}[${row + 1};${column + 1}H`;
}
