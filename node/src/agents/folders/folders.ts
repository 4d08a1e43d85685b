import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { makeFolder, removeHalfWritten, removeIfThere } from "../../config/files.ts";
import { removeTree } from "../removeTree.ts";
import { isSystemError } from "../systemError.ts";
import { agentTag } from "../tag.ts";
import { enterWhole, requireCheckpoint, rollBack, takeCheckpoint } from "./checkpoints.ts";
import { diffCounts, diffOne, diffTrees } from "./diff.ts";
import { requireEnvFiles } from "./envFiles.ts";
import { FolderError } from "./errors.ts";
import { createGit, requireGit } from "./git.ts";
import {
  createHold,
  type Entry,
  folderOf,
  type Held,
  isName,
  type Keep,
  placeBelow,
  placeOf,
  placesBelow,
  requireState,
  requireTree,
  shownFolder,
} from "./keep.ts";
import { DIFF_FILES_MAX, GATE_TOLD_MS, MERGES_KEPT_MAX, PORTS_PER_FOLDER_MAX } from "./limits.ts";
import { lookAtAll } from "./listing.ts";
import { dropHalfMade, finishEnding, holdIfThere, makeAgentFolder, removeAgentFolder } from "./making.ts";
import { errorOf, type MergeBook, openMergeBook } from "./mergeBook.ts";
import { createMergeQueue, type MergeQueue } from "./mergeQueue.ts";
import { readOwnHead } from "./ownRepository.ts";
import { isPortFree } from "./ports.ts";
import { listSeries } from "./refs.ts";
import { createRuns } from "./runs.ts";
import { lookAt } from "./safeFiles.ts";
import { takeSnapshot } from "./snapshot.ts";
import { readFolderState } from "./state.ts";
import { awaitLeftGit, removePrivateLocks, removeTargetLock } from "./tidy.ts";
import { createKeyedTurns } from "./turns.ts";
import type {
  Diff,
  DiffList,
  FolderModules,
  FolderNews,
  FolderOptions,
  ListedFile,
  Merge,
  MergeRequest,
  ProjectFolders,
  TidyReport,
} from "./types.ts";
import { watchTree } from "./watcher.ts";

/**
 * Agents' project folders of one node.
 *
 * @example
 * const folders = createProjectFolders({ folder: join(dataFolder, "projects") }, { environment: process.env });
 * await folders.open();
 * const { path } = await folders.create({ agent: "alice", project: "/home/me/app" });
 */
