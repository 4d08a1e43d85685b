import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { COPY_BYTES_MAX_DEFAULT } from "../../config/tables/folders.ts";
import type { DriverModules } from "../launch.ts";
import { removeTree } from "../removeTree.ts";
import { enterWhole } from "./checkpoints.ts";
import { FolderError } from "./errors.ts";
import { runGate } from "./gate.ts";
import type { Entry, Keep } from "./keep.ts";
import {
  GATE_OUTPUT_BYTES_MAX,
  GATE_PRINTED_BYTES_MAX,
  MERGE_MESSAGE_CHARS_MAX,
  MERGES_WAITING_MAX,
} from "./limits.ts";
import { errorOf, type MergeBook } from "./mergeBook.ts";
import { mergeBase, mergeTrees } from "./mergePreview.ts";
import { requireTarget, whereCheckedOut } from "./mergeTarget.ts";
import { makeOwnTree } from "./ownRepository.ts";
import { appendRef, privateRef, setRef } from "./refs.ts";
import { makeCommit, takeSnapshot } from "./snapshot.ts";
import { createKeyedTurns } from "./turns.ts";
import type { GateEnd, Merge, MergePreview, MergeRequest } from "./types.ts";

export interface MergeQueueModules {
  /** What a gate is started with. */
  readonly gate: DriverModules;
  readonly book: MergeBook;
  /** Of the gate of a merge. */
  readonly tagOf: (id: number) => string;
  /** Told of each branch that was moved. */
  readonly onMoved: (project: string, ref: string, commit: string) => void;
  /** Told of each step of a merge. */
  readonly onStep: (merge: Merge) => void;
  /** Told whenever the gate of a merge prints. */
  readonly onPrinted: (id: number) => void;
}

/** A merge that has not ended and goes on by itself: who asks for the same is told of it. */
interface Detached {
  /** Of its commit. */
  readonly message: string;
  readonly signal: AbortSignal;
  /** Whether it has begun to look at the files. */
  isLooking: boolean;
  /** Tree of the files that it merges, and commit that it merges them onto; undefined until it has looked. */
  from: { readonly theirs: string; readonly onto: string } | undefined;
}

/** What came of the steps of a merge. */
type End = Pick<Merge, "outcome"> & Partial<Merge>;

export interface AskedMerge {
  readonly merge: Merge;
  readonly end: Promise<Merge>;
}

export interface MergeQueue {
  preview(entry: Entry, target: string | undefined): Promise<MergePreview>;
  /** Lets it wait for its turn. What comes of it is `end`, which somebody has to wait for. */
  ask(request: MergeRequest, signal: AbortSignal): Promise<AskedMerge>;
  /** The same for one that goes on by itself. Where one does so already that would come to the same, it is that one, and has no `end` here. */
  askDetached(
    request: MergeRequest,
    signal: AbortSignal,
  ): Promise<Pick<AskedMerge, "merge"> & Partial<AskedMerge>>;
  stop(id: number): void;
  /** The end of what the gate of a running merge has printed. */
  outputOf(id: number): string | undefined;
}

/**
 * Merges, one after the other for each repository. Each step is written down before it is taken; nothing of the user's is
 * touched but the one branch, and that by compare and swap alone.
 */
