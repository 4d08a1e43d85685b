import { cutTo, displayWidth } from "./displayWidth.ts";
import type { Style } from "./style.ts";
import { wrapped } from "./wrap.ts";

/** One column of a table. */
export interface Column {
  readonly header: string;
  /** Numbers stand right. @default "left" */
  readonly align?: "left" | "right";
  /**
   * What to do where the terminal is too narrow: break the text into lines, cut it, or leave it whole.
   * @default "whole"
   */
  readonly narrow?: "wrap" | "cut" | "whole";
}

/** Cells by row; they may have colours, and must be printable. */
export type Rows = readonly (readonly string[])[];

/** Between two columns. */
const GAP = "  ";
/** A column is never made narrower than this. Columns of the terminal. */
const COLUMN_WIDTH_MIN = 8;

/**
 * Lays a table out in `width` columns: each as wide as its widest cell; where that is too much, those that may give
 * way do, the widest first. A table that is still too wide is left so: a terminal breaks its lines, nothing is lost.
 */
export function layoutTable(columns: readonly Column[], rows: Rows, width: number, style: Style): string[] {
  const widths = fit(columns, naturalWidths(columns, rows), width);
  const hasHeader = columns.some(({ header }) => header !== "");
  const header = hasHeader ? [columns.map((column) => style.quiet(column.header))] : [];
  return [...header, ...rows].flatMap((row) => layoutRow(columns, row, widths));
}

function naturalWidths(columns: readonly Column[], rows: Rows): number[] {
  return columns.map(({ header }, index) =>
    Math.max(displayWidth(header), ...rows.map((row) => displayWidth(row[index] ?? ""))),
  );
}

/** Takes a column from the widest that may give way, again and again, until all fit. */
function fit(columns: readonly Column[], natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  const total = () => widths.reduce((sum, each) => sum + each, GAP.length * (widths.length - 1));
  while (total() > width) {
    let widest: number | undefined;
    for (const [index, each] of widths.entries()) {
      const mayShrink = (columns[index]?.narrow ?? "whole") !== "whole" && each > COLUMN_WIDTH_MIN;
      if (mayShrink && (widest === undefined || each > (widths[widest] ?? 0))) widest = index;
    }
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function layoutRow(columns: readonly Column[], row: readonly string[], widths: readonly number[]): string[] {
  const cells = columns.map(({ narrow }, index) => cellLines(row[index] ?? "", widths[index] ?? 0, narrow));
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    columns
      .map(({ align }, index) => padded(cells[index]?.[line] ?? "", widths[index] ?? 0, align))
      .join(GAP)
      .trimEnd(),
  );
}

function cellLines(cell: string, width: number, narrow: Column["narrow"]): string[] {
  if (narrow === "wrap") return wrapped(cell, width);
  return [narrow === "cut" ? cutTo(cell, width) : cell];
}

function padded(text: string, width: number, align: Column["align"]): string {
  const room = " ".repeat(Math.max(0, width - displayWidth(text)));
  return align === "right" ? room + text : text + room;
}
