import type { Logger } from "pino";
import type { Confinement } from "../../config/service.ts";
import type { GuardedEnd } from "../collectGuarded.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { FolderError } from "./errors.ts";
import type { Skipped } from "./snapshot.ts";

/** A file of variables that is copied into each agent's folder. */
export interface EnvFile {
  /** From the project's top, with `/` between; the same in the agent's folder. */
  readonly path: string;
  /**
   * Variables that are set to something else there: `{port}`, `{port+1}`, … stand for the folder's ports, `{agent}` for its
   * name. One that the file does not have is added at its end.
   */
  readonly set?: Readonly<Record<string, string>>;
}

/** The command that decides whether a merge may be. It comes from the operator alone. */
export interface GateCommand {
  /** Program and arguments; no shell. It runs in the merged files' folder, and 0 is yes. */
  readonly argv: readonly [string, ...string[]];
  /** Variables of the daemon's environment that it gets, beside PATH, LANG, HOME and TMPDIR. @default [] */
  readonly environment?: readonly string[];
  /** @default GATE_TIMEOUT_MS_DEFAULT */
  readonly timeoutMs?: number;
  /** Its limits and what it reaches. @default as of a service that says nothing of them */
  readonly confinement?: Confinement;
}

/** How project folders are kept on this node; every value is the operator's. */
export interface FolderOptions {
  /** Absolute path in the daemon's data folder; one daemon alone works in it. */
  readonly folder: string;
  /** @default "git", looked for in PATH */
  readonly gitProgram?: string;
  /** @default GIT_TIMEOUT_MS */
  readonly gitTimeoutMs?: number;
  /** @default [] */
  readonly envFiles?: readonly EnvFile[];
  /** The ports that are handed out, first and last included, and how many each folder gets. @default none */
  readonly ports?: { readonly first: number; readonly last: number; readonly perFolder: number };
  /** Without one a merge needs no more than fitting. */
  readonly gate?: GateCommand;
  /** @default CHECKPOINT_FILE_BYTES_MAX */
  readonly fileBytesMax?: number;
  /** What the checkout of a gate may grow to, in bytes. @default COPY_BYTES_MAX_DEFAULT */
  readonly copyBytesMax?: number;
  /** Of the gates' tags: the daemon's own, whose sweep then finds a gate, too. @default one that belongs to `folder` */
  readonly tagPrefix?: string;
}

export interface FolderModules {
  /** The daemon's environment: PATH, and what the gate's command names. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly logger: Logger;
  /** What keeps the gate from the rest of the machine, from `findSandbox`. @default none, as if the machine had none */
  readonly sandbox?: Sandbox;
  /** @default whether 127.0.0.1 lets the port be listened on */
  readonly isPortFree?: (port: number) => Promise<boolean>;
  /** Unix milliseconds. @default Date.now */
  readonly now?: () => number;
}

/** What an agent's folder is made of. */
export interface NewFolder {
  readonly agent: string;
  /** Top folder of the project. */
  readonly project: string;
  /** A branch, tag or commit. @default the project's HEAD */
  readonly base?: string;
  /** Whether `base` is of a stranger, and names nothing but branches, tags, and whole commits that these reach. @default false */
  readonly isPublishedOnly?: boolean;
  /** Begin with what is not committed in the project's files, untracked ones included; with HEAD as the base alone. @default false */
  readonly includeUncommitted?: boolean;
  /** Refuse a project with uncommitted changes. @default false */
  readonly requireClean?: boolean;
  /** Whose it is, to whoever asks for it: written down with the folder, so that there is none of nobody. @default nobody's */
  readonly owner?: string;
}

/** An agent's folder, ready for work. */
export interface AgentFolder {
  readonly agent: string;
  /** Top folder of the user's project. */
  readonly project: string;
  /** As it was said when it was made. */
  readonly owner: string | undefined;
  /** The agent's working tree. */
  readonly path: string;
  /** The commit that it began with; with uncommitted changes it is one of the daemon's own on top of HEAD. */
  readonly base: string;
  readonly includesUncommitted: boolean;
  /** The branch that the project was on, which a merge goes to without saying. */
  readonly projectBranch: string | undefined;
  readonly createdAtMs: number;
  /** Ports that are this folder's until it is removed. */
  readonly ports: readonly number[];
  /** Files of variables that were copied: in no checkpoint and no diff. */
  readonly envFiles: readonly string[];
  /** Submodules: empty folders here. */
  readonly submodules: readonly string[];
}

export interface Checkpoint {
  readonly number: number;
  /** The private ref that keeps it. */
  readonly ref: string;
  readonly commit: string;
  readonly tree: string;
  readonly atMs: number;
  readonly note: string;
}

/** A checkpoint that was just asked for. */
export interface TakenCheckpoint extends Checkpoint {
  /** False when nothing had changed since the last one, which is given then. */
  readonly isNew: boolean;
  /** Files that it does not hold: too large, or repositories of their own. */
  readonly skipped: readonly Skipped[];
}

export interface Rollback {
  readonly to: Checkpoint;
  /** What the files were before, under a private ref of its own. */
  readonly kept: Checkpoint;
  readonly files: readonly DiffFile[];
}

