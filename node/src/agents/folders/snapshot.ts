import type { Desk } from "./desk.ts";
import { FolderError } from "./errors.ts";
import type { Git } from "./git.ts";
import { CHECKPOINT_TRIES_MAX } from "./limits.ts";
import { type Listing, listTree, lookAtAll } from "./listing.ts";
import { gitInput, type RawPath, rawPath, shownPath } from "./paths.ts";

/** A working tree with the daemon's own index of it. */
export interface TreePlace {
  readonly tree: string;
  readonly index: string;
  /** Paths that are in no snapshot as they are on disk: files of variables. */
  readonly hidden: readonly string[];
  readonly fileBytesMax: number;
}

/** What a snapshot did not take. */
export interface Skipped {
  readonly path: string;
  readonly why: "tooLarge" | "repository" | "private";
}

/** The files of a working tree as an object of git. */
export interface Snapshot {
  readonly tree: string;
  readonly skipped: readonly Skipped[];
}

/**
 * Writes what is in a working tree as a tree of git, by an index of the daemon's own: tracked and untracked files, not the
 * ignored ones, and nothing untracked in a folder of Pleiad's, which may hold keys. Nothing but the index and the objects is written, no program runs, links are kept as links.
 *
 * @param force Paths that are taken though they are ignored, or nobody's; none of a folder of Pleiad's.
 * @throws FolderError FOLDER_BUSY when files come and go faster than they are read; FOLDER_NO_SPACE, …
 */
export async function takeSnapshot(
  git: Git,
  desk: Desk,
  place: TreePlace,
  force: readonly RawPath[] = [],
): Promise<Snapshot> {
  for (let tries = 1; ; tries += 1) {
    try {
      const listing = await listTree(git, (one) => desk.callIn(place.tree, place.index, one));
      const all = { ...listing, others: [...listing.others, ...force] };
      const skipped = await updateIndex(git, desk, place, all);
      const { text: tree } = await git(desk.callIn(place.tree, place.index, { args: ["write-tree"] }));
      return { tree, skipped };
    } catch (error) {
      // A file went, or became a folder, between the look and the reading.
      const isMoving =
        error instanceof FolderError && error.code === "GIT_FAILED" && MOVING.test(error.message);
      if (!isMoving) throw error;
      if (tries >= CHECKPOINT_TRIES_MAX) {
        throw new FolderError(
          "FOLDER_BUSY",
          `files change faster than they are read: ${error.message}`,
          {},
          error,
        );
      }
    }
  }
}

const MOVING =
  /Unable to process path|does not exist|unable to index file|is a directory|beyond a symbolic link/;

/**
 * Brings an index up to what is on the disk.
 *
 * @param listing the paths that are looked at; those of `tracked` that are not there go
 */
export async function updateIndex(
  git: Git,
  desk: Desk,
  place: TreePlace,
  listing: Pick<Listing, "tracked" | "others" | "nested" | "withheld">,
): Promise<Skipped[]> {
  const call = (args: readonly string[], input: Buffer) =>
    git(desk.callIn(place.tree, place.index, { args: ["update-index", "-z", ...args], input }));
  const hidden = new Set(place.hidden.map(rawPath));
  const tracked = listing.tracked.filter((path) => !hidden.has(path));
  const others = listing.others.filter((path) => !hidden.has(path));
  const looks = await lookAtAll(place.tree, [...tracked, ...others]);
  const skipped: Skipped[] = [
    ...listing.nested.map((path) => ({ path: shownPath(path), why: "repository" as const })),
    ...listing.withheld.map((path) => ({ path: shownPath(path), why: "private" as const })),
  ];
  const gone = tracked.filter((path) => !isTaken(looks.get(path)));
  const taken: RawPath[] = [];
  for (const [path, stat] of looks) {
    if (stat === undefined || !isTaken(stat)) continue;
    if (stat.isFile() && stat.size > BigInt(place.fileBytesMax)) {
      skipped.push({ path: shownPath(path), why: "tooLarge" });
    } else taken.push(path);
  }
  // First what goes: a file may have become a folder, and a folder a file or a link.
  if (gone.length > 0) {
    const zeros = "0".repeat(desk.project.objectFormat === "sha256" ? 64 : 40);
    await call(["--index-info"], gitInput(gone.map((path) => `0 ${zeros}\t${path}`)));
  }
  await call(["--add", "--remove", "--replace", "--stdin"], gitInput(taken));
  return skipped;
}

function isTaken(stat: { isFile(): boolean; isSymbolicLink(): boolean } | undefined): boolean {
  return stat !== undefined && (stat.isFile() || stat.isSymbolicLink());
}

/** Files that git holds in the index as the base has them, whatever stands on the disk. */
export async function hideTracked(git: Git, desk: Desk, place: TreePlace): Promise<void> {
  if (place.hidden.length === 0) return;
  const { bytes } = await git(
    desk.callIn(place.tree, place.index, { args: ["ls-files", "-z", "--", ...place.hidden] }),
  );
  if (bytes.length === 0) return;
  await git(
    desk.callIn(place.tree, place.index, {
      args: ["update-index", "-z", "--skip-worktree", "--stdin"],
      input: bytes,
    }),
  );
}

/** A commit of a tree, made by plumbing: no hook, no signature, nobody's name but the daemon's. */
export async function makeCommit(
  git: Git,
  desk: Desk,
  tree: string,
  parents: readonly string[],
  message: string,
  author?: string,
): Promise<string> {
  const named: Record<string, string> =
    author === undefined ? {} : { GIT_AUTHOR_NAME: author, GIT_AUTHOR_EMAIL: `${author}@pleiad.localhost` };
  const { text } = await git(
    desk.call({
      args: ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent]), "-F", "-"],
      input: message,
      environment: named,
    }),
  );
  return text;
}
