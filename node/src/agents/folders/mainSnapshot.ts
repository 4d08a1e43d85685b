import { join } from "node:path";
import { removeIfThere } from "../../config/files.ts";
import type { Desk } from "./desk.ts";
import { FolderError } from "./errors.ts";
import type { Git } from "./git.ts";
import { listTree } from "./listing.ts";
import { listMainTree } from "./mainTree.ts";
import { gitInput, type RawPath, rawPaths } from "./paths.ts";
import { lookAt } from "./safeFiles.ts";
import { updateIndex } from "./snapshot.ts";

/**
 * The user's files as a tree, with what is not committed in them. The user's index is read, never written; what lies outside
 * of a sparse checkout, in submodules, or is written by a filter program (LFS and the like) counts as HEAD has it.
 *
 * @param index where an index may be made; gone afterwards
 * @throws FolderError PROJECT_LOCKED when a git of the user's is at work
 */
export async function snapshotMainTree(
  git: Git,
  desk: Desk,
  head: string,
  index: string,
  hidden: readonly string[],
  fileBytesMax: number,
): Promise<string> {
  const { project } = desk;
  const lock = join(project.gitFolder, "index.lock");
  if ((await lookAt(lock)) !== undefined) {
    throw new FolderError("PROJECT_LOCKED", `another git works in ${project.top}: ${lock}`, { lock });
  }
  const call = (one: Parameters<typeof git>[0]) => desk.callIn(project.top, index, one);
  try {
    await git(call({ args: ["read-tree", head] }));
    const own = await listTree(git, call);
    const main = await listMainTree(git, project);
    const known = [...new Set([...own.tracked, ...main.tracked])];
    const left = new Set([
      ...main.leftAlone,
      ...(await filtered(git, desk, index, [...known, ...main.others])),
    ]);
    const listing = {
      tracked: known.filter((path) => !left.has(path)),
      others: main.others.filter((path) => !left.has(path)),
      nested: main.nested,
      withheld: main.withheld,
    };
    await updateIndex(git, desk, { tree: project.top, index, hidden, fileBytesMax }, listing);
    return (await git(call({ args: ["write-tree"] }))).text;
  } finally {
    await removeIfThere(index);
    await removeIfThere(`${index}.lock`);
  }
}

/** Paths whose content a program of the user's settings would have to translate. It is not run. */
async function filtered(git: Git, desk: Desk, index: string, paths: readonly RawPath[]): Promise<RawPath[]> {
  const { bytes } = await git(
    desk.callIn(desk.project.top, index, {
      args: ["check-attr", "-z", "--stdin", "filter"],
      input: gitInput(paths),
    }),
  );
  const words = rawPaths(bytes);
  const found: RawPath[] = [];
  for (let at = 0; at + 2 < words.length; at += 3) {
    if (!["unspecified", "unset"].includes(words[at + 2] ?? "")) found.push(words[at] ?? "");
  }
  return found;
}
