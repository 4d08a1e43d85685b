import type { CatalogEntry } from "@pleiad/sdk/errors/catalogEntry";

/** Failures of a cluster manager. */
export const MANAGER_ERRORS: Readonly<Record<string, CatalogEntry>> = {
  ALERT_SECRET_MISSING: {
    title: "The secret of an alert sink is not there",
    cause: "The file that secret_file names does not exist, or holds too little to be a secret.",
    whatToDo: "Make one: (umask 077; openssl rand -hex 32 > FILE), and tell the receiver of the webhook.",
    retryable: false,
  },
  ALERT_SECRET_MODE: {
    title: "Others may use the secret of an alert sink",
    cause: "The file that secret_file names may be read or written by others than this user.",
    whatToDo: "Take the rights away: chmod 600 FILE.",
    retryable: false,
  },
  ALERT_SECRET_UNREADABLE: {
    title: "The secret of an alert sink cannot be read",
    cause: "The path is no file, this user may not read it, or it holds more than a secret.",
    whatToDo: "Name the right file in alert_sinks, and check that this user may read it.",
    retryable: false,
  },
  ALERT_SINK_FAILED: {
    title: "An alert could not be delivered",
    cause: "The sink did not answer in time, or answered something else than 2xx; a redirect counts as that.",
    whatToDo:
      "Look at the sink, and at its URL in alert_sinks. What waits is delivered again, for a day; the manager goes on meanwhile.",
    retryable: true,
  },
  ALERT_UNKNOWN: {
    title: "There is no such alert",
    cause: "The id is of no alert that fires or was over of late; only one that fires can be acknowledged.",
    whatToDo: "Look at the ids: pleiad manager alerts.",
    retryable: false,
  },
  MANAGER_FILE_INVALID: {
    title: "The manager's file is wrong",
    cause:
      "A key is unknown, a value is not what its key expects, or two keys contradict each other; the message names file, line, key, what was given and what was expected.",
    whatToDo:
      "Correct the file; every key, its range and its default stand in docs/manager.md. Until then a manager that runs keeps its earlier settings.",
    retryable: false,
  },
  MANAGER_FILE_MISSING: {
    title: "There is no manager's file",
    cause: "manager.file in pleiad.yaml names a file that is not there.",
    whatToDo: "Write one as docs/manager.md shows, or correct the path.",
    retryable: false,
  },
  MANAGER_FILE_MODE: {
    title: "Anybody may write the manager's file",
    cause:
      "The file says what the manager may spend and where alerts go, and its mode lets every user of the machine change it.",
    whatToDo: "Take the right away: chmod o-w FILE.",
    retryable: false,
  },
  MANAGER_FILE_UNREADABLE: {
    title: "The manager's file cannot be read",
    cause: "It is a folder or a pipe, or this user may not read it.",
    whatToDo: "Check that it is a file and that this user may read it.",
    retryable: false,
  },
  MANAGER_RECORD_UNKNOWN: {
    title: "A record of the manager has another shape",
    cause: "The databases were written by another version of the daemon.",
    whatToDo: "Start the daemon that wrote them, or give cluster_manager.databases new names and restart.",
    retryable: false,
  },
  MANAGER_RESTART_NEEDED: {
    title: "A change of the manager's file needs a restart",
    cause: "id or databases changed while the manager runs; what it keeps is under them.",
    whatToDo: "Restart the daemon, or write back what it was.",
    retryable: false,
  },
};