export function createProjectFolders(options: FolderOptions, modules: FolderModules): ProjectFolders {
  requireOptions(options);
  const { environment, now = Date.now } = modules;
  const places = placesBelow(options.folder);
  const mark = createHash("sha256").update(resolve(options.folder)).digest("hex").slice(0, 24);
  const gitTag = `folders-${mark}:git`;
  const tagOfGate = (id: number | "") => agentTag(options.tagPrefix ?? `gates-${mark}`, `gate-${id}`);
  const git = createGit(
    {
      home: places.home,
      tag: gitTag,
      ...(options.gitProgram === undefined ? {} : { program: options.gitProgram }),
      ...(options.gitTimeoutMs === undefined ? {} : { timeoutMs: options.gitTimeoutMs }),
    },
    environment,
  );
  const hold = createHold(git, places);
  const keep: Keep = {
    git,
    options,
    places,
    now,
    states: new Map(),
    alone: createKeyedTurns(),
    hold,
    async enter(agent) {
      const state = requireState(keep.states, agent);
      const place = placeOf(keep, state);
      await requireTree(place, agent);
      return { ...(await hold(state.project)), state, place };
    },
  };
  const runs = createRuns(keep);
  const closing = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  let book: MergeBook | undefined;
  let queue: MergeQueue | undefined;
  const listeners = new Set<(news: FolderNews) => void>();
  const tell = (news: FolderNews): void => {
    for (const listener of listeners) listener(news);
  };
  /** Merges of which it is told soon that their gates printed. */
  const printing = new Map<number, NodeJS.Timeout>();
  function tellPrinted(id: number): void {
    if (printing.has(id)) return;
    const soon = setTimeout(() => {
      printing.delete(id);
      tell({ kind: "merge", id });
    }, GATE_TOLD_MS);
    printing.set(id, soon);
  }

  /** Lets nothing but a `FolderError` out of what the disk or git refuse, and `close` wait for the end. */
  async function operation<Result>(use: () => Promise<Result>): Promise<Result> {
    if (closing.signal.aborted)
      throw new FolderError("FOLDERS_CLOSED", "the daemon ends: its folders are closed");
    const going = use().catch((error: unknown) => {
      throw isSystemError(error) ? ofSystem(error) : error;
    });
    underWay.add(going);
    try {
      return await going;
    } finally {
      underWay.delete(going);
    }
  }

  /** The same, and whoever listens hears of it, however it ended. */
  async function told<Result>(agent: string, use: () => Promise<Result>): Promise<Result> {
    try {
      return await operation(use);
    } finally {
      tell({ kind: "folder", agent });
    }
  }

  function ask(request: MergeRequest) {
    const signals = [closing.signal, ...(request.signal === undefined ? [] : [request.signal])];
    return opened().queue.ask(request, AbortSignal.any(signals));
  }

  /** The same as `operation`, alone with the files of an agent. */
  function onFiles<Result>(agent: string, use: (entry: Entry) => Promise<Result>): Promise<Result> {
    return operation(() => keep.alone(agent, async () => use(await enterWhole(keep, agent))));
  }

  function opened(): { readonly book: MergeBook; readonly queue: MergeQueue } {
    if (book === undefined || queue === undefined) throw new Error("open() comes first");
    return { book, queue };
  }

  async function open(): Promise<TidyReport> {
    for (const folder of Object.values(places)) await makeFolder(folder);
    const gitVersion = await requireGit(git);
    await awaitLeftGit(gitTag, tagOfGate(""));
    for (const name of await readdir(places.scratch)) await removeTree(join(places.scratch, name));
    for (const name of await readdir(places.desks)) {
      for (const part of [name, join(name, "info")]) await removeHalfWritten(join(places.desks, part));
    }
    book = await openMergeBook(places.merges);
    for (const name of await readdir(places.merges)) {
      if (name.startsWith("gate-")) await removeTree(join(places.merges, name));
    }
    const report = {
      gitVersion,
      dropped: [] as string[],
      removed: [] as string[],
      rolledBack: [] as string[],
      locksRemoved: [] as string[],
      unusable: [] as { agent: string; error: FolderError }[],
    };
    for (const agent of (await readdir(places.trees)).filter(isName).sort()) {
      await tidyAgent(agent, report).catch((error: unknown) => {
        if (!(error instanceof FolderError)) throw error;
        report.unusable.push({ agent, error });
      });
    }
    const merges: Merge[] = [];
    for (const merge of book.list().filter(({ state }) => state !== "done")) {
      merges.push(await settle(book, merge, report.locksRemoved));
    }
    queue = createMergeQueue(keep, {
      gate: { ...modules, scratchFolder: places.scratch },
      book,
      tagOf: tagOfGate,
      onMoved: runs.claim,
      onStep({ id, agent }) {
        tell({ kind: "merge", id });
        tell({ kind: "folder", agent });
      },
      onPrinted: tellPrinted,
    });
    return { ...report, merges };
  }

  async function tidyAgent(
    agent: string,
    report: {
      readonly dropped: string[];
      readonly removed: string[];
      readonly rolledBack: string[];
      readonly locksRemoved: string[];
    },
  ): Promise<void> {
    await removeHalfWritten(folderOf(keep, agent));
    const state = await readFolderState(folderOf(keep, agent));
    if (state === undefined) {
      const { tree } = placeBelow(folderOf(keep, agent));
      if ((await lookAt(tree)) !== undefined) {
        throw new FolderError("FOLDER_STATE_DAMAGED", `nothing is written about ${tree}`, { path: tree });
      }
      // Nothing was made yet but the folder, or nothing is left but it.
      await dropHalfMade(keep, undefined, agent);
      report.dropped.push(agent);
      return;
    }
    keep.states.set(agent, state);
    await removeIfThere(join(folderOf(keep, agent), "index.lock"));
    const held = await holdIfThere(keep, state.project);
    if (held !== undefined) report.locksRemoved.push(...(await removePrivateLocks(held.project)));
    if (state.state !== "ready") {
      await finishEnding(keep, held, state);
      (state.state === "making" ? report.dropped : report.removed).push(agent);
    } else if (state.rollingBackTo !== undefined) {
      await enterWhole(keep, agent);
      report.rolledBack.push(agent);
    } else await keep.enter(agent);
  }

  /** Gives a merge of the last life its outcome: merged if its commit is in the branch, else nothing was moved. */
  async function settle(merges: MergeBook, merge: Merge, locksRemoved: string[]): Promise<Merge> {
    const ref = `refs/heads/${merge.target}`;
    let isMerged = false;
    const held = merge.state === "moving" ? await holdIfThere(keep, merge.project) : undefined;
    if (held !== undefined && merge.commit !== undefined) {
      const lock = await removeTargetLock(held.project, ref, merge.commit);
      if (lock !== undefined) locksRemoved.push(lock);
      const within = await git(
        held.desk.call({
          args: ["merge-base", "--is-ancestor", merge.commit, await targetOf(held, ref)],
          okCodes: [0, 1, 128],
        }),
      );
      isMerged = within.exitCode === 0;
    }
    const error = errorOf(
      new FolderError("MERGE_INTERRUPTED", `the daemon ended while the merge was ${merge.state}`),
    );
    const { before, ...rest } = merge;
    const done: Merge = isMerged
      ? { ...rest, ...(before === undefined ? {} : { before }), state: "done", outcome: "merged" }
      : { ...rest, state: "done", outcome: "failed", error };
    await merges.set(done);
    return done;
  }

  /** @throws FolderError MERGE_UNKNOWN */
  function requireMerge(id: number): Merge {
    const found = opened()
      .book.list()
      .find((merge) => merge.id === id);
    if (found !== undefined) return found;
    throw new FolderError("MERGE_UNKNOWN", `there is no merge ${id}`, { id });
  }

  async function targetOf({ project }: Held, ref: string): Promise<string> {
    const found = await git({
      args: ["rev-parse", "--verify", "--quiet", ref],
      environment: { GIT_DIR: project.gitFolder },
      okCodes: [0, 1, 128],
    });
    return found.text.trim() || "refs/heads/none";
  }

  return {
    open: () => operation(open),
    create: (request) =>
      told(request.agent, () =>
        keep.alone(request.agent, async () =>
          shownFolder(keep, await makeAgentFolder(keep, request, modules.isPortFree ?? isPortFree)),
        ),
      ),
    list: () =>
      [...keep.states.values()]
        .filter(({ state }) => state === "ready")
        .map((state) => shownFolder(keep, state)),
    get: (agent) => shownFolder(keep, requireState(keep.states, agent)),
    remove: (agent, { forget = false } = {}) =>
      told(agent, () =>
        keep.alone(agent, async () => {
          const state = requireState(keep.states, agent);
          runs.requireIdle(agent);
          const held = await holdIfThere(keep, state.project);
          // What stands in no checkpoint yet would be lost; of a folder that is gone nothing can be kept.
          if (!forget && held !== undefined) {
            const entry = await keep.enter(agent).catch((error: unknown) => {
              if (error instanceof FolderError && error.code === "FOLDER_GONE") return undefined;
              throw error;
            });
            if (entry !== undefined) await takeCheckpoint(keep, entry, "Before the folder was removed");
          }
          const removing = { ...state, state: "removing" as const, forget };
          keep.states.set(agent, removing);
          await removeAgentFolder(keep, held, removing);
          runs.forget(agent);
        }),
      ),
    async beginRun(agent) {
      const run = await told(agent, () => onFiles(agent, (entry) => runs.begin(entry)));
      return {
        ...run,
        rest: () => told(agent, () => run.rest()),
        end: (claimed) => told(agent, () => run.end(claimed)),
      };
    },
    checkpoint: (agent, note) =>
      told(agent, () => onFiles(agent, (entry) => takeCheckpoint(keep, entry, note))),
    listCheckpoints: (agent) =>
      operation(async () => {
        const { project } = await hold(requireState(keep.states, agent).project);
        return listSeries(git, project, agent, "checkpoint");
      }),
    rollback: (agent, checkpoint) =>
      told(agent, () =>
        onFiles(agent, (entry) => {
          runs.requireResting(agent);
          return rollBack(keep, entry, checkpoint);
        }),
      ),
    diff: (agent, request) =>
      onFiles(agent, async (entry): Promise<Diff> => {
        const { kind, textBytesMax } = request;
        const { from, to, skipped, environment: objects } = await sidesOf(keep, entry, request);
        const diff = await diffTrees(git, entry.desk, from.id, to.id, textBytesMax, objects);
        return { kind, from, to, ...diff, skipped };
      }),
    listDiff: (agent, request) =>
      onFiles(agent, async (entry): Promise<DiffList> => {
        const { from, to, skipped, environment: objects } = await sidesOf(keep, entry, request);
        const all = await diffCounts(git, entry.desk, from.id, to.id, objects);
        // Of what is compared by commits the disk says nothing.
        const isOfFiles = request.kind !== "committed" && request.kind !== "merged";
        const some = all.files.slice(0, DIFF_FILES_MAX);
        const looks = isOfFiles
          ? await lookAtAll(
              entry.place.tree,
              some.map(({ raw }) => raw),
            )
          : undefined;
        let changedAtMs: number | undefined;
        const files = some.map(({ raw, rawBefore: _before, ...file }): ListedFile => {
          const stat = looks?.get(raw);
          if (stat === undefined) return file;
          const atMs = Number(stat.mtimeMs);
          changedAtMs = Math.max(changedAtMs ?? 0, atMs);
          return { ...file, changedAtMs: atMs };
        });
        const last = changedAtMs === undefined ? {} : { changedAtMs };
        return { kind: request.kind, from, to, ...all, files, ...last, skipped };
      }),
    diffFile: (agent, { path, ...request }) =>
      onFiles(agent, async (entry) => {
        const { from, to, environment: objects } = await sidesOf(keep, entry, request);
        const sides = { from: from.id, to: to.id, path };
        const one = await diffOne(git, entry.desk, sides, objects);
        if (one !== undefined) return { kind: request.kind, from, to, ...one };
        const what = JSON.stringify(path.slice(0, 200));
        throw new FolderError("DIFF_FILE_UNKNOWN", `${what} is the same on both sides`, {
          path: path.slice(0, 200),
        });
      }),
    preview: (agent, target) =>
      operation(async () => opened().queue.preview(await keep.enter(agent), target)),
    merge: (request) => operation(async () => (await ask(request)).end),
    async askMerge(request) {
      // What a signal of its own ends is nobody else's.
      const { merge, end } = await operation(() =>
        request.signal === undefined ? opened().queue.askDetached(request, closing.signal) : ask(request),
      );
      if (end === undefined) return merge;
      operation(() => end).catch((error: unknown) => {
        modules.logger.error({ err: error, merge: merge.id }, "a merge that nobody waits for met a bug");
      });
      return merge;
    },
    stopMerge(id) {
      opened().queue.stop(requireMerge(id).id);
    },
    getMerge: requireMerge,
    gateOutput: (id) => opened().queue.outputOf(id),
    listMerges: () => opened().book.list().slice(0, MERGES_KEPT_MAX),
    watch: (agent, signal) =>
      operation(async () => {
        const { desk, place } = await keep.enter(agent);
        const both = AbortSignal.any([signal, closing.signal]);
        return typed(await watchTree(git, desk, { agent, ...place }, both));
      }),
    notices: (agent) => runs.notices(requireState(keep.states, agent).agent),
    onNews(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      closing.abort();
      await Promise.allSettled([...underWay]);
      for (const timer of printing.values()) clearTimeout(timer);
    },
  };
}

