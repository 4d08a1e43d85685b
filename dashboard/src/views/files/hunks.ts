import type { ChangeData, HunkData } from "react-diff-view";
import { cleanText } from "../../text/clean.ts";

/** Of one line so much is shown: what is longer was written by a program, for programs. Characters. */
const LINE_CHARACTERS_MAX = 2_000;

/** The hunks of a file, and which side has no line feed at its end. */
export interface FileHunks {
  readonly hunks: readonly HunkData[];
  readonly lines: number;
  readonly isOldWithoutEnd: boolean;
  readonly isNewWithoutEnd: boolean;
}

const HEAD = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

/**
 * Reads the text of one file's diff, as git writes it. How many lines a hunk has is said in its head: what is in them is text, whatever it
 * looks like. What stands before the first head is of names, which are told elsewhere.
 */
export function hunksOf(text: string): FileHunks {
  const lines = text.split("\n");
  const hunks: HunkData[] = [];
  let isOldWithoutEnd = false;
  let isNewWithoutEnd = false;
  let count = 0;
  for (let at = 0; at < lines.length; ) {
    const line = lines[at++] ?? "";
    const [, oldStart, oldLines = "1", newStart, newLines = "1"] = HEAD.exec(line) ?? [];
    if (oldStart === undefined || newStart === undefined) continue;
    let [oldAt, newAt] = [Number(oldStart), Number(newStart)];
    const [oldEnd, newEnd] = [oldAt + Number(oldLines), newAt + Number(newLines)];
    const changes: ChangeData[] = [];
    while (at < lines.length) {
      const next = lines[at] ?? "";
      const sign = next.charAt(0);
      if (sign === "\\") {
        const last = changes.at(-1);
        isOldWithoutEnd ||= last?.type !== "insert";
        isNewWithoutEnd ||= last?.type !== "delete";
        at += 1;
        continue;
      }
      if (oldAt >= oldEnd && newAt >= newEnd) break;
      at += 1;
      const content = shownLine(next.slice(1));
      if (sign === "-") changes.push({ type: "delete", isDelete: true, content, lineNumber: oldAt++ });
      else if (sign === "+") changes.push({ type: "insert", isInsert: true, content, lineNumber: newAt++ });
      else {
        changes.push({
          type: "normal",
          isNormal: true,
          content,
          oldLineNumber: oldAt++,
          newLineNumber: newAt++,
        });
      }
    }
    count += changes.length;
    hunks.push({
      content: cleanText(line),
      oldStart: Number(oldStart),
      oldLines: Number(oldLines),
      newStart: Number(newStart),
      newLines: Number(newLines),
      changes,
    });
  }
  return { hunks, lines: count, isOldWithoutEnd, isNewWithoutEnd };
}

function shownLine(line: string): string {
  const clean = cleanText(line);
  if (clean.length <= LINE_CHARACTERS_MAX) return clean;
  return `${clean.slice(0, LINE_CHARACTERS_MAX)} … and ${clean.length - LINE_CHARACTERS_MAX} characters more`;
}

/** The first hunks with so many lines; the last of them is cut where it has to be. */
export function firstLines(hunks: readonly HunkData[], linesMax: number): HunkData[] {
  const first: HunkData[] = [];
  let left = linesMax;
  for (const hunk of hunks) {
    if (left <= 0) break;
    first.push(hunk.changes.length <= left ? hunk : { ...hunk, changes: hunk.changes.slice(0, left) });
    left -= hunk.changes.length;
  }
  return first;
}

/** Its side and number: a line that went has its old one. */
export function lineOf(change: ChangeData): { readonly side: "old" | "new"; readonly line: number } {
  if (change.type === "delete") return { side: "old", line: change.lineNumber };
  return { side: "new", line: change.type === "insert" ? change.lineNumber : change.newLineNumber };
}
