import type { BigIntStats } from "node:fs";
import { FolderError } from "./errors.ts";
import type { Git, GitCall } from "./git.ts";
import { FOLDER_PATHS_MAX } from "./limits.ts";
import { diskPath, type RawPath, rawPaths } from "./paths.ts";
import { isPrivate, privateFolderOf } from "./privateFolder.ts";
import { lookAt } from "./safeFiles.ts";

/** What of a working tree git would look at. */
export interface Listing {
  /** In the index, as plain file or link. */
  readonly tracked: readonly RawPath[];
  /** In the index, and left alone there: another repository (a submodule), or outside of a sparse checkout. */
  readonly leftAlone: readonly RawPath[];
  /** Neither in the index nor ignored, nor withheld. */
  readonly others: readonly RawPath[];
  /** Folders of Pleiad's with files that are neither in the index nor ignored; those files are in none of the other lists. */
  readonly withheld: readonly RawPath[];
  /** Folders that are repositories of their own and not in the index. */
  readonly nested: readonly RawPath[];
  /** The index itself, as text: equal when and only when nothing in it changed. */
  readonly staged: Buffer;
}

const GITLINK = "160000";

/**
 * Lists a working tree. No content is read.
 *
 * @param call puts a command into the tree, with its index
 * @throws FolderError FOLDER_PATHS_TOO_MANY
 */
export async function listTree(git: Git, call: (call: GitCall) => GitCall): Promise<Listing> {
  const [{ bytes: staged }, { bytes: found }] = await Promise.all([
    git(call({ args: ["ls-files", "-z", "-t", "--stage"] })),
    git(call({ args: ["ls-files", "-z", "--others", "--exclude-standard"] })),
  ]);
  const tracked = new Set<RawPath>();
  const leftAlone: RawPath[] = [];
  for (const line of rawPaths(staged)) {
    const tab = line.indexOf("\t");
    const path = line.slice(tab + 1);
    // "S": git is told that the file need not be there.
    if (line.startsWith("S") || line.slice(2, 8) === GITLINK) leftAlone.push(path);
    else tracked.add(path);
  }
  const all = rawPaths(found);
  const others = all.filter((path) => !isPrivate(path));
  const count = tracked.size + others.length;
  if (count > FOLDER_PATHS_MAX) {
    throw new FolderError(
      "FOLDER_PATHS_TOO_MANY",
      `there are ${count} files, ${FOLDER_PATHS_MAX} are the most`,
      {
        count,
        pathsMax: FOLDER_PATHS_MAX,
      },
    );
  }
  return {
    tracked: [...tracked],
    leftAlone,
    withheld: [...new Set(all.filter(isPrivate).map(privateFolderOf))],
    others: others.filter((path) => !path.endsWith("/")),
    nested: others.filter((path) => path.endsWith("/")),
    staged,
  };
}

/** How many files are looked at together; more wait for the same few threads. */
const LOOKS_AT_ONCE = 64;

/**
 * Looks at each path as it is on the disk, without following a link, be it the file or a folder on the way to it.
 *
 * @returns undefined for what is not there, or only beyond a link
 */
export async function lookAtAll(
  top: string,
  paths: readonly RawPath[],
): Promise<ReadonlyMap<RawPath, BigIntStats | undefined>> {
  const folders = new Map<RawPath, Promise<boolean>>();
  const isFolder = (path: RawPath): Promise<boolean> => {
    if (path === "") return Promise.resolve(true);
    const known = folders.get(path);
    if (known !== undefined) return known;
    const found = isFolder(parentOf(path)).then(
      async (isPlain) => isPlain && (await lookAt(diskPath(top, path)))?.isDirectory() === true,
    );
    folders.set(path, found);
    return found;
  };
  const looks = new Map<RawPath, BigIntStats | undefined>();
  for (let at = 0; at < paths.length; at += LOOKS_AT_ONCE) {
    const some = paths.slice(at, at + LOOKS_AT_ONCE);
    const stats = await Promise.all(
      some.map(async (path) => ((await isFolder(parentOf(path))) ? lookAt(diskPath(top, path)) : undefined)),
    );
    for (const [index, path] of some.entries()) looks.set(path, stats[index]);
  }
  return looks;
}

/** Two looks at an unchanged file are equal; any write, replacement or change of rights makes them differ. */
export function signatureOf(stat: BigIntStats): string {
  return `${stat.mode}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}:${stat.ino}`;
}

function parentOf(path: RawPath): RawPath {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
