import { createHash } from "node:crypto";
import type { Desk } from "./desk.ts";
import type { Git } from "./git.ts";
import { DIFF_BYTES_MAX, DIFF_FILE_BYTES_MAX, DIFF_FILES_MAX, DIFF_RENAMES_MAX } from "./limits.ts";
import { type RawPath, rawPath, rawPaths, shownPath } from "./paths.ts";
import type { DiffFile, FileDiff } from "./types.ts";

/** The difference of two trees. */
export interface TreeDiff {
  readonly files: readonly DiffFile[];
  readonly fileCount: number;
  readonly added: number;
  readonly removed: number;
  readonly text: string;
  readonly isTextCut: boolean;
  readonly digest: string;
}

type Environment = Readonly<Record<string, string>>;

const COMPARE = [
  "diff-tree",
  "-r",
  "-M",
  `-l${DIFF_RENAMES_MAX}`,
  "--no-ext-diff",
  "--no-textconv",
  "--no-color",
  "--full-index",
  "--ignore-submodules=dirty",
  "--submodule=short",
];

/**
 * Compares two trees, or commits.
 *
 * @param environment where objects are that the project does not have
 */
export async function diffTrees(
  git: Git,
  desk: Desk,
  from: string,
  to: string,
  textBytesMax: number = DIFF_BYTES_MAX,
  environment: Environment = {},
): Promise<TreeDiff> {
  const all = await allChanges(git, desk, from, to, environment);
  const text = await git(
    desk.call({
      args: [...COMPARE, ...PATCH, from, to],
      bytesMax: Math.min(textBytesMax, DIFF_BYTES_MAX),
      mayCut: true,
      environment,
    }),
  );
  return {
    files: shownFiles(all.files),
    fileCount: all.files.length,
    added: sum(all.files.map((file) => file.added)),
    removed: sum(all.files.map((file) => file.removed)),
    // A character that was cut in two does not show as another.
    text: new TextDecoder("utf-8").decode(text.bytes, { stream: text.isCut }),
    isTextCut: text.isCut,
    digest: all.digest,
  };
}

/** The difference of two trees without its text: all files with their names as git has them, and the sums. */
export async function diffCounts(
  git: Git,
  desk: Desk,
  from: string,
  to: string,
  environment: Environment = {},
): Promise<Omit<TreeDiff, "text" | "isTextCut" | "files"> & { readonly files: readonly (DiffFile & Raw)[] }> {
  const { files, digest } = await allChanges(git, desk, from, to, environment);
  return {
    files,
    fileCount: files.length,
    added: sum(files.map((file) => file.added)),
    removed: sum(files.map((file) => file.removed)),
    digest,
  };
}

/** What changed in one file of two trees, by its name as it is shown; undefined where it did not. */
export async function diffOne(
  git: Git,
  desk: Desk,
  { from, to, path }: { readonly from: string; readonly to: string; readonly path: string },
  environment: Environment = {},
): Promise<Pick<FileDiff, "file" | "text" | "textBytes" | "why"> | undefined> {
  const found = (await allChanges(git, desk, from, to, environment)).files.find((one) => one.path === path);
  if (found === undefined) return undefined;
  const { raw, rawBefore, ...file } = found;
  const names = [...(rawBefore === undefined ? [] : [rawBefore]), raw];
  // A name in an argument has to be text.
  if (names.some((name) => rawPath(shownPath(name)) !== name)) return { file, why: "nameNoText" };
  const filter = `--diff-filter=${LETTERS[file.change]}`;
  const { bytes, isCut, bytesSeen } = await git(
    desk.call({
      args: [...COMPARE, filter, ...PATCH, from, to, "--", ...names.map(shownPath)],
      bytesMax: DIFF_FILE_BYTES_MAX,
      mayCut: true,
      isCounted: true,
      environment,
    }),
  );
  if (isCut) return { file, textBytes: bytesSeen, why: "tooLarge" };
  return { file, text: bytes.toString("utf8"), textBytes: bytesSeen };
}

/** Which files differ, without their text. */
export async function listChanges(
  git: Git,
  desk: Desk,
  from: string,
  to: string,
): Promise<readonly DiffFile[]> {
  return shownFiles((await allChanges(git, desk, from, to, {})).files);
}

function shownFiles(files: readonly (DiffFile & Raw)[]): DiffFile[] {
  return files.slice(0, DIFF_FILES_MAX).map(({ raw: _raw, rawBefore: _before, ...file }) => file);
}

async function allChanges(git: Git, desk: Desk, from: string, to: string, environment: Environment) {
  const raw = await git(desk.call({ args: [...COMPARE, "--raw", "-z", from, to], environment }));
  const counts = await git(desk.call({ args: [...COMPARE, "--numstat", "-z", from, to], environment }));
  const digest = createHash("sha256").update(raw.bytes).digest("hex");
  return { files: parseChanges(rawPaths(raw.bytes), parseCounts(rawPaths(counts.bytes))), digest };
}

/** How a text of changes is written, whatever is configured. */
const PATCH = ["--patch", "--src-prefix=a/", "--dst-prefix=b/"];

/** Names as git has them. */
interface Raw {
  readonly raw: RawPath;
  readonly rawBefore?: RawPath;
}

const LETTERS: Readonly<Record<DiffFile["change"], string>> = {
  added: "A",
  removed: "D",
  changed: "M",
  renamed: "R",
  typeChanged: "T",
};

const KINDS: Readonly<Record<string, DiffFile["change"]>> = {
  A: "added",
  D: "removed",
  M: "changed",
  R: "renamed",
  T: "typeChanged",
};

interface Counts {
  readonly added: number;
  readonly removed: number;
  readonly isBinary: boolean;
}

function parseChanges(
  words: readonly string[],
  counts: ReadonlyMap<string, Counts>,
): readonly (DiffFile & Raw)[] {
  const files: (DiffFile & Raw)[] = [];
  for (let at = 0; at < words.length; ) {
    const [before = "", mode = "", idBefore = "", id = "", kind = ""] = (words[at++] ?? "")
      .slice(1)
      .split(" ");
    const change = KINDS[kind.charAt(0)] ?? "changed";
    const first = words[at++] ?? "";
    const path = change === "renamed" ? (words[at++] ?? "") : first;
    const { added, removed, isBinary } = counts.get(path) ?? { added: 0, removed: 0, isBinary: false };
    const modes = [before, mode];
    files.push({
      path: shownPath(path),
      change,
      ...(change === "renamed" ? { pathBefore: shownPath(first) } : {}),
      modeBefore: before,
      mode,
      idBefore,
      id,
      isBinary,
      isLink: modes.includes("120000"),
      isSubmodule: modes.includes("160000"),
      added,
      removed,
      raw: path,
      ...(change === "renamed" ? { rawBefore: first } : {}),
    });
  }
  return files;
}

/** `ADDED TAB REMOVED TAB PATH`, or, of what was renamed, with no path and both paths after it; `-` for what is binary. */
function parseCounts(words: readonly string[]): ReadonlyMap<string, Counts> {
  const counts = new Map<string, Counts>();
  for (let at = 0; at < words.length; ) {
    const [added = "", removed = "", ...rest] = (words[at++] ?? "").split("\t");
    let path = rest.join("\t");
    if (path === "") {
      path = words[at + 1] ?? "";
      at += 2;
    }
    counts.set(path, { added: Number(added) || 0, removed: Number(removed) || 0, isBinary: added === "-" });
  }
  return counts;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
