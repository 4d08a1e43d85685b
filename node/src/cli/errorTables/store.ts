import type { CatalogEntry } from "@pleiad/sdk/errors/catalogEntry";

/** Failures of the node's database: its journal, its blobs, its place in the chain. */
export const STORE_ERRORS: Readonly<Record<string, CatalogEntry>> = {
  DATABASES_TOO_MANY: {
    title: "The node keeps too many databases of managers",
    cause: "Each id and each name of a manager's file makes databases of its own, and they stay.",
    whatToDo: "Use the id and the names of an earlier manager of this node: what it kept is there.",
    retryable: false,
  },
  DATABASE_ENTRY_TOO_LARGE: {
    title: "An entry of a manager's database is too large",
    cause: "A plan or sample takes more than an entry may.",
    whatToDo: "Ask for less at once: a plan of fewer steps is smaller.",
    retryable: false,
  },
  DATABASE_FULL: {
    title: "A manager's database is full",
    cause:
      "It holds as many entries as an opening of the store reads in good time; old ones should have gone.",
    whatToDo: "Give the manager another name for it in cluster_manager.databases, restart, and report this.",
    retryable: false,
  },
  DATABASE_NAME_INVALID: {
    title: "The name of a manager's database is none",
    cause: "Names are small letters, digits, _ and -, a letter first, at most 48.",
    whatToDo: "Correct cluster_manager.databases.",
    retryable: false,
  },
  DATABASE_NAME_TAKEN: {
    title: "The name of a manager's database is taken",
    cause:
      "Another role, another manager, or the node itself has that name; a database stays with who had it first.",
    whatToDo: "Choose another name in cluster_manager.databases, and restart.",
    retryable: false,
  },
  STORE_DAMAGED: {
    title: "The store is damaged",
    cause:
      "A record, or a file beside the database, is not what was written: a disk fault, a full disk, or a hand at work.",
    whatToDo:
      "The daemon puts the database beside and rebuilds it from the chain; check the disk if it happens again.",
    retryable: false,
  },
  STORE_EMPTIED: {
    title: "The database is gone",
    cause: "The data folder says that this node has a history, and the database is missing or empty.",
    whatToDo:
      "The daemon puts it beside and rebuilds it from the chain; or restore the folder db from a backup.",
    retryable: false,
  },
  STORE_LOCKED: {
    title: "Another process works in the data folder",
    cause: "A daemon runs there already.",
    whatToDo: "Stop it, or give this one a data folder of its own.",
    retryable: false,
  },
  STORE_CLOSED: {
    title: "The store is closed",
    cause: "Something was asked of it before it was opened or after it was closed.",
    whatToDo: "Report it if it stops the daemon: this is a mistake of the program.",
    retryable: false,
  },
  STORE_FULL: {
    title: "There is no room to write",
    cause: "The disk is full, or a quota or file size limit is reached.",
    whatToDo: "Free space; the node takes no work and sends nothing until it can write.",
    retryable: true,
  },
  STORE_IO: {
    title: "The store cannot be read or written",
    cause: "The disk is not mounted or not healthy, or this user may not write there.",
    whatToDo: "Check the disk and the rights of the data folder.",
    retryable: true,
  },
  STORE_BUSY: {
    title: "The disk is too slow",
    cause: "More changes wait to be written than the store keeps in memory.",
    whatToDo: "Use a faster disk, or lower jobs.parallelMax.",
    retryable: true,
  },
  STORE_OTHER_CHAIN: {
    title: "The data folder belongs to another chain",
    cause: "The store was made for another chain or another ClusterExecutions.",
    whatToDo: "Give each chain a data folder of its own, or correct chain.chainId and chain.contracts.",
    retryable: false,
  },
  STORE_SCHEMA_NEWER: {
    title: "The store was written by a newer daemon",
    cause: "Its format is newer than this daemon understands.",
    whatToDo: "Start the newer daemon; going back would lose what only that one understands.",
    retryable: false,
  },
  STORE_SCHEMA_UNKNOWN: {
    title: "The store's format is unknown",
    cause: "The record that names the format is missing or has an impossible value.",
    whatToDo: "Set the database aside and let the node rebuild it from the chain.",
    retryable: false,
  },
  STORE_HISTORY_MISSING: {
    title: "No node has worked in that folder",
    cause: "It holds no database, no marker and no signing ledger.",
    whatToDo: "Name the data folder of a node: the one with its pleiad.yaml.",
    retryable: false,
  },
  STORE_RESTORE_UNFINISHED: {
    title: "A restore has not ended",
    cause: "`pleiad node restore` was cut short: what lies there is half of a backup.",
    whatToDo:
      "Run the same `pleiad node restore` again; or `pleiad node rebuild`, to begin from the chain. Nothing is signed meanwhile.",
    retryable: false,
  },
  BACKUP_DAMAGED: {
    title: "The file is no sound backup",
    cause: "Bytes of it changed, or its end is missing; or it is another kind of file.",
    whatToDo: "Take another copy of it, or an older backup. Nothing was changed.",
    retryable: false,
  },
  BACKUP_EXISTS: {
    title: "The backup's name is taken",
    cause: "There is something under that name, and a backup never replaces another.",
    whatToDo: "Name another file, or a folder: the file in it gets a name by node and time.",
    retryable: false,
  },
  BACKUP_OTHER_NODE: {
    title: "The backup is of another node",
    cause: "It was taken from another node than the one whose folder it is to be restored into.",
    whatToDo: "Name a backup of this node, or the other node's folder.",
    retryable: false,
  },
  BACKUP_UNREADABLE: {
    title: "The backup cannot be read",
    cause: "There is no file of that name, or this user may not read it.",
    whatToDo: "Check its name and its rights.",
    retryable: false,
  },
  RESTORE_OVER_HISTORY: {
    title: "The folder has a memory of its own",
    cause: "A node has worked there, and what it remembers is newer than any backup.",
    whatToDo:
      "Start it as it is. If its database is to be replaced all the same, say --set-aside: it is kept beside, and its signings stay.",
    retryable: false,
  },
  STORE_SET_ASIDE_TOO_OFTEN: {
    title: "Too many databases lie beside",
    cause:
      "Each database that was damaged, or replaced by a backup, is kept, and their number has reached its limit.",
    whatToDo: "Check the disk, then remove what nobody needs any more of db.damaged-* and db.replaced-*.",
    retryable: false,
  },
  BLOBS_FULL: {
    title: "There is no room for blobs",
    cause:
      "All blobs together have reached store.blobBytesTotalMax, and nothing there may be dropped: executions that run need it, or it was posted within the hour.",
    whatToDo: "Raise store.blobBytesTotalMax, or wait until executions have ended.",
    retryable: true,
  },
  BLOB_DAMAGED: {
    title: "A blob on disk is damaged",
    cause: "Its bytes no longer hash to its name; it was put away.",
    whatToDo: "Nothing: the daemon asks its peers for it again. Check the disk if it happens often.",
    retryable: true,
  },
  BLOB_DIGEST_INVALID: {
    title: "That is no digest",
    cause: "A blob is named by its keccak-256.",
    whatToDo: "Write it as 0x and 64 hex digits.",
    retryable: false,
  },
  BLOB_TOO_LARGE: {
    title: "The blob is too large",
    cause: "It has more bytes than peers pass on.",
    whatToDo: "Send less, or split it.",
    retryable: false,
  },
  CURSOR_BEYOND_HISTORY: {
    title: "The chain changed deeper than the node remembers",
    cause: "A reorganisation reached below the oldest block that the node kept.",
    whatToDo: "Check the provider; the node takes no work until the chain is clear.",
    retryable: false,
  },
  CURSOR_NOT_STARTED: {
    title: "The node has not begun to follow the chain",
    cause: "Its place in the chain was asked for before there was one.",
    whatToDo: "Report it if it stops the daemon: this is a mistake of the program.",
    retryable: false,
  },
  CURSOR_UNLINKED: {
    title: "A block does not follow the one before",
    cause: "The chain was reorganised while it was followed.",
    whatToDo: "Nothing: the daemon finds the common ancestor and goes on from there.",
    retryable: true,
  },
  JOB_ANSWERED: {
    title: "The task has its answer already",
    cause: "The output for this context is recorded; it is signed rather than made again.",
    whatToDo: "Nothing: the daemon does so by itself.",
    retryable: false,
  },
  JOB_ATTEMPTS_USED_UP: {
    title: "All attempts of a task failed",
    cause: "The agent failed as often as jobs.attemptsMax allows; the last reason stands beside it.",
    whatToDo: "Read the reasons with `pleiad execution show ID --why`; another node may step in.",
    retryable: false,
  },
  JOB_LEASED: {
    title: "The task is being worked on",
    cause: "This daemon holds a lease for it.",
    whatToDo: "Nothing.",
    retryable: false,
  },
  JOB_LEASE_LOST: {
    title: "The lease of a task ended",
    cause: "The task was given up or taken up anew, so this attempt's result does not count.",
    whatToDo: "Nothing: the daemon goes on with the newer lease.",
    retryable: false,
  },
  JOB_OUTPUT_INVALID: {
    title: "An output is not what its digest says",
    cause: "The bytes have another digest, or are too many to be kept in the journal.",
    whatToDo: "Report it: this is a mistake of the program.",
    retryable: false,
  },
  JOB_SIGNATURE_MISMATCH: {
    title: "A completion is about something else",
    cause: "What was signed is not this task, context and output.",
    whatToDo: "Report it: this is a mistake of the program.",
    retryable: false,
  },
  JOB_TRANSITION: {
    title: "A task cannot take that step",
    cause: "The journal's table does not allow it from the state that the task is in.",
    whatToDo: "Report it if it stops the daemon: this is a mistake of the program.",
    retryable: false,
  },
  JOB_UNKNOWN: {
    title: "The journal has no such task",
    cause: "The daemon never worked on it, or has forgotten it.",
    whatToDo: "Nothing.",
    retryable: false,
  },
  SIGNINGS_LOST: {
    title: "The record of signatures is gone",
    cause: "signings.log is missing, and without it the node could sign a second, different answer.",
    whatToDo:
      "Put a copy of signings.log back; or `pleiad node rebuild --signings-lost`: then nothing is signed for executions of before until they have ended.",
    retryable: false,
  },
  SIGNING_BARRED: {
    title: "The execution is older than the node's memory",
    cause:
      "A backup was restored, or the database was made anew: an earlier life of the node may have signed for this execution what is no longer known.",
    whatToDo: "Nothing: other nodes may answer it. What is created from now on, this node answers again.",
    retryable: true,
  },
  SIGNING_CONFLICT: {
    title: "The node has signed another answer already",
    cause: "For this very context another output is on record; two signatures would prove equivocation.",
    whatToDo: "Nothing: the daemon keeps to the first one.",
    retryable: false,
  },
  SIGNING_UNRECORDED: {
    title: "A signature is not on record",
    cause: "A completion was to be journaled whose digest was never recorded before signing.",
    whatToDo: "Report it: this is a mistake of the program.",
    retryable: false,
  },
  TRANSACTION_ATTEMPTS_USED_UP: {
    title: "A transaction was replaced too often",
    cause: "Its fees were raised as often as the journal allows for one nonce.",
    whatToDo: "Raise submitter.feeGweiMax, or wait until fees fall.",
    retryable: false,
  },
  TRANSACTION_ATTEMPT_INVALID: {
    title: "A signed transaction is not what its hash says",
    cause: "The bytes hash to something else, or are too many.",
    whatToDo: "Check the remote signer; else report it.",
    retryable: false,
  },
  TRANSACTION_FEES_TOO_LOW: {
    title: "A replacement offers too little",
    cause: "A transaction is replaced only when both fees rise by at least 15 %.",
    whatToDo: "Report it: this is a mistake of the program.",
    retryable: false,
  },
  TRANSACTION_HASH_UNKNOWN: {
    title: "The journal has no such attempt",
    cause: "A hash was named that no attempt of the nonce has.",
    whatToDo: "Report it: this is a mistake of the program.",
    retryable: false,
  },
  TRANSACTION_NONCE_TAKEN: {
    title: "The nonce has a transaction already",
    cause: "Another transaction of this account is on record for it.",
    whatToDo: "Report it: this is a mistake of the program.",
    retryable: false,
  },
  TRANSACTION_TRANSITION: {
    title: "A transaction cannot take that step",
    cause: "The journal's table does not allow it from the state that the transaction is in.",
    whatToDo: "Report it if it stops the daemon: this is a mistake of the program.",
    retryable: false,
  },
  TRANSACTION_UNKNOWN: {
    title: "The journal has no such transaction",
    cause: "The daemon never made it, or has forgotten it.",
    whatToDo: "Nothing.",
    retryable: false,
  },
  CANCEL_MINED: {
    title: "A transaction was cancelled",
    cause: "An empty transaction with the same nonce was mined in its place.",
    whatToDo: "Nothing: what it carried is sent again in another one.",
    retryable: false,
  },
};