/** What the disk refuses in the midst of it is a `FolderError`, too. */
async function* typed<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  try {
    yield* items;
  } catch (error) {
    throw isSystemError(error) ? ofSystem(error) : error;
  }
}

/** Both sides of a diff, in words and as ids. */
async function sidesOf(keep: Keep, entry: Entry, request: Parameters<ProjectFolders["diff"]>[1]) {
  const { git } = keep;
  const { desk, place, project, state } = entry;
  const files = async () => {
    const { tree, skipped } = await takeSnapshot(git, desk, place);
    return { to: { what: "the files as they are", id: tree }, skipped };
  };
  const base = { what: "the base", id: state.base };
  const none = { skipped: [], environment: {} };
  switch (request.kind) {
    case "all":
      return { ...none, from: base, ...(await files()) };
    case "sinceCheckpoint": {
      const { number, commit } = await requireCheckpoint(keep, entry, request.checkpoint);
      return { ...none, from: { what: `checkpoint ${number}`, id: commit }, ...(await files()) };
    }
    case "uncommitted": {
      const { commit, environment } = await readOwnHead(git, desk, place.tree);
      return { from: { what: "the agent's HEAD", id: commit }, ...(await files()), environment };
    }
    case "committed": {
      const { commit, environment } = await readOwnHead(git, desk, place.tree);
      return { ...none, from: base, to: { what: "the agent's HEAD", id: commit }, environment };
    }
    case "merged": {
      const last = (await listSeries(git, project, state.agent, "merge")).at(-1);
      if (last === undefined) return { ...none, from: base, to: base };
      const from = { what: "the target before the last merge", id: `${last.commit}^` };
      return { ...none, from, to: { what: "the last merge", id: last.commit } };
    }
  }
}

function ofSystem(error: Error & { readonly code: string }): FolderError {
  const isFull = ["ENOSPC", "EDQUOT"].includes(error.code);
  const code = isFull ? "FOLDER_NO_SPACE" : "FOLDER_IO";
  const path = "path" in error && typeof error.path === "string" ? error.path : undefined;
  const where = path === undefined ? "" : ` at ${path}`;
  return new FolderError(code, `the disk refuses${where}: ${error.code}`, { errno: error.code, path }, error);
}

function requireOptions({ folder, envFiles = [], ports }: FolderOptions): void {
  if (!isAbsolute(folder)) throw new Error(`not an absolute path: ${folder}`);
  requireEnvFiles(envFiles);
  if (ports !== undefined && (ports.perFolder < 1 || ports.perFolder > PORTS_PER_FOLDER_MAX)) {
    throw new FolderError("PORTS_NONE_FREE", `a folder gets 1 to ${PORTS_PER_FOLDER_MAX} ports`, {
      ...ports,
    });
  }
}
