import type { Desk } from "./desk.ts";
import { listChanges } from "./diff.ts";
import type { Git } from "./git.ts";
import {
  CONFLICT_CHARS_MAX,
  CONFLICT_FILE_BYTES_MAX,
  CONFLICT_FILES_MAX,
  CONFLICT_HUNK_CHARS_MAX,
  CONFLICT_HUNKS_MAX,
  LEAK_PATHS_MAX,
} from "./limits.ts";
import { rawPaths, shownPath } from "./paths.ts";
import { listSeries, privateRef } from "./refs.ts";
import { makeCommit } from "./snapshot.ts";
import type { ConflictFile, MergePreview } from "./types.ts";

/** Three sides of a merge. */
export interface MergeSides {
  /** What both began with. */
  readonly base: string;
  /** The commit of the target. */
  readonly ours: string;
  /** The tree of the agent's files. */
  readonly theirs: string;
}

type Merged = Pick<MergePreview, "tree" | "outcome" | "conflicts" | "conflictCount" | "collisions" | "files">;

/**
 * What the agent's work is compared with: the work as it was merged into the target last, if that merge is in the target;
 * else what it began with. So what was merged already is not merged again.
 */
export async function mergeBase(
  git: Git,
  desk: Desk,
  agent: string,
  folderBase: string,
  target: string,
): Promise<string> {
  const { project } = desk;
  const merges = await listSeries(git, project, agent, "merge");
  for (const { number, commit } of merges.reverse()) {
    const within = await git(
      desk.call({ args: ["merge-base", "--is-ancestor", commit, target], okCodes: [0, 1] }),
    );
    if (within.exitCode !== 0) continue;
    const sources = await listSeries(git, project, agent, "merge-source");
    const source = sources.find(({ ref }) => ref === privateRef(agent, `merge-source/${number}`));
    if (source !== undefined) return source.commit;
  }
  return folderBase;
}

/** Merges three trees at the desk: no working tree, no merge driver, nothing is moved. */
export async function mergeTrees(git: Git, desk: Desk, { base, ours, theirs }: MergeSides): Promise<Merged> {
  const { text: oursTree } = await git(desk.call({ args: ["rev-parse", "--verify", `${ours}^{tree}`] }));
  // Two commits for git alone, so that it takes the base that is meant, whatever the histories are.
  const left = await makeCommit(git, desk, oursTree, [base], "target");
  const right = await makeCommit(git, desk, theirs, [base], "work");
  const { exitCode, bytes } = await git(
    desk.call({ args: ["merge-tree", "--write-tree", "-z", "--messages", left, right], okCodes: [0, 1] }),
  );
  const [tree = "", ...rest] = rawPaths(bytes);
  const files = await listChanges(git, desk, ours, tree);
  const none = { tree, conflicts: [], conflictCount: 0, collisions: [], files };
  if (exitCode === 1) {
    const { paths, reasons } = parseConflicts(rest);
    const conflicts: ConflictFile[] = await Promise.all(
      paths.slice(0, CONFLICT_FILES_MAX).map(async (path) => ({
        path: shownPath(path),
        reasons: reasons.get(path) ?? [],
        hunks: await hunksOf(git, desk, tree, path),
      })),
    );
    return { ...none, outcome: "conflict", conflicts: bounded(conflicts), conflictCount: paths.length };
  }
  if (tree === oursTree) return { ...none, outcome: "nothing" };
  const mayCollide = files.some(({ change }) => change === "added" || change === "renamed");
  const collisions = mayCollide ? await newCollisions(git, desk, oursTree, tree) : [];
  return { ...none, outcome: collisions.length > 0 ? "collision" : "clean", collisions };
}

/** After the tree: `MODE ID STAGE TAB PATH` until an empty word, then messages: count, paths, kind, text. */
function parseConflicts(words: readonly string[]) {
  const end = words.indexOf("");
  const staged = end < 0 ? words : words.slice(0, end);
  const paths = [...new Set(staged.map((word) => word.slice(word.indexOf("\t") + 1)))];
  const reasons = new Map<string, string[]>();
  for (let at = end + 1; end >= 0 && at < words.length; ) {
    const count = Number(words[at++]);
    const about = words.slice(at, at + count);
    at += count;
    const kind = words[at++] ?? "";
    const text = (words[at++] ?? "").trim();
    if (!kind.startsWith("CONFLICT")) continue;
    for (const path of about) reasons.set(path, [...(reasons.get(path) ?? []), shownPath(text)]);
  }
  return { paths, reasons };
}

async function hunksOf(git: Git, desk: Desk, tree: string, path: string): Promise<ConflictFile["hunks"]> {
  // By its path, as bytes: a name in an argument has to be text.
  const listed = await git(desk.call({ args: ["ls-tree", "-z", tree, "--", shownPath(path)] }));
  const [, type, id] = /^\d+ (\w+) ([0-9a-f]+)\t/.exec(listed.bytes.toString("latin1")) ?? [];
  if (type !== "blob" || id === undefined) return [];
  const { bytes } = await git(
    desk.call({ args: ["cat-file", "blob", id], bytesMax: CONFLICT_FILE_BYTES_MAX, mayCut: true }),
  );
  const hunks: string[] = [];
  let open: string[] | undefined;
  for (const line of bytes.toString("utf8").split("\n")) {
    if (line.startsWith("<<<<<<< ")) open = [];
    open?.push(line);
    if (!line.startsWith(">>>>>>> ") || open === undefined) continue;
    hunks.push(open.join("\n").slice(0, CONFLICT_HUNK_CHARS_MAX));
    open = undefined;
    if (hunks.length === CONFLICT_HUNKS_MAX) break;
  }
  return hunks;
}

/** The first hunks and reasons of all, as many as may be told together. */
function bounded(conflicts: readonly ConflictFile[]): ConflictFile[] {
  let left = CONFLICT_CHARS_MAX;
  const fits = (text: string): boolean => {
    left -= text.length;
    return left >= 0;
  };
  return conflicts.map(({ path, reasons, hunks }) => ({
    path,
    reasons: reasons.filter(fits),
    hunks: hunks.filter(fits),
  }));
}

/** Names, folders among them, that differ from another in case alone, and did not before. */
async function newCollisions(git: Git, desk: Desk, before: string, after: string): Promise<string[]> {
  const known = new Set(await collisionsIn(git, desk, before));
  return (await collisionsIn(git, desk, after)).filter((name) => !known.has(name)).slice(0, LEAK_PATHS_MAX);
}

async function collisionsIn(git: Git, desk: Desk, tree: string): Promise<string[]> {
  const { bytes } = await git(desk.call({ args: ["ls-tree", "-r", "-t", "-z", "--name-only", tree] }));
  const byFolded = new Map<string, string[]>();
  for (const path of rawPaths(bytes).map(shownPath)) {
    const folded = path.normalize("NFC").toLowerCase();
    byFolded.set(folded, [...(byFolded.get(folded) ?? []), path]);
  }
  return [...byFolded.values()].filter((names) => names.length > 1).flat();
}
