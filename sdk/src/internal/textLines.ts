import { sdkError } from "../errors/sdkError.ts";
import { LOG_EXPORT_LINE_CHARS_MAX } from "../types/logExport.ts";

/** Text to be read line by line: all of it, its lines, or pieces of it as they come, cut anywhere. */
export type TextSource = string | readonly string[] | AsyncIterable<string>;

/**
 * The lines of a text, one in memory at a time. Empty ones are left out.
 *
 * @throws PleiadError `LOG_EXPORT_MALFORMED` for a line that is longer than any may be
 */
export async function* textLines(source: TextSource): AsyncGenerator<string, void, undefined> {
  let rest = "";
  for await (const piece of piecesOf(source)) {
    rest += piece;
    let from = 0;
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n", from)) {
      const line = rest.slice(from, end).trimEnd();
      from = end + 1;
      if (line !== "") yield bounded(line);
    }
    rest = bounded(rest.slice(from));
  }
  if (rest.trimEnd() !== "") yield rest.trimEnd();
}

async function* piecesOf(source: TextSource): AsyncGenerator<string, void, undefined> {
  if (typeof source === "string") yield source;
  else if (Symbol.asyncIterator in source) yield* source;
  else for (const line of source) yield `${line}\n`;
}

function bounded(line: string): string {
  if (line.length <= LOG_EXPORT_LINE_CHARS_MAX) return line;
  const message = `a line has ${line.length} characters, at most ${LOG_EXPORT_LINE_CHARS_MAX} are allowed`;
  throw sdkError("LOG_EXPORT_MALFORMED", message, { details: { chars: line.length } });
}