export function createMergeQueue(keep: Keep, modules: MergeQueueModules): MergeQueue {
  const { git } = keep;
  const { book } = modules;
  const inTurn = createKeyedTurns();
  const asking = createKeyedTurns();
  const stops = new Map<number, AbortController>();
  const printed = new Map<number, Buffer>();
  const detached = new Map<number, Detached>();

  async function note(merge: Merge): Promise<void> {
    await book.set(merge);
    modules.onStep(merge);
  }

  /** An agent's files as they are, or will be once a going back that was cut short is finished. */
  function snapshotOf(agent: string): ReturnType<typeof takeSnapshot> {
    return keep.alone(agent, async () => {
      const { desk, place } = await enterWhole(keep, agent);
      return takeSnapshot(git, desk, place);
    });
  }

  async function preview(entry: Entry, target: string | undefined): Promise<MergePreview> {
    const { project, desk, state } = entry;
    const branch = requireBranch(target ?? state.projectBranch);
    const { commit } = await requireTarget(git, project, branch);
    const { tree: theirs, skipped } = await snapshotOf(state.agent);
    const base = await mergeBase(git, desk, state.agent, state.base, commit);
    const merged = await mergeTrees(git, desk, { base, ours: commit, theirs });
    return { agent: state.agent, target: branch, targetCommit: commit, skipped, ...merged };
  }

  async function steps(merge: Merge, entry: Entry, message: string, signal: AbortSignal): Promise<End> {
    const { project, desk, state } = entry;
    const { agent } = state;
    const requireGoing = () => {
      if (signal.aborted) throw new FolderError("MERGE_STOPPED", "the merge was stopped", { id: merge.id });
    };
    requireGoing();
    let now: Merge = { ...merge, state: "previewing" };
    await note(now);
    const target = await requireTarget(git, project, merge.target);
    const known = detached.get(merge.id);
    if (known !== undefined) known.isLooking = true;
    const { tree: theirs } = await snapshotOf(agent);
    if (known !== undefined) known.from = { theirs, onto: target.commit };
    const base = await mergeBase(git, desk, agent, state.base, target.commit);
    const merged = await mergeTrees(git, desk, { base, ours: target.commit, theirs });
    if (merged.outcome === "nothing") return { outcome: "nothing" };
    if (merged.outcome === "conflict") return conflictEnd(merged);
    if (merged.outcome === "collision") {
      throw new FolderError("MERGE_NAMES_COLLIDE", `differ in case alone: ${merged.collisions.join(", ")}`, {
        names: merged.collisions,
      });
    }
    const commit = await makeCommit(git, desk, merged.tree, [target.commit], message, agent);
    requireGoing();
    now = { ...now, state: "gate" };
    const gate = await passGate(now, entry, commit, signal);
    if (gate !== undefined && !(gate.reason === "exited" && gate.exitCode === 0)) return gateEnd(gate);
    requireGoing();
    const source = await makeCommit(git, desk, theirs, [base], `What ${agent} had done`, agent);
    const number = await appendRef(git, project, agent, "merge-source", source);
    const ref = privateRef(agent, `merge/${number}`);
    await setRef(git, project, ref, commit, "");
    const made = { commit, ref, ...(gate === undefined ? {} : { gate }) };
    const checkedOutIn = await whereCheckedOut(git, project, target.ref);
    if (checkedOutIn !== undefined) {
      const error = new FolderError(
        "MERGE_TARGET_CHECKED_OUT",
        `${merge.target} is checked out in ${checkedOutIn}; there: git merge --ff-only ${ref}`,
        { target: merge.target, place: checkedOutIn, ref },
      );
      return { outcome: "ready", ...made, error: errorOf(error) };
    }
    now = { ...now, ...made, state: "moving", before: target.commit };
    await note(now);
    await moveBranch(entry, merge, target, commit);
    modules.onMoved(project.commonFolder, target.ref, commit);
    return { outcome: "merged", ...made, before: target.commit };
  }

  async function passGate(
    merge: Merge,
    { desk, state }: Entry,
    commit: string,
    signal: AbortSignal,
  ): Promise<GateEnd | undefined> {
    const { gate } = keep.options;
    if (gate === undefined) return undefined;
    printed.set(merge.id, Buffer.alloc(0));
    await note(merge);
    const folder = join(keep.places.merges, `gate-${merge.id}`);
    const tree = join(folder, "tree");
    try {
      await mkdir(folder, { mode: 0o700 });
      await makeOwnTree(git, desk, {
        folder: tree,
        commit,
        branch: "pleiad/merge",
        author: state.agent,
        ignored: [],
      });
      const tag = modules.tagOf(merge.id);
      const { copyBytesMax: treeBytesMax = COPY_BYTES_MAX_DEFAULT } = keep.options;
      const onPrinted = (bytes: Buffer) => {
        const all = Buffer.concat([printed.get(merge.id) ?? Buffer.alloc(0), bytes]);
        printed.set(merge.id, all.subarray(-GATE_OUTPUT_BYTES_MAX));
        modules.onPrinted(merge.id);
      };
      return await runGate(gate, { tree, treeBytesMax, tag, signal, onPrinted }, modules.gate);
    } finally {
      printed.delete(merge.id);
      await removeTree(folder);
    }
  }

  /** One that would come to the same: it will look at the files, or it has, and since then neither they nor the branch have changed. */
  async function twinOf(
    { project, state }: Entry,
    target: string,
    message: string,
  ): Promise<Merge | undefined> {
    const twins = () =>
      book.list().flatMap((merge) => {
        const going = detached.get(merge.id);
        if (going === undefined || going.signal.aborted || going.message !== message) return [];
        const { agent, project: top } = merge;
        const isSame = agent === state.agent && top === project.top && merge.target === target;
        return isSame && merge.state !== "done" ? [{ merge, going }] : [];
      });
    const waiting = twins().find(({ going }) => !going.isLooking);
    if (waiting !== undefined || twins().length === 0) return waiting?.merge;
    const { commit } = await requireTarget(git, project, target);
    // Takes its turn behind one that is looking.
    const { tree } = await snapshotOf(state.agent);
    return twins().find(({ going: { from } }) => from?.theirs === tree && from.onto === commit)?.merge;
  }

  async function moveBranch(
    { project }: Entry,
    { target, agent }: Merge,
    { ref, commit: before }: { readonly ref: string; readonly commit: string },
    commit: string,
  ): Promise<void> {
    try {
      await setRef(git, project, ref, commit, before, `pleiad: merge the work of ${agent}`);
    } catch (error) {
      const isMoved =
        error instanceof FolderError && /but expected|reference already exists/.test(error.message);
      if (!isMoved) throw error;
      throw new FolderError(
        "MERGE_TARGET_MOVED",
        `${target} moved during the merge`,
        { target, before },
        error,
      );
    }
  }

  /** Whose work, and into which branch. */
  async function askedFor({ agent, target: named }: MergeRequest) {
    const entry = await keep.enter(agent);
    const target = requireBranch(named ?? entry.state.projectBranch);
    await requireTarget(git, entry.project, target);
    return { entry, target };
  }

  /** @param detachedAs message of the commit of one that goes on by itself */
  async function queue(
    request: MergeRequest,
    { entry, target }: Awaited<ReturnType<typeof askedFor>>,
    signal: AbortSignal,
    detachedAs?: string,
  ): Promise<AskedMerge> {
    const { agent, askedBy } = request;
    const key = entry.project.commonFolder;
    const waiting = book
      .list()
      .filter(({ state, project }) => state !== "done" && project === entry.project.top);
    if (waiting.length >= MERGES_WAITING_MAX) {
      throw new FolderError("MERGES_TOO_MANY", `${waiting.length} merges wait for ${entry.project.top}`, {
        waiting: waiting.length,
      });
    }
    const merge = await book.add({
      agent,
      project: entry.project.top,
      target,
      state: "waiting",
      askedAtMs: keep.now(),
      ...(askedBy === undefined ? {} : { askedBy }),
      outcome: undefined,
    });
    modules.onStep(merge);
    const stop = new AbortController();
    stops.set(merge.id, stop);
    const both = AbortSignal.any([signal, stop.signal]);
    if (detachedAs !== undefined)
      detached.set(merge.id, { message: detachedAs, signal: both, isLooking: false, from: undefined });
    const end = inTurn(key, async () => {
      // It may have waited for long: the folder is looked at anew.
      const going = keep.enter(agent).then((present) => steps(merge, present, messageOf(request), both));
      const end = await going.catch((error: unknown): End => {
        if (error instanceof FolderError) return { outcome: "failed", error: errorOf(error) };
        throw error;
      });
      const done: Merge = {
        ...merge,
        ...end,
        outcome: end.outcome,
        state: "done",
        endedAtMs: keep.now(),
      };
      await note(done);
      return done;
    }).finally(() => {
      stops.delete(merge.id);
      detached.delete(merge.id);
    });
    return { merge, end };
  }

  return {
    preview,
    stop: (id) => stops.get(id)?.abort(),
    outputOf: (id) => printed.get(id)?.toString("utf8"),
    ask: async (request, signal) => queue(request, await askedFor(request), signal),
    // One after the other, so that the second sees the first.
    askDetached: (request, signal) =>
      asking(request.agent, async () => {
        const of = await askedFor(request);
        const message = messageOf(request);
        const twin = await twinOf(of.entry, of.target, message);
        return twin === undefined ? queue(request, of, signal, message) : { merge: twin };
      }),
  };
}

