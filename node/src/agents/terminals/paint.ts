import type { IBuffer, IBufferCell, IBufferLine } from "@xterm/headless";

/** A part of a terminal's screen. */
export interface PaintWindow {
  readonly left: number;
  readonly top: number;
  readonly columns: number;
  readonly rows: number;
}

/** Rows of a screen as text that draws itself, each from plain colours on and back to them. What lies outside of it is empty. */
export function paintRows(buffer: IBuffer, { left, top, columns, rows }: PaintWindow): string[] {
  return Array.from({ length: rows }, (_, row) => {
    const line = buffer.getLine(buffer.baseY + top + row);
    return line === undefined ? "" : paintLine(buffer, line, { left, columns, isFilled: false });
  });
}

/** @param part With `isFilled` as wide as it is, blanks too; else they are left out at its end. */
export function paintLine(
  buffer: IBuffer,
  line: IBufferLine,
  part: { readonly left: number; readonly columns: number; readonly isFilled: boolean },
): string {
  const { left, columns, isFilled } = part;
  const cell = buffer.getNullCell();
  const end = left + columns;
  let text = "";
  let style = "";
  let blanks = "";
  for (let column = left; column < end; column += 1) {
    if (line.getCell(column, cell) === undefined) break;
    const width = cell.getWidth();
    // The second half of a wide character.
    if (width === 0 && column > left) continue;
    const isCut = width === 0 || column + width > end;
    const characters = isCut ? " " : cell.getChars() || " ";
    const next = styleOf(cell);
    if (next === "" && characters === " ") {
      blanks += " ";
      continue;
    }
    if (blanks !== "") {
      text += style === "" ? blanks : `\u001b[m${blanks}`;
      style = "";
      blanks = "";
    }
    if (next !== style) text += `\u001b[m${next}`;
    style = next;
    text += characters;
  }
  if (style !== "") text += "\u001b[m";
  return isFilled ? text + blanks : text;
}

function styleOf(cell: IBufferCell): string {
  if (cell.isAttributeDefault()) return "";
  const numbers = [
    cell.isBold() ? "1" : "",
    cell.isDim() ? "2" : "",
    cell.isItalic() ? "3" : "",
    cell.isUnderline() ? "4" : "",
    cell.isBlink() ? "5" : "",
    cell.isInverse() ? "7" : "",
    cell.isInvisible() ? "8" : "",
    cell.isStrikethrough() ? "9" : "",
    cell.isOverline() ? "53" : "",
    cell.isFgDefault() ? "" : color(38, cell.isFgRGB(), cell.getFgColor()),
    cell.isBgDefault() ? "" : color(48, cell.isBgRGB(), cell.getBgColor()),
  ].filter((number) => number !== "");
  return numbers.length === 0 ? "" : `\u001b[${numbers.join(";")}m`;
}

function color(ground: 38 | 48, isRgb: boolean, value: number): string {
  if (isRgb) return `${ground};2;${(value >> 16) & 255};${(value >> 8) & 255};${value & 255}`;
  // The sixteen that each terminal has in its own shades.
  if (value < 8) return String(ground - 8 + value);
  if (value < 16) return String(ground + 52 + value - 8);
  return `${ground};5;${value}`;
}
