import { PleiadError } from "@pleiad/sdk/errors";

/** One mistake in the configuration. */
export interface ConfigProblem {
  /** Dotted path of the key; empty for the file as a whole. */
  readonly key: string;
  /** Line from 1, of the key or of the nearest one above it that is in the file; undefined when there is none. */
  readonly line: number | undefined;
  /** The key is not in the file: what is there is told first. @default false */
  readonly isAbsent?: boolean;
  /** What is wrong and what was expected, without the key. */
  readonly sentence: string;
}

/** Longer values are cut in messages. Characters. */
const SHOWN_CHARS_MAX = 80;

/** No key of the table is half as long. Characters. */
const KEY_CHARS_MAX = 120;

/** A value as a message shows it: on one line, bounded, and not at all when it is secret. */
export function show(value: unknown, isSecret = false): string {
  if (isSecret) return "(a hidden value)";
  const json = JSON.stringify(value, (_, part: unknown) =>
    typeof part === "bigint" ? part.toString() : part,
  );
  if (json === undefined) return String(value);
  return json.length > SHOWN_CHARS_MAX ? `${json.slice(0, SHOWN_CHARS_MAX)}…` : json;
}

/** One line: file, line, key, what was given, what was expected. */
function lineFor(fileName: string, { key, line, sentence }: ConfigProblem): string {
  const place = line === undefined ? fileName : `${fileName}:${line}`;
  const text = key === "" ? `${place}: ${sentence}` : `${place}: ${key.slice(0, KEY_CHARS_MAX)}: ${sentence}`;
  // A quoted key may hold anything, a line break or a terminal's control characters among it.
  return text.replace(/\p{Cc}/gu, "?");
}

/** One line for each mistake, in the order of the file; what is not in the file comes last. */
export function problemLines(fileName: string, problems: readonly ConfigProblem[]): readonly string[] {
  const inOrder = problems.toSorted((a, b) => rankOf(a) - rankOf(b));
  return inOrder.map((problem) => lineFor(fileName, problem));
}

/** The error that stops the start: its message is the first mistake's line, its details hold them all. */
export function configInvalid(fileName: string, problems: readonly ConfigProblem[]): PleiadError {
  const lines = problemLines(fileName, problems);
  const more = lines.length > 1 ? ` (and ${lines.length - 1} more)` : "";
  return new PleiadError(`${lines[0]}${more}`, {
    code: "CONFIG_INVALID",
    hint: "correct the file; every key, its range and its default stand in docs/config.md",
    details: { file: fileName, problems: lines },
  });
}

function rankOf({ line, isAbsent }: ConfigProblem): number {
  return line === undefined || isAbsent === true ? Number.MAX_SAFE_INTEGER : line;
}