/** @throws FolderError PROJECT_HEAD_DETACHED */
function requireBranch(branch: string | undefined): string {
  if (branch !== undefined) return branch;
  throw new FolderError("PROJECT_HEAD_DETACHED", "no branch was named, and the project was on none");
}

function conflictEnd({ conflicts, conflictCount }: Pick<MergePreview, "conflicts" | "conflictCount">): End {
  const names = conflicts.map(({ path }) => path).join(", ");
  const error = new FolderError(
    "MERGE_CONFLICT",
    `conflict in ${conflictCount} files: ${names.slice(0, 400)}`,
  );
  return { outcome: "conflict", conflicts, error: errorOf(error) };
}

function gateEnd(gate: GateEnd): End {
  if (gate.reason === "stopped") {
    return {
      outcome: "failed",
      gate,
      error: errorOf(new FolderError("MERGE_STOPPED", "the merge was stopped at its gate")),
    };
  }
  const error = new FolderError("MERGE_GATE_FAILED", `the gate refuses: ${wordsOf(gate)}`, {
    exitCode: gate.exitCode,
  });
  return { outcome: "gateFailed", gate, error: errorOf(error) };
}

function wordsOf({ reason, exitCode, exceeded, durationMs }: GateEnd): string {
  switch (reason) {
    case "exited":
      return exitCode === null ? "it ended by a signal" : `it ended with exit code ${exitCode}`;
    case "timedOut":
      return `it was ended after ${durationMs} ms, when its time was over`;
    case "tooLarge":
      return `it printed more than ${GATE_PRINTED_BYTES_MAX} bytes`;
    case "exceeded":
      return exceeded ?? "it took more than it may";
    case "stopped":
    case "notStarted":
    case "lost":
      return `its guard says "${reason}"`;
  }
}

function messageOf({ agent, message }: MergeRequest): string {
  const text =
    message
      ?.replace(/[^\P{Cc}\n\t]/gu, "")
      .slice(0, MERGE_MESSAGE_CHARS_MAX)
      .trim() ?? "";
  return `${text === "" ? `Merge the work of ${agent}` : text}\n\nPleiad-Agent: ${agent}\n`;
}
