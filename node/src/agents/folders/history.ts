import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Desk } from "./desk.ts";
import type { Git, GitAnswer } from "./git.ts";
import { COPY_COMMITS_MAX, COPY_HISTORY_BYTES_MAX, GIT_INFO_FILE_BYTES_MAX } from "./limits.ts";
import { readPlain } from "./safeFiles.ts";

/**
 * Brings into a fresh repository what a commit reaches, and no other object of the project: no other branch, no stash, no checkpoint of
 * another agent. The newest `COPY_COMMITS_MAX` commits; the one alone where these take more than `COPY_HISTORY_BYTES_MAX`.
 *
 * @param own git folder of that repository, of which nobody has had hold yet
 * @param limits how much of it. @default those two
 */
export async function bringHistory(
  git: Git,
  desk: Desk,
  own: string,
  commit: string,
  limits = { commitsMax: COPY_COMMITS_MAX, bytesMax: COPY_HISTORY_BYTES_MAX },
): Promise<void> {
  const environment = {
    GIT_DIR: own,
    // For these calls alone: nothing of it stays.
    GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted(join(desk.project.commonFolder, "objects")),
  };
  const call = (args: readonly string[], input?: string): Promise<GitAnswer> =>
    git({ args, environment, ...(input === undefined ? {} : { input }) });
  const shallow = join(own, "shallow");
  const { text } = await git(
    desk.call({ args: ["rev-list", "--parents", `--max-count=${limits.commitsMax}`, commit] }),
  );
  const ofProject = await readPlain(join(desk.project.commonFolder, "shallow"), GIT_INFO_FILE_BYTES_MAX);
  const ends = endsOf(text, ofProject?.toString("latin1").split("\n") ?? []);
  if (ends.length > 0) await writeFile(shallow, ends.map((id) => `${id}\n`).join(""));
  if (await isLarge(git, desk, call, commit, limits.bytesMax)) await writeFile(shallow, `${commit}\n`);
  // What the project lacks itself (a partial clone) is missed where it is used, as in the project.
  const args = [
    "pack-objects",
    "--quiet",
    "--revs",
    "--missing=allow-any",
    "--delta-base-offset",
    "--window=0",
  ];
  await call([...args, join(own, "objects", "pack", "pack")], `${commit}\n`);
}

/** Commits of a list with their parents of which a parent is not in it, or not in the project: a history ends there. */
function endsOf(list: string, ofProject: readonly string[]): string[] {
  const lines = list.split("\n").map((line) => line.split(" "));
  const known = new Set(lines.map(([id]) => id));
  const there = new Set(ofProject);
  return lines.flatMap(([id = "", ...parents]) =>
    there.has(id) || parents.some((one) => !known.has(one)) ? [id] : [],
  );
}

async function isLarge(
  git: Git,
  desk: Desk,
  call: (args: readonly string[]) => Promise<GitAnswer>,
  commit: string,
  bytesMax: number,
): Promise<boolean> {
  // Where all that the project has is little enough, none of it has to be looked at.
  const all = await git(desk.call({ args: ["count-objects", "-v"] }));
  const kibibytes = [...all.text.matchAll(/^size(?:-pack)?: (\d+)$/gm)].reduce(
    (sum, [, size]) => sum + Number(size),
    0,
  );
  if (!/^alternate: /m.test(all.text) && kibibytes * 1_024 <= bytesMax) return false;
  const usage = await call(["rev-list", "--objects", "--missing=allow-any", "--disk-usage", commit]);
  return Number(usage.text) > bytesMax;
}

/** A path in a list of paths, whatever is in it. */
function quoted(path: string): string {
  return `"${path.replace(/["\\]/g, "\\$&")}"`;
}
