import { join } from "node:path";
import { FolderError } from "./errors.ts";
import type { Git } from "./git.ts";
import { REF_FILE_BYTES_MAX } from "./limits.ts";
import { inProject, type Project } from "./project.ts";
import { readRef } from "./refs.ts";
import { lookAt, readPlain } from "./safeFiles.ts";

/** @returns the full ref of a branch and its commit @throws FolderError MERGE_TARGET_UNKNOWN, PROJECT_REF_CORRUPT */
export async function requireTarget(
  git: Git,
  project: Project,
  target: string,
): Promise<{ readonly ref: string; readonly commit: string }> {
  const unknown = () =>
    new FolderError(
      "MERGE_TARGET_UNKNOWN",
      `the project has no branch ${JSON.stringify(target.slice(0, 80))}`,
      {
        target: target.slice(0, 80),
      },
    );
  const ref = `refs/heads/${target}`;
  if (target.length > 200 || target.startsWith("-")) throw unknown();
  const form = await git({ args: ["check-ref-format", ref], okCodes: [0, 1] });
  if (form.exitCode !== 0) throw unknown();
  // A branch that stands for another would be moved in its place.
  const symbolic = await git(
    inProject(project, { args: ["symbolic-ref", "--quiet", ref], okCodes: [0, 1, 128] }),
  );
  const commit = symbolic.exitCode === 0 ? undefined : await readRef(git, project, ref);
  if (commit === undefined) throw unknown();
  return { ref, commit };
}

/** Where a branch is checked out, or being rebased or bisected, in any working tree of the repository; undefined if nowhere. */
export async function whereCheckedOut(git: Git, project: Project, ref: string): Promise<string | undefined> {
  const { text } = await git(inProject(project, { args: ["worktree", "list", "--porcelain", "-z"] }));
  for (const record of text.split("\0\0")) {
    const lines = record.split("\0");
    const place = lines.find((line) => line.startsWith("worktree "))?.slice("worktree ".length) ?? "";
    if (lines.includes(`branch ${ref}`)) return place;
    if ((await branchUnderWay(place, project)).includes(ref)) return place;
  }
  return undefined;
}

/** Branches that a rebase or a bisection in a working tree will come back to. */
async function branchUnderWay(place: string, project: Project): Promise<string[]> {
  const dotGit = join(place, ".git");
  const isLinked = (await lookAt(dotGit))?.isFile() === true;
  const pointer = isLinked ? (await readPlain(dotGit, REF_FILE_BYTES_MAX))?.toString("utf8") : undefined;
  const folder =
    pointer?.replace(/^gitdir: /, "").trim() ?? (place === project.top ? project.gitFolder : dotGit);
  const found: string[] = [];
  for (const name of ["rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START"]) {
    const word = (await readPlain(join(folder, name), REF_FILE_BYTES_MAX))?.toString("utf8").trim();
    if (word !== undefined) found.push(word.startsWith("refs/") ? word : `refs/heads/${word}`);
  }
  return found;
}
