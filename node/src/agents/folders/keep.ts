import { join } from "node:path";
import { type Desk, openDesk } from "./desk.ts";
import { FolderError } from "./errors.ts";
import type { Git } from "./git.ts";
import { CHECKPOINT_FILE_BYTES_MAX, FOLDER_NAME_CHARS_MAX } from "./limits.ts";
import { findProject, type Project } from "./project.ts";
import { lookAt } from "./safeFiles.ts";
import type { TreePlace } from "./snapshot.ts";
import type { FolderState } from "./state.ts";
import type { createKeyedTurns } from "./turns.ts";
import type { AgentFolder, FolderOptions } from "./types.ts";

/** Where things are below the folder of this library. */
export interface Places {
  /** Empty: the home of every git. */
  readonly home: string;
  readonly desks: string;
  readonly trees: string;
  readonly merges: string;
  readonly scratch: string;
}

export function placesBelow(folder: string): Places {
  return {
    home: join(folder, "home"),
    desks: join(folder, "desks"),
    trees: join(folder, "trees"),
    merges: join(folder, "merges"),
    scratch: join(folder, "scratch"),
  };
}

/** A project whose desk is open. */
export interface Held {
  readonly project: Project;
  readonly desk: Desk;
}

/** What all operations share. */
export interface Keep {
  readonly git: Git;
  readonly options: FolderOptions;
  readonly places: Places;
  readonly now: () => number;
  /** What is written on disk, by agent. */
  readonly states: Map<string, FolderState>;
  /** What touches one agent's files and index happens one after the other; "ports" is a key, too. */
  readonly alone: ReturnType<typeof createKeyedTurns>;
  hold(projectPath: string): Promise<Held>;
  /** @throws FolderError FOLDER_UNKNOWN, FOLDER_GONE, and what is wrong with its project */
  enter(agent: string): Promise<Entry>;
}

/** An agent's folder with all that is needed to work on it. */
export interface Entry extends Held {
  readonly state: FolderState;
  readonly place: TreePlace;
}

export function createHold(git: Git, places: Places): Keep["hold"] {
  const desks = new Map<string, Promise<Desk>>();
  return async (path) => {
    const project = await findProject(git, path);
    // The desk belongs to the repository; of two working trees each is a project of its own.
    const key = `${project.key} ${project.top}`;
    const opening = desks.get(key) ?? openDesk(git, project, join(places.desks, project.key));
    desks.set(key, opening);
    try {
      const desk = await opening;
      return { project, desk };
    } catch (error) {
      desks.delete(key);
      throw error;
    }
  };
}

export function folderOf(keep: Pick<Keep, "places">, agent: string): string {
  return join(keep.places.trees, agent);
}

/** The parts of an agent's folder. */
export function placeBelow(folder: string): Pick<TreePlace, "tree" | "index"> {
  return { tree: join(folder, "tree"), index: join(folder, "index") };
}

export function placeOf(keep: Pick<Keep, "places" | "options">, state: FolderState): TreePlace {
  return {
    ...placeBelow(folderOf(keep, state.agent)),
    hidden: state.envFiles,
    fileBytesMax: keep.options.fileBytesMax ?? CHECKPOINT_FILE_BYTES_MAX,
  };
}

/** @throws FolderError FOLDER_UNKNOWN */
export function requireState(states: ReadonlyMap<string, FolderState>, agent: string): FolderState {
  const state = states.get(agent);
  if (state?.state === "ready") return state;
  throw new FolderError("FOLDER_UNKNOWN", `${JSON.stringify(agent.slice(0, 80))} has no folder`, {
    agent: agent.slice(0, 80),
  });
}

/** @throws FolderError FOLDER_GONE */
export async function requireTree(place: TreePlace, agent: string): Promise<void> {
  const stat = await lookAt(place.tree);
  if (stat?.isDirectory() === true) return;
  throw new FolderError("FOLDER_GONE", `the working tree of ${agent} is not at ${place.tree}`, {
    agent,
    path: place.tree,
  });
}

const NAME = /^[a-z0-9][a-z0-9-]*$/;

export function isName(agent: string): boolean {
  return NAME.test(agent) && agent.length <= FOLDER_NAME_CHARS_MAX;
}

/** @throws FolderError FOLDER_NAME_INVALID */
export function requireName(agent: string): void {
  if (isName(agent)) return;
  const name = agent.slice(0, 80);
  throw new FolderError("FOLDER_NAME_INVALID", `${JSON.stringify(name)} is no name for a folder`, {
    agent: name,
  });
}

export function shownFolder(keep: Pick<Keep, "places" | "options">, state: FolderState): AgentFolder {
  const {
    agent,
    project,
    owner,
    base,
    includesUncommitted,
    projectBranch,
    createdAtMs,
    ports,
    envFiles,
    submodules,
  } = state;
  return {
    agent,
    project,
    owner,
    path: placeOf(keep, state).tree,
    base,
    includesUncommitted,
    projectBranch,
    createdAtMs,
    ports,
    envFiles,
    submodules,
  };
}
