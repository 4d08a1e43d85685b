import { copyFile, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf, removeIfThere, syncFolder } from "../../config/files.ts";
import { removeTree } from "../removeTree.ts";
import { isSystemError } from "../systemError.ts";
import { copyEnvFiles } from "./envFiles.ts";
import { FolderError } from "./errors.ts";
import { folderOf, type Held, type Keep, placeOf, requireName } from "./keep.ts";
import { CHECKPOINT_FILE_BYTES_MAX, FOLDERS_MAX } from "./limits.ts";
import { listTree } from "./listing.ts";
import { snapshotMainTree } from "./mainSnapshot.ts";
import { makeOwnTree } from "./ownRepository.ts";
import { shownPath } from "./paths.ts";
import { choosePorts } from "./ports.ts";
import {
  commitOf,
  headOf,
  isIgnored,
  isWithin,
  type Project,
  type ProjectHead,
  publishedCommitOf,
} from "./project.ts";
import { allRefsOf, dropRefs, privateRef, setRef } from "./refs.ts";
import { lookAt } from "./safeFiles.ts";
import { hideTracked, makeCommit } from "./snapshot.ts";
import { FOLDER_FILE, type FolderState, writeFolderState } from "./state.ts";
import type { NewFolder } from "./types.ts";

/**
 * Makes an agent's folder: written down as "making" first, the working tree under another name until it is whole, "ready"
 * last. What fails leaves nothing.
 */
export async function makeAgentFolder(
  keep: Keep,
  request: NewFolder,
  isPortFree: (port: number) => Promise<boolean>,
): Promise<FolderState> {
  const { agent } = request;
  requireName(agent);
  const known = keep.states.get(agent);
  if (known?.state === "ready") {
    throw new FolderError("FOLDER_EXISTS", `${agent} has a folder already`, { agent });
  }
  if (known !== undefined) await finishEnding(keep, await holdIfThere(keep, known.project), known);
  const held = await keep.hold(request.project);
  await requireApart(keep, held.project);
  const head = await headOf(keep.git, held.project);
  const base = await chooseBase(keep, held, head, request);
  const folder = folderOf(keep, agent);
  if ((await lookAt(folder)) !== undefined) {
    throw new FolderError("FOLDER_EXISTS", `something is at ${folder}, of which nothing is known`, {
      folder,
    });
  }
  let state: FolderState = {
    version: 1,
    agent,
    project: held.project.top,
    ...(request.owner === undefined ? {} : { owner: request.owner }),
    state: "making",
    forget: false,
    base,
    includesUncommitted: request.includeUncommitted === true,
    ...(head.branch === undefined ? {} : { projectBranch: head.branch }),
    createdAtMs: keep.now(),
    ports: [],
    envFiles: (keep.options.envFiles ?? []).map(({ path }) => path),
    submodules: [],
  };
  try {
    // One after the other, until it is written down whose they are.
    state = await keep.alone("ports", async () => {
      if (keep.states.size >= FOLDERS_MAX) {
        throw new FolderError("FOLDERS_TOO_MANY", `${keep.states.size} agents have a folder`, {
          foldersMax: FOLDERS_MAX,
        });
      }
      const taken = new Set([...keep.states.values()].flatMap(({ ports }) => ports));
      const ports = await choosePorts(keep.options.ports, taken, isPortFree);
      await mkdir(folder, { mode: 0o700 });
      const making = { ...state, ports };
      await writeFolderState(folder, making);
      keep.states.set(agent, making);
      return making;
    });
    const submodules = await fill(keep, held, state);
    state = { ...state, submodules, state: "ready" };
    await writeFolderState(folder, state);
    keep.states.set(agent, state);
    return state;
  } catch (error) {
    // Where that is refused, too, the first failure is the one to tell; the next `open` tidies up.
    await dropHalfMade(keep, held, agent).catch((second: unknown) => {
      if (!(second instanceof FolderError) && !isSystemError(second)) throw second;
    });
    throw error;
  }
}

/** @returns the submodules */
async function fill(keep: Keep, { project, desk }: Held, state: FolderState): Promise<string[]> {
  const { git } = keep;
  const { agent, base } = state;
  const folder = folderOf(keep, agent);
  const place = placeOf(keep, state);
  const making = join(folder, "tree.making");
  await setRef(git, project, privateRef(agent, "base"), base);
  await makeOwnTree(git, desk, {
    folder: making,
    commit: base,
    branch: `pleiad/${agent}`,
    author: agent,
    ignored: state.envFiles,
  });
  await copyFile(join(making, ".git", "index"), place.index);
  const made = { ...place, tree: making };
  await hideTracked(git, desk, made);
  await copyEnvFiles(keep.options.envFiles ?? [], project.top, making, { agent, ports: state.ports });
  const { leftAlone } = await listTree(git, (call) => desk.callIn(making, place.index, call));
  await rename(making, place.tree);
  await syncFolder(folder);
  return leftAlone.map(shownPath).filter((path) => !state.envFiles.includes(path));
}

