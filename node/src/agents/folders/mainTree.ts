import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../../config/files.ts";
import type { Git } from "./git.ts";
import { GIT_FOLDER_FILES_MAX } from "./limits.ts";
import { listTree, lookAtAll, signatureOf } from "./listing.ts";
import { shownPath } from "./paths.ts";
import { inProject, type Project } from "./project.ts";
import { PRIVATE_REFS } from "./refs.ts";
import { lookAt } from "./safeFiles.ts";

/** How a project's own tree was at a moment: a word for each thing that somebody could change. */
export type Fingerprint = ReadonlyMap<string, string>;

/** Files and folders of a `.git` by which a project behaves otherwise. What lies below a folder counts, too. */
const GIT_PLACES = [
  "HEAD",
  "config",
  "config.worktree",
  "shallow",
  "hooks",
  "info",
  "objects/info/alternates",
] as const;

/** Lists a working tree of the user's by its own index. Git starts no program for it: see NEUTRALISED. */
export function listMainTree(git: Git, project: Project) {
  return listTree(git, (call) =>
    inProject(project, {
      ...call,
      args: ["-C", project.top, ...call.args],
      environment: { GIT_WORK_TREE: project.top },
    }),
  );
}

/** Looks at HEAD, index, refs, settings, hooks, and every file that is not ignored. Nothing is read but names and times. */
export async function takeFingerprint(git: Git, project: Project): Promise<Fingerprint> {
  const marks = new Map<string, string>();
  const [listing, refs] = await Promise.all([listMainTree(git, project), listRefs(git, project)]);
  marks.set("index", createHash("sha256").update(listing.staged).digest("hex"));
  const looks = await lookAtAll(project.top, [...listing.tracked, ...listing.others]);
  for (const [path, stat] of looks) {
    if (stat !== undefined) marks.set(shownPath(path), signatureOf(stat));
  }
  for (const path of listing.nested) marks.set(shownPath(path), "repository");
  for (const [ref, id] of refs) marks.set(`ref ${ref}`, id);
  for (const folder of new Set([project.gitFolder, project.commonFolder])) {
    for (const place of GIT_PLACES) await markPlace(marks, folder, place);
  }
  return marks;
}

/** Every ref of the project but the private ones. */
export async function listRefs(git: Git, project: Project): Promise<ReadonlyMap<string, string>> {
  const { text } = await git(
    inProject(project, { args: ["for-each-ref", "--format=%(refname) %(objectname)"] }),
  );
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith(`${PRIVATE_REFS}/`));
  return new Map(lines.map((line) => line.split(" ") as [string, string]));
}

async function markPlace(marks: Map<string, string>, folder: string, place: string): Promise<void> {
  const stat = await lookAt(join(folder, place));
  if (stat === undefined) return;
  if (!stat.isDirectory()) {
    marks.set(`.git/${place}`, signatureOf(stat));
    return;
  }
  for (const name of await namesIn(join(folder, place))) {
    const one = await lookAt(join(folder, place, name));
    if (one !== undefined && !one.isDirectory()) marks.set(`.git/${place}/${name}`, signatureOf(one));
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder, { recursive: true })).slice(0, GIT_FOLDER_FILES_MAX);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}

/** What differs between two moments. */
export function changedMarks(before: Fingerprint, after: Fingerprint): string[] {
  const changed = [...after].filter(([name, mark]) => before.get(name) !== mark).map(([name]) => name);
  const gone = [...before.keys()].filter((name) => !after.has(name));
  return [...changed, ...gone].sort();
}
