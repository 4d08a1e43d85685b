/** What `merge-tree --write-tree` came with; before it there is no merge without a working tree. Major and minor. */
export const GIT_VERSION_MIN: readonly [number, number] = [2, 38];

/** A checkout of a large repository on a slow disk; what takes longer hangs. */
export const GIT_TIMEOUT_MS = 300_000;
/** How many git processes run at once: more only make each other wait for the disk. */
export const GIT_PARALLEL_MAX = 4;
/** A listing of half a million paths; a longer one is no project for agents. */
export const GIT_OUTPUT_BYTES_MAX = 67_108_864;
/** The last words of a git that failed. */
export const GIT_STDERR_BYTES_MAX = 8_192;
/** How long the first look of a new life waits for a git of the last one; then it is ended. */
export const GIT_LEFT_MS_MAX = 30_000;
/** How often it looks whether that git is gone. */
export const GIT_LEFT_POLL_MS = 20;

/** Agents with a folder on one node: more than that machine runs. */
export const FOLDERS_MAX = 256;
/** An agent's name is part of a ref and of a path. */
export const FOLDER_NAME_CHARS_MAX = 63;
/** Paths of a project that are looked at: listings, fingerprints, the watcher. */
export const FOLDER_PATHS_MAX = 500_000;
/** Commits of the history that a copy gets: what an agent looks back to; each copy has them once more. */
export const COPY_COMMITS_MAX = 10_000;
/** What that history may take, as git packs it: above it a copy gets the commit alone that it begins with. 256 MiB. */
export const COPY_HISTORY_BYTES_MAX = 268_435_456;
/** The largest file that a checkpoint takes: what is larger is no source, and every version of it would be kept. */
export const CHECKPOINT_FILE_BYTES_MAX = 104_857_600;
/** Checkpoints kept of one agent; the oldest goes first. */
export const CHECKPOINTS_MAX = 500;
/** A note of why a checkpoint was made. */
export const CHECKPOINT_NOTE_CHARS_MAX = 200;
/** Files that change under git's eyes while an agent works: so often a checkpoint is begun anew. */
export const CHECKPOINT_TRIES_MAX = 5;

/** The text of a diff: what a person or a model still reads. */
export const DIFF_BYTES_MAX = 1_048_576;
/** Files that a diff lists. */
export const DIFF_FILES_MAX = 10_000;
/** The text of one file's diff, where files are asked for one at a time: some ten thousand lines. */
export const DIFF_FILE_BYTES_MAX = 524_288;
/** Pairs that are compared to find renames; git's own limit is about the same. */
export const DIFF_RENAMES_MAX = 1_000;

/** Files of a conflict that are told with their hunks. */
export const CONFLICT_FILES_MAX = 50;
/** Hunks of one file that are told. */
export const CONFLICT_HUNKS_MAX = 20;
/** A file that is searched for hunks. */
export const CONFLICT_FILE_BYTES_MAX = 1_048_576;
/** All hunks of a merge together: they stand in its file, too. */
export const CONFLICT_CHARS_MAX = 262_144;
/** One hunk, cut at its end. */
export const CONFLICT_HUNK_CHARS_MAX = 4_000;
/** Merges of one project that have not ended: with a gate of minutes that is hours of waiting. */
export const MERGES_WAITING_MAX = 32;
/** Merges that are remembered, the newest ones. */
export const MERGES_KEPT_MAX = 500;
/** The text of a merge's commit. */
export const MERGE_MESSAGE_CHARS_MAX = 10_000;
/** A gate that says nothing of its time: a test suite. */
export const GATE_TIMEOUT_MS_DEFAULT = 1_800_000;
/** The end of a gate's output, where it says what failed. */
export const GATE_OUTPUT_BYTES_MAX = 65_536;
/** Between two times that it is told that a gate printed: whoever looks reads up to 64 KiB anew. */
export const GATE_TOLD_MS = 200;
/** All that a gate may print before it is ended; it is held until then. */
export const GATE_PRINTED_BYTES_MAX = 16_777_216;

/** Files that an operator names to be copied. */
export const ENV_FILES_MAX = 32;
/** A file of variables, not of data. */
export const ENV_FILE_BYTES_MAX = 262_144;
/** Ports of one folder. */
export const PORTS_PER_FOLDER_MAX = 100;

/** How long changes are gathered after a hint. */
export const WATCH_GATHER_MS = 100;
/** How often a folder is looked at when no hint comes: hints get lost, this does not. */
export const WATCH_POLL_MS = 2_000;
/** Folders that are watched for hints; the others are seen by the regular look. */
export const WATCH_FOLDERS_MAX = 256;
/** Changes in one batch. */
export const WATCH_BATCH_MAX = 500;

/** Paths that a report of a leak names; it says how many there are in all. */
export const LEAK_PATHS_MAX = 200;
/** Files of the project's `.git` that are looked at: HEAD, index, config, hooks and the like. */
export const GIT_FOLDER_FILES_MAX = 2_000;
/** HEAD, a loose ref, and a file of packed refs of a repository that an agent wrote. */
export const REF_FILE_BYTES_MAX = 4_194_304;
/** A state file of this library: the hunks of a merge and its gate's output, each character at its longest in JSON. */
export const STATE_FILE_BYTES_MAX = 8_388_608;
/** The project's list of private ignores, or the bounds of a shallow clone. */
export const GIT_INFO_FILE_BYTES_MAX = 16_777_216;