/**
 * - `uncommitted`: the agent's own HEAD → its files
 * - `sinceCheckpoint`: a checkpoint, else the last one → its files
 * - `committed`: the base → the agent's own HEAD
 * - `all`: the base → its files
 * - `merged`: the target before the agent's last merge → the commit that this made
 */
export type DiffKind = "uncommitted" | "sinceCheckpoint" | "committed" | "all" | "merged";

export interface DiffRequest {
  readonly kind: DiffKind;
  /** For `sinceCheckpoint`. @default the last one */
  readonly checkpoint?: number;
  /** @default DIFF_BYTES_MAX, which is also the most */
  readonly textBytesMax?: number;
}

export interface DiffFile {
  readonly path: string;
  readonly change: "added" | "changed" | "removed" | "renamed" | "typeChanged";
  /** Of what was renamed: its name before. */
  readonly pathBefore?: string;
  /** Octal, as git writes them; 000000 for what is not there. */
  readonly modeBefore: string;
  readonly mode: string;
  /** Objects of both contents, in full; zeros for what is not there. */
  readonly idBefore: string;
  readonly id: string;
  readonly isBinary: boolean;
  readonly isLink: boolean;
  readonly isSubmodule: boolean;
  /** Lines; 0 for what is binary. */
  readonly added: number;
  readonly removed: number;
}

export interface Diff {
  readonly kind: DiffKind;
  /** What is compared with what, in words that say which. */
  readonly from: { readonly what: string; readonly id: string };
  readonly to: { readonly what: string; readonly id: string };
  readonly files: readonly DiffFile[];
  /** How many there are, listed or not. */
  readonly fileCount: number;
  readonly added: number;
  readonly removed: number;
  readonly text: string;
  /** Whether the text was cut at its limit. */
  readonly isTextCut: boolean;
  /** SHA-256 over all changes, listed or not: names, modes, and the ids of both contents. */
  readonly digest: string;
  readonly skipped: readonly Skipped[];
}

/** A file of a list, with when it was written last. */
export interface ListedFile extends DiffFile {
  /** Unix milliseconds, by the disk; undefined for what is not there, and where no files are compared. */
  readonly changedAtMs?: number;
}

/** A diff without its text: what there is to ask for. */
export interface DiffList extends Omit<Diff, "text" | "isTextCut" | "files"> {
  readonly files: readonly ListedFile[];
  /** The latest of all files' times. */
  readonly changedAtMs?: number;
}

/** What changed in one file. */
export interface FileDiff {
  readonly kind: DiffKind;
  readonly from: Diff["from"];
  readonly to: Diff["to"];
  readonly file: DiffFile;
  /** As git writes it; undefined where it is too large, or where git cannot be asked for it by its name. */
  readonly text?: string;
  /** How large its text is, told or not; undefined where that is not known. */
  readonly textBytes?: number;
  readonly why?: "tooLarge" | "nameNoText";
}

export interface ConflictFile {
  readonly path: string;
  /** What git says of it. */
  readonly reasons: readonly string[];
  /** With conflict markers; the first ones, each cut at its limit. */
  readonly hunks: readonly string[];
}

export interface MergePreview {
  readonly agent: string;
  readonly target: string;
  /** The commit that the target names. */
  readonly targetCommit: string;
  /** The files that would come out, conflicts with their markers in them. */
  readonly tree: string;
  readonly outcome: "clean" | "nothing" | "conflict" | "collision";
  readonly conflicts: readonly ConflictFile[];
  readonly conflictCount: number;
  /** Names that would differ in case alone. */
  readonly collisions: readonly string[];
  readonly files: readonly DiffFile[];
  readonly skipped: readonly Skipped[];
}

export interface MergeRequest {
  readonly agent: string;
  /** Short name of a branch. @default the branch that the project is on */
  readonly target?: string;
  /** @default one line that names the agent */
  readonly message?: string;
  /** Who asks, in words, for whoever reads the queue. */
  readonly askedBy?: string;
  readonly signal?: AbortSignal;
}

export type MergeOutcome =
  /** The branch was moved. */
  | "merged"
  /** It is checked out: the commit is made, the user moves the branch. */
  | "ready"
  /** The target has it all already. */
  | "nothing"
  | "conflict"
  | "gateFailed"
  /** Any other failure; see `error`. */
  | "failed";

export type MergeState = "waiting" | "previewing" | "gate" | "moving" | "done";

export interface Merge {
  readonly id: number;
  readonly agent: string;
  readonly project: string;
  readonly target: string;
  readonly state: MergeState;
  readonly askedAtMs: number;
  readonly askedBy?: string;
  readonly endedAtMs?: number;
  readonly outcome: MergeOutcome | undefined;
  /** Of "merged" and "ready": the commit, and the private ref that keeps it. */
  readonly commit?: string;
  readonly ref?: string;
  /** Of "merged": what the branch named before. */
  readonly before?: string;
  readonly gate?: GateEnd;
  readonly conflicts?: readonly ConflictFile[];
  /** Why not, and what to do. */
  readonly error?: { readonly code: FolderError["code"]; readonly message: string; readonly hint: string };
}

