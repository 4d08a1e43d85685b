import { toJson } from "../api/json.ts";
import { createProgress, type Progress, type ProgressOptions } from "./progress.ts";
import type { Surroundings, TextSink } from "./surroundings.ts";
import { displayWidth } from "./text/displayWidth.ts";
import { type Style, styleFor } from "./text/style.ts";
import { type Column, layoutTable, type Rows } from "./text/table.ts";
import { hanging } from "./text/wrap.ts";

/** What a terminal has that does not say. Columns. */
export const TERMINAL_COLUMNS_DEFAULT = 80;
/** Longer lines of prose are hard to read, however wide the terminal is. Columns. */
export const PROSE_COLUMNS_MAX = 100;

/** A label and its value, for a person. */
export type Fact = readonly [label: string, value: string];

/**
 * Where a command's words go: what was asked for to standard output, everything else to standard error. With `--json`
 * standard output gets one JSON value a line and nothing else.
 */
export interface Output {
  readonly isJson: boolean;
  /** How standard output is coloured. */
  readonly style: Style;
  /** Whether a person watches standard output. */
  readonly isTerminal: boolean;
  /** A line of the answer; nothing with `--json`. */
  line(text?: string): void;
  /** A sentence of the answer, wrapped on a terminal, its lines set in below `first`. */
  prose(text: string, first?: string): void;
  table(columns: readonly Column[], rows: Rows): void;
  /** Labels with their values, one a line. Empty values are left out. */
  facts(facts: readonly Fact[]): void;
  /** The answer for a program: one line of JSON; nothing without `--json`. */
  json(value: unknown): void;
  /** The answer's bytes as they are, without anything of ours. Nothing with `--json`. */
  raw(text: string): void;
  /** Something beside the answer, to standard error. */
  note(text: string): void;
  /** Something that may become an error, to standard error. */
  warn(text: string): void;
  /** Starts to tell what goes on; there is one at a time. */
  progress(options?: ProgressOptions): Progress;
  /** Takes away what still tells of something that failed. */
  endProgress(): void;
}

/** Creates the output of a command. */
export function createOutput(around: Surroundings, options: { readonly isJson: boolean }): Output {
  const { stdout, stderr, env } = around;
  const { isJson } = options;
  const style = styleFor(stdout, env);
  const noteStyle = styleFor(stderr, env);
  let progress: Progress | undefined;

  const write = (sink: TextSink, text: string): void => {
    progress?.clear();
    sink.write(text);
  };
  const lines = (texts: readonly string[]): void => {
    if (!isJson) write(stdout, texts.map((text) => `${text}\n`).join(""));
  };
  return {
    isJson,
    style,
    isTerminal: stdout.isTTY === true,
    line: (text = "") => lines([text]),
    prose: (text, first = "") => lines([hanging(first, text, proseColumns(stdout))]),
    table: (columns, rows) => lines(layoutTable(columns, rows, columnsOf(stdout), style)),
    facts(facts) {
      const shown = facts.filter(([, value]) => value !== "");
      const width = Math.max(...shown.map(([label]) => displayWidth(label)));
      lines(
        shown.map(([label, value]) =>
          hanging(
            `${style.quiet(label)}${" ".repeat(width - displayWidth(label) + 2)}`,
            value,
            columnsOf(stdout),
          ),
        ),
      );
    },
    json(value) {
      if (isJson) write(stdout, `${toJson(value)}\n`);
    },
    raw(text) {
      if (!isJson) write(stdout, text);
    },
    note: (text) => write(stderr, `${hanging("", text, proseColumns(stderr))}\n`),
    warn: (text) => write(stderr, `${hanging(noteStyle.warning("warning: "), text, proseColumns(stderr))}\n`),
    progress(progressOptions) {
      progress?.end();
      progress = createProgress(stderr, noteStyle, progressOptions);
      return progress;
    },
    endProgress: () => progress?.end(),
  };
}

/** How wide a line may be: as the terminal, and without one as long as it is. */
export function columnsOf(sink: TextSink): number {
  if (sink.isTTY !== true) return Number.POSITIVE_INFINITY;
  // A terminal that does not know says nothing or 0.
  const columns = sink.columns ?? 0;
  return columns > 0 ? columns : TERMINAL_COLUMNS_DEFAULT;
}

/** How wide a line of prose may be. */
export function proseColumns(sink: TextSink): number {
  return sink.isTTY === true ? Math.min(columnsOf(sink), PROSE_COLUMNS_MAX) : Number.POSITIVE_INFINITY;
}
