import { listChanges } from "./diff.ts";
import { FolderError } from "./errors.ts";
import { type Entry, folderOf, type Keep } from "./keep.ts";
import { CHECKPOINT_NOTE_CHARS_MAX, CHECKPOINTS_MAX } from "./limits.ts";
import { lookAtAll } from "./listing.ts";
import { rawPaths, shownPath } from "./paths.ts";
import { isPrivate } from "./privateFolder.ts";
import { appendRef, dropRefs, listSeries, type NumberedRef, type Series } from "./refs.ts";
import { makeCommit, type Skipped, takeSnapshot } from "./snapshot.ts";
import { type FolderState, writeFolderState } from "./state.ts";
import type { Checkpoint, Rollback, TakenCheckpoint } from "./types.ts";

/** Keeps the files as they are; where nothing changed since the last checkpoint, that is the answer. */
export async function takeCheckpoint(keep: Keep, entry: Entry, note: string): Promise<TakenCheckpoint> {
  const { git } = keep;
  const { desk, place, project, state } = entry;
  const { tree, skipped } = await takeSnapshot(git, desk, place);
  const known = await listSeries(git, project, state.agent, "checkpoint");
  const last = known.at(-1);
  if (last?.tree === tree) return { ...last, isNew: false, skipped };
  const parent = last?.commit ?? state.base;
  const made = await keepTree(keep, entry, "checkpoint", tree, parent, note);
  const old = known.slice(0, Math.max(0, known.length + 1 - CHECKPOINTS_MAX));
  await dropRefs(
    git,
    project,
    old.map(({ ref }) => ref),
  );
  return { ...made, isNew: true, skipped };
}

async function keepTree(
  keep: Keep,
  { desk, project, state }: Entry,
  series: Series,
  tree: string,
  parent: string,
  note: string,
): Promise<Checkpoint> {
  const { git } = keep;
  const line =
    note
      .replace(/[\p{Cc}\s]+/gu, " ")
      .trim()
      .slice(0, CHECKPOINT_NOTE_CHARS_MAX) || series;
  const commit = await makeCommit(git, desk, tree, [parent], line, state.agent);
  const number = await appendRef(git, project, state.agent, series, commit);
  const made = (await listSeries(git, project, state.agent, series)).find((one) => one.number === number);
  if (made === undefined)
    throw new FolderError("PROJECT_REF_CORRUPT", `the ref of ${commit} went`, { commit });
  return made;
}

/** @throws FolderError CHECKPOINT_UNKNOWN */
export async function requireCheckpoint(
  keep: Keep,
  { project, state }: Entry,
  number: number | undefined,
): Promise<NumberedRef> {
  const all = await listSeries(keep.git, project, state.agent, "checkpoint");
  const found = number === undefined ? all.at(-1) : all.find((one) => one.number === number);
  if (found !== undefined) return found;
  throw new FolderError("CHECKPOINT_UNKNOWN", `${state.agent} has no checkpoint ${number ?? "yet"}`, {
    number,
    known: all.slice(-20).map((one) => one.number),
  });
}

/**
 * Brings the files back to a checkpoint; what they are is kept first, also what is ignored now and would be written over.
 *
 * @throws FolderError CHECKPOINT_UNKNOWN, FOLDER_WOULD_LOSE
 */
export async function rollBack(keep: Keep, entry: Entry, number: number): Promise<Rollback> {
  const { git } = keep;
  const { desk, place, project, state } = entry;
  const to = await requireCheckpoint(keep, entry, number);
  const { bytes } = await git(desk.call({ args: ["ls-tree", "-r", "-z", "--name-only", to.tree] }));
  const targets = rawPaths(bytes);
  const force = await inTheWay(keep, entry, targets);
  const own = force.find(isPrivate);
  if (own !== undefined) throw wouldLose(shownPath(own), "private");
  const { tree, skipped } = await takeSnapshot(git, desk, place, force);
  const wanted = new Set(targets.map(shownPath));
  const { bytes: indexed } = await git(desk.callIn(place.tree, place.index, { args: ["ls-files", "-z"] }));
  for (const path of rawPaths(indexed)) wanted.add(shownPath(path));
  // Of a repository of its own the path ends with a stroke.
  const lost = skipped.find(({ path }) => wanted.has(path.replace(/\/$/, "")));
  if (lost !== undefined) throw wouldLose(lost.path, lost.why);
  const last = (await listSeries(git, project, state.agent, "checkpoint")).at(-1);
  const note = `Before going back to checkpoint ${number}`;
  const kept = await keepTree(keep, entry, "rolled-back", tree, last?.commit ?? state.base, note);
  const files = await listChanges(git, desk, tree, to.tree);
  const folder = folderOf(keep, state.agent);
  // After a crash the next life goes on from here; where it fails now, whoever enters next.
  const going = { ...state, rollingBackTo: to.tree };
  await writeFolderState(folder, going);
  keep.states.set(state.agent, going);
  await finishRollBack(keep, entry, to.tree);
  return { to, kept, files };
}

const WHY_LOST: Readonly<Record<Skipped["why"], string>> = {
  tooLarge: "is too large to be kept",
  repository: "is a repository of its own",
  private: "is in a folder of Pleiad's own, of which nothing is kept",
};

function wouldLose(path: string, why: Skipped["why"]): FolderError {
  return new FolderError("FOLDER_WOULD_LOSE", `${path} ${WHY_LOST[why]}, and would be lost`, { path });
}

export async function finishRollBack(keep: Keep, { desk, place, state }: Entry, tree: string): Promise<void> {
  await keep.git(desk.callIn(place.tree, place.index, { args: ["read-tree", "--reset", "-u", tree] }));
  const { rollingBackTo: _done, ...ready } = state;
  await writeFolderState(folderOf(keep, state.agent), ready);
  keep.states.set(state.agent, ready satisfies FolderState);
}

/**
 * An agent's folder, as it is meant to be: a going back that was cut short is finished first, or what is done meanwhile would be taken back with
 * the rest later. To be called alone with the agent's files.
 *
 * @throws FolderError as `Keep.enter`
 */
export async function enterWhole(keep: Keep, agent: string): Promise<Entry> {
  const entry = await keep.enter(agent);
  const { rollingBackTo } = entry.state;
  if (rollingBackTo === undefined) return entry;
  await finishRollBack(keep, entry, rollingBackTo);
  return keep.enter(agent);
}

/** Files that are in no index and of which the checkpoint has one of the same name, or a folder or file in their place. */
async function inTheWay(keep: Keep, { desk, place }: Entry, targets: readonly string[]): Promise<string[]> {
  const { bytes } = await keep.git(
    desk.callIn(place.tree, place.index, {
      args: ["ls-files", "-z", "--others"],
    }),
  );
  const wanted = new Set(targets);
  const folders = new Set(targets.flatMap((path) => foldersAbove(path)));
  const found = rawPaths(bytes).filter(
    (path) =>
      !path.endsWith("/") &&
      (wanted.has(path) || folders.has(path) || foldersAbove(path).some((folder) => wanted.has(folder))),
  );
  const looks = await lookAtAll(place.tree, found);
  return found.filter((path) => looks.get(path) !== undefined);
}

function foldersAbove(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