export interface GateEnd {
  readonly reason: GuardedEnd["reason"];
  readonly exitCode: number | null;
  readonly durationMs: number;
  /** Of one that took more than it may: which limit it was, in words. */
  readonly exceeded?: string;
  /** The end of what it printed, as text; standard error last. */
  readonly outputTail: string;
}

/** A change of a file in an agent's folder. */
export interface FileChange {
  readonly agent: string;
  readonly path: string;
  readonly change: "added" | "changed" | "removed";
  /** Size now. */
  readonly bytes: number;
}

/** Changes outside of agents' folders that happened while an agent ran. */
export interface Leak {
  /** Files of the project by their path; `.git/…` for git's own; `ref NAME` for refs; `index` for what is staged. */
  readonly paths: readonly string[];
  readonly count: number;
  /** Agents that ran in the project at any moment of the time looked at. */
  readonly agents: readonly string[];
}

/** `working`: a run is under way. `resting`: it is, and its agent waits between two turns. */
export type FolderActivity = "idle" | "working" | "resting";

/** What is known of a folder's life, since the daemon's start. */
export interface FolderNotices {
  readonly activity: FolderActivity;
  /** What the last run that leaked had changed outside of it. */
  readonly leak?: Leak & { readonly atMs: number };
}

/** What is to be looked at anew. */
export type FolderNews =
  | { readonly kind: "folder"; readonly agent: string }
  /** A merge, or what its gate printed. */
  | { readonly kind: "merge"; readonly id: number };

export interface Run {
  readonly agent: string;
  /** Taken before the agent could write anything. */
  readonly checkpoint: TakenCheckpoint;
  /** Between two turns: from here on to its end its files may be rolled back. What leaked so far is noted. */
  rest(): Promise<void>;
  /**
   * Ends the run. To be called when no process of the agent is left.
   *
   * @param claimed Paths, as `Leak` names them, that somebody else is known to have changed.
   */
  end(claimed?: readonly string[]): Promise<{ readonly leak: Leak | undefined }>;
}

/** What the first look found of the last life. */
export interface TidyReport {
  readonly gitVersion: string;
  /** Agents whose folder was half made, and is gone. */
  readonly dropped: readonly string[];
  /** Agents whose folder was half removed, and is gone. */
  readonly removed: readonly string[];
  /** Agents whose rollback was brought to its end. */
  readonly rolledBack: readonly string[];
  /** Merges that had not ended: each has an outcome now. */
  readonly merges: readonly Merge[];
  readonly locksRemoved: readonly string[];
  /** Folders that cannot be used, and why; the others can. */
  readonly unusable: readonly { readonly agent: string; readonly error: FolderError }[];
}

/** See the README. Every operation rejects with a `FolderError`. */
export interface ProjectFolders {
  open(): Promise<TidyReport>;
  create(request: NewFolder): Promise<AgentFolder>;
  list(): readonly AgentFolder[];
  get(agent: string): AgentFolder;
  /** @param options.forget Drop checkpoints and merges, too. @default false: the refs stay, and what is not in a checkpoint is put into one. */
  remove(agent: string, options?: { readonly forget?: boolean }): Promise<void>;
  beginRun(agent: string): Promise<Run>;
  checkpoint(agent: string, note: string): Promise<TakenCheckpoint>;
  listCheckpoints(agent: string): Promise<readonly Checkpoint[]>;
  rollback(agent: string, checkpoint: number): Promise<Rollback>;
  diff(agent: string, request: DiffRequest): Promise<Diff>;
  listDiff(agent: string, request: Omit<DiffRequest, "textBytesMax">): Promise<DiffList>;
  diffFile(
    agent: string,
    request: Omit<DiffRequest, "textBytesMax"> & { readonly path: string },
  ): Promise<FileDiff>;
  preview(agent: string, target?: string): Promise<MergePreview>;
  /** Waits for its turn and for its end; every end is an answer, whatever its outcome. */
  merge(request: MergeRequest): Promise<Merge>;
  /**
   * The same, answered as soon as it waits for its turn: it goes on by itself, and `stopMerge` or its signal stop it. Where one goes on already that would
   * come to the same (agent, files, branch with its commit, message) and has no signal of its own, the answer is that one.
   */
  askMerge(request: MergeRequest): Promise<Merge>;
  /** One that has ended is left as it is. */
  stopMerge(id: number): void;
  getMerge(id: number): Merge;
  /** The end of what the gate of a running merge has printed so far; undefined where none runs. */
  gateOutput(id: number): string | undefined;
  /** The newest ones, the newest first. */
  listMerges(): readonly Merge[];
  /** Changes from the moment on at which this resolves, until the signal; the last ones are told before it ends. */
  watch(agent: string, signal: AbortSignal): Promise<AsyncIterable<readonly FileChange[]>>;
  notices(agent: string): FolderNotices;
  /** Hears of what changes in folders' states and merges, not of files: those are `watch`ed. The answer ends it. */
  onNews(listener: (news: FolderNews) => void): () => void;
  /** Waits for what is under way. Nothing is begun any more. */
  close(): Promise<void>;
}
