import { PleiadError } from "@pleiad/sdk/errors";
import type { CatalogEntry } from "@pleiad/sdk/errors/catalogEntry";

/** Every expected failure of agents' project folders, in one table. */
export const FOLDER_ERRORS = {
  CHECKPOINT_UNKNOWN: {
    title: "There is no such checkpoint",
    cause: "The agent has no checkpoint of that number; the oldest ones go when there are too many.",
    whatToDo: "List the agent's checkpoints and name one of them.",
    retryable: false,
  },
  DIFF_FILE_UNKNOWN: {
    title: "That file did not change",
    cause: "The diff that was asked for has no such file: it may have been changed back meanwhile.",
    whatToDo: "List the files of the diff anew.",
    retryable: false,
  },
  ENV_FILE_MISSING: {
    title: "A file that is to be copied is not there",
    cause: "The operator named a file of variables which the project does not have.",
    whatToDo: "Make the file in the project, or take it out of the list of files to copy.",
    retryable: false,
  },
  ENV_FILE_UNSAFE: {
    title: "A file cannot be copied safely",
    cause:
      "A file of variables, or a folder on the way to it, is a symbolic link, is no plain file, is too large, or its path leaves the project.",
    whatToDo: "Name a plain file inside of the project, by its path from the project's top.",
    retryable: false,
  },
  FOLDERS_CLOSED: {
    title: "The daemon ends",
    cause: "The daemon is stopping, so nothing is begun in agents' folders any more.",
    whatToDo: "Try again once the daemon runs.",
    retryable: true,
  },
  FOLDERS_TOO_MANY: {
    title: "The node has too many agents' folders",
    cause: "As many agents have a folder as one node may have.",
    whatToDo: "Remove folders of agents that are done.",
    retryable: false,
  },
  FOLDER_BUSY: {
    title: "The agent works in its folder",
    cause: "A run of the agent is under way, or its files change faster than they can be read.",
    whatToDo: "Stop the agent, or wait for the end of its run, and try again.",
    retryable: true,
  },
  FOLDER_EXISTS: {
    title: "The agent has a folder already",
    cause: "Each agent has one project folder, under its name.",
    whatToDo: "Use it, remove it, or name the agent otherwise.",
    retryable: false,
  },
  FOLDER_GONE: {
    title: "The agent's folder was removed",
    cause: "Somebody removed the working tree by hand, or put something else in its place.",
    whatToDo:
      "Remove the folder here, too, and make a new one; its checkpoints can be restored from refs/pleiad.",
    retryable: false,
  },
  FOLDER_HEAD_UNSAFE: {
    title: "The agent's own repository cannot be read safely",
    cause:
      "What the agent made of its .git is not as git leaves it: links in place of files, borrowed objects of somebody else, or a ref that is none.",
    whatToDo:
      "Look at the agent's files alone (they are read without its .git), or make the agent a new folder.",
    retryable: false,
  },
  FOLDER_IO: {
    title: "The disk refused",
    cause: "The machine refused to read or to write a file of an agent's folder.",
    whatToDo: "Look at the code in the message: rights, a disk that fails, too many open files.",
    retryable: true,
  },
  FOLDER_NAME_INVALID: {
    title: "That is no name for an agent's folder",
    cause: "The name becomes part of a path and of a ref.",
    whatToDo: "Write 1 to 63 of a-z 0-9 -, not a sign first.",
    retryable: false,
  },
  FOLDER_NO_SPACE: {
    title: "The disk is full",
    cause: "The machine has no room for the files, or the user's share of the disk is used up.",
    whatToDo: "Make room, then try again: nothing is left half done.",
    retryable: true,
  },
  FOLDER_PATHS_TOO_MANY: {
    title: "The project has too many files",
    cause:
      "There are more files than an agent's folder may have; usually something is not ignored that should be.",
    whatToDo: "Name what is made rather than written in .gitignore.",
    retryable: false,
  },
  FOLDER_STATE_DAMAGED: {
    title: "What is written about an agent's folder is damaged",
    cause: "A state file of the folders is not what was written there.",
    whatToDo:
      "Look at the disk. Move the agent's folder under the data folder aside; its checkpoints stand in refs/pleiad.",
    retryable: false,
  },
  FOLDER_UNKNOWN: {
    title: "The agent has no folder",
    cause: "No project folder was made for that agent, or it was removed.",
    whatToDo: "Make one first.",
    retryable: false,
  },
  FOLDER_WOULD_LOSE: {
    title: "A rollback would lose a file",
    cause:
      "It would write over a file that is larger than a checkpoint takes, or over a repository of its own.",
    whatToDo: "Move what the message names out of the folder, then roll back.",
    retryable: false,
  },
  GIT_FAILED: {
    title: "A command of git failed",
    cause: "Git ended with an error that has no code of its own here.",
    whatToDo: "Read git's own words in the message, and try `git fsck` in the project.",
    retryable: false,
  },
  GIT_MISSING: {
    title: "Git is not installed",
    cause: "The program git was not found, or cannot be executed.",
    whatToDo: "Install git 2.38 or newer, or correct the path of the program.",
    retryable: false,
  },
  GIT_TIMED_OUT: {
    title: "Git took too long",
    cause: "A command of git did not end within its time.",
    whatToDo: "Look at the disk and at the project's size, then try again.",
    retryable: true,
  },
  GIT_TOO_OLD: {
    title: "Git is too old",
    cause: "Merging without touching a working tree came with git 2.38.",
    whatToDo: "Install git 2.38 or newer.",
    retryable: false,
  },
  MERGES_TOO_MANY: {
    title: "Too many merges wait",
    cause: "As many merges wait for the project as its queue holds.",
    whatToDo: "Try again when some of them are done.",
    retryable: true,
  },
  MERGE_CONFLICT: {
    title: "The work does not fit the branch",
    cause: "Both changed the same places since the agent began. Nothing was moved.",
    whatToDo:
      "Let the agent, or a person, bring the files that are named in line with the branch; then merge again.",
    retryable: false,
  },
  MERGE_GATE_FAILED: {
    title: "The gate refused the merge",
    cause:
      "The operator's command failed on the merged files, or took more time, memory, processes or room than it may. Nothing was moved.",
    whatToDo:
      "Read the end of the command's output, mend the work, and merge again; of a limit, raise it (`folders.gate…` in pleiad.yaml) if the work is right.",
    retryable: false,
  },
  MERGE_GATE_UNUSABLE: {
    title: "The gate cannot be run",
    cause:
      "The program of the operator's gate command does not exist, the machine cannot start it, or the gate insists on a sandbox that is not there.",
    whatToDo:
      "Correct the first word of the gate command; for a sandbox install bubblewrap, or set `folders.gateSandbox`.",
    retryable: false,
  },
  MERGE_INTERRUPTED: {
    title: "The daemon ended during the merge",
    cause: "The daemon was ended before the branch was moved. Nothing was moved.",
    whatToDo: "Merge again.",
    retryable: true,
  },
  MERGE_NAMES_COLLIDE: {
    title: "Two names would differ in case alone",
    cause: "The merged files would hold names which are one file on macOS and Windows.",
    whatToDo: "Rename one of the files that are named.",
    retryable: false,
  },
  MERGE_STOPPED: {
    title: "The merge was stopped",
    cause: "Somebody stopped it, or the daemon ends. Nothing was moved.",
    whatToDo: "Nothing is wrong: merge again when it is wanted.",
    retryable: true,
  },
  MERGE_TARGET_CHECKED_OUT: {
    title: "Somebody works on the branch",
    cause:
      "The target is checked out in the project, or in one of its working trees. Its files and index are the user's and are not touched.",
    whatToDo:
      "In that working tree: git merge --ff-only with the ref that the message names. Or merge into another branch.",
    retryable: false,
  },
  MERGE_TARGET_MOVED: {
    title: "The branch moved meanwhile",
    cause: "Somebody moved the target between preview and merge. Nothing was moved by the merge.",
    whatToDo: "Merge again.",
    retryable: true,
  },
  MERGE_TARGET_UNKNOWN: {
    title: "There is no such branch",
    cause: "The target is no branch of the project, or its name is none.",
    whatToDo: "Name a branch of the project as `git branch` shows it, or make it first.",
    retryable: false,
  },
  MERGE_UNKNOWN: {
    title: "There is no such merge",
    cause: "No merge of that number was asked for, or it is so long ago that it is forgotten.",
    whatToDo: "List the merges and name one of them: pleiad workspace folders.",
    retryable: false,
  },
  PORTS_NONE_FREE: {
    title: "No ports are left for the folder",
    cause: "Every block of the operator's range is handed out, or something listens on it.",
    whatToDo: "Widen the range, or remove folders of agents that are done.",
    retryable: true,
  },
  PROJECT_BARE: {
    title: "The repository has no files",
    cause: "The folder is a bare repository, in which nobody works.",
    whatToDo: "Name a working tree: git clone it, and name the clone.",
    retryable: false,
  },
  PROJECT_BASE_UNKNOWN: {
    title: "There is no such commit to begin from",
    cause: "The base names no commit of the project.",
    whatToDo: "Name a branch, a tag or a commit of the project, or leave it away for its HEAD.",
    retryable: false,
  },
  PROJECT_DIRTY: {
    title: "The project has changes that are not committed",
    cause: "A clean working tree was asked for.",
    whatToDo: "Commit or stash them, or let the agent begin with them (includeUncommitted).",
    retryable: false,
  },
  PROJECT_HEAD_DETACHED: {
    title: "The project is on no branch",
    cause: "HEAD is detached, so no branch goes without saying as the target.",
    whatToDo: "Name the branch to merge into, or check one out: git switch BRANCH.",
    retryable: false,
  },
  PROJECT_LOCKED: {
    title: "Another git works in the project",
    cause: "A lock of git is in the way: of its index, or of a ref.",
    whatToDo: "Wait until the other git is done. If none runs, remove the .lock file that the message names.",
    retryable: true,
  },
  PROJECT_NOT_GIT: {
    title: "The folder is no git repository",
    cause: "The folder does not exist, or neither it nor a folder above it is a repository of git.",
    whatToDo: "Name the project's top folder, or begin one there: git init, and commit.",
    retryable: false,
  },
  PROJECT_NOT_TOP: {
    title: "The folder is inside of a repository",
    cause: "Agents get a whole repository; the folder is a part of one.",
    whatToDo: "Name the top folder that the message names, or make the folder a repository of its own.",
    retryable: false,
  },
  PROJECT_NOT_YOURS: {
    title: "The repository is another user's",
    cause:
      "The project's folder belongs to another user than the daemon's; git does not trust what stands there.",
    whatToDo: "Run the daemon as the user whose project it is, or clone the project as the daemon's user.",
    retryable: false,
  },
  PROJECT_OBJECTS_MISSING: {
    title: "The repository lacks objects",
    cause:
      "It is a partial clone, or it is damaged: files or commits that it names are not there. Nothing is fetched.",
    whatToDo: "In the project: git fetch --refetch without a filter, or git fsck to see what is missing.",
    retryable: false,
  },
  PROJECT_OVERLAPS_DATA: {
    title: "The project and the daemon's data are in one another",
    cause:
      "Agents' folders are inside of a project only where its git ignores them, and no project is inside of the daemon's data.",
    whatToDo:
      "Move the data folder out of the project, or let a .gitignore in it ignore all of it (a line with *).",
    retryable: false,
  },
  PROJECT_REF_CORRUPT: {
    title: "A ref of the project is damaged",
    cause: "HEAD, a branch or a private ref names no object of the repository.",
    whatToDo: "In the project: git fsck says which; git reflog says what it was.",
    retryable: false,
  },
  PROJECT_SHALLOW: {
    title: "The clone is too shallow",
    cause: "The commit to begin from is before the first one that the shallow clone has.",
    whatToDo: "In the project: git fetch --unshallow; or begin from its HEAD.",
    retryable: false,
  },
  PROJECT_WITHOUT_COMMIT: {
    title: "The project has no commit yet",
    cause: "HEAD names a branch without a commit, so there is nothing to begin from.",
    whatToDo: "Commit something: git commit --allow-empty -m begin.",
    retryable: false,
  },
} as const satisfies Readonly<Record<string, CatalogEntry>>;

/** Codes of this folder's errors. */
export type FolderErrorCode = keyof typeof FOLDER_ERRORS;

/** An expected failure of an agent's project folder. */
export class FolderError extends PleiadError {
  declare readonly code: FolderErrorCode;

  /**
   * @param details The offending values, by name. Never secrets.
   */
  constructor(
    code: FolderErrorCode,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ) {
    const { whatToDo, retryable } = FOLDER_ERRORS[code];
    super(message, { code, hint: whatToDo, retryable, details, ...(cause === undefined ? {} : { cause }) });
  }
}