async function chooseBase(keep: Keep, held: Held, head: ProjectHead, request: NewFolder): Promise<string> {
  const { git, options } = keep;
  const { project, desk } = held;
  const { agent, base, isPublishedOnly = false, includeUncommitted = false, requireClean = false } = request;
  const find = isPublishedOnly ? publishedCommitOf : commitOf;
  const commit = base === undefined ? head.commit : await find(git, project, base);
  if (!includeUncommitted && !requireClean) return commit;
  if (includeUncommitted && commit !== head.commit) {
    throw new FolderError(
      "PROJECT_BASE_UNKNOWN",
      "uncommitted changes are changes of HEAD: another base cannot have them",
      { base },
    );
  }
  const hidden = (options.envFiles ?? []).map(({ path }) => path);
  const index = join(keep.places.scratch, `index-${agent}`);
  const { fileBytesMax = CHECKPOINT_FILE_BYTES_MAX } = options;
  const tree = await snapshotMainTree(git, desk, head.commit, index, hidden, fileBytesMax);
  const { text: headTree } = await git(
    desk.call({ args: ["rev-parse", "--verify", `${head.commit}^{tree}`] }),
  );
  if (tree === headTree) return commit;
  if (requireClean) {
    throw new FolderError("PROJECT_DIRTY", `${project.top} has changes that are not committed`, {
      project: project.top,
    });
  }
  return makeCommit(git, desk, tree, [head.commit], `What was not committed when ${agent} began`);
}

/** Our folder may be in the project where that project's git ignores it: then it is none of the project's files. */
async function requireApart(keep: Keep, project: Project): Promise<void> {
  const { top } = project;
  const { folder } = keep.options;
  const isInside = isWithin(folder, top);
  if (!isInside && !isWithin(top, folder)) return;
  if (isInside && (await isIgnored(keep.git, project, folder))) return;
  throw new FolderError("PROJECT_OVERLAPS_DATA", `${top} and ${folder} are in one another`, {
    project: top,
    folder,
  });
}

/** What was to be made or removed when it was cut short is not there afterwards. */
export async function finishEnding(keep: Keep, held: Held | undefined, state: FolderState): Promise<void> {
  if (state.state === "removing") await removeAgentFolder(keep, held, state);
  else await dropHalfMade(keep, held, state.agent);
}

/** A project that is gone keeps nobody from removing what was made of it. */
export async function holdIfThere(keep: Pick<Keep, "hold">, project: string): Promise<Held | undefined> {
  try {
    return await keep.hold(project);
  } catch (error) {
    if (error instanceof FolderError && error.code === "PROJECT_NOT_GIT") return undefined;
    throw error;
  }
}

/** Takes back what a creation had made, whatever it was. */
export async function dropHalfMade(keep: Keep, held: Held | undefined, agent: string): Promise<void> {
  if (held !== undefined) {
    await dropRefs(keep.git, held.project, [privateRef(agent, "base")]);
  }
  await removeFiles(keep, agent);
}

/** Removes a folder: written down as "removing" first; the state file goes last. */
export async function removeAgentFolder(
  keep: Keep,
  held: Held | undefined,
  state: FolderState,
): Promise<void> {
  const { agent, forget } = state;
  await writeFolderState(folderOf(keep, agent), { ...state, state: "removing" });
  if (held !== undefined) {
    const refs = forget ? await allRefsOf(keep.git, held.project, agent) : [privateRef(agent, "base")];
    await dropRefs(keep.git, held.project, refs);
  }
  await removeFiles(keep, agent);
}

async function removeFiles(keep: Keep, agent: string): Promise<void> {
  const folder = folderOf(keep, agent);
  for (const part of ["tree.making", "tree", "index", "index.lock"]) {
    const errno = await removeTree(join(folder, part));
    if (errno === undefined) continue;
    throw new FolderError("FOLDER_IO", `${join(folder, part)} cannot be removed: ${errno}`, { errno });
  }
  await removeIfThere(join(folder, FOLDER_FILE)).catch((error: unknown) => {
    if (errnoOf(error) !== "ENOTDIR") throw error;
  });
  await removeTree(folder);
  keep.states.delete(agent);
}
