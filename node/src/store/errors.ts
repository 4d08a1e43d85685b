import { PleiadError } from "@pleiad/sdk/errors";
import { errnoOf } from "../config/files.ts";

/**
 * What is kept cannot be trusted: a record, or a file beside the database, is not what was written.
 *
 * @param key the record's key, or the file's name
 */
export function storeDamaged(key: string, reason: string, cause?: unknown): PleiadError {
  return new PleiadError(`the store is damaged at "${key}": ${reason}`, {
    code: "STORE_DAMAGED",
    hint: "set the database aside and let the node rebuild it from the chain",
    details: { key, reason },
    cause,
  });
}

/** The data folder has a history but its database is gone or empty. */
export function storeEmptied(folder: string, reason: string, cause?: unknown): PleiadError {
  return new PleiadError(`the data folder ${folder} has a history, but its database ${reason}`, {
    code: "STORE_EMPTIED",
    hint: "restore the db folder from a backup, or set it aside and let the node rebuild it from the chain",
    details: { folder, reason },
    cause,
  });
}

/** A restore was begun in the folder and has not ended. */
export function restoreUnfinished(folder: string): PleiadError {
  return new PleiadError(`a backup was being restored in ${folder} when that was cut short`, {
    code: "STORE_RESTORE_UNFINISHED",
    hint: "run the same pleiad node restore again; or pleiad node rebuild, to begin from the chain",
    details: { folder },
  });
}

/** Another process has the store open. */
export function storeLocked(folder: string, cause?: unknown): PleiadError {
  return new PleiadError(`another process works in the data folder ${folder}`, {
    code: "STORE_LOCKED",
    hint: "stop the daemon that runs there, or give this one a data folder of its own",
    details: { folder },
    cause,
  });
}

/** The store was closed while, or before, something was asked of it. */
export function storeClosed(): PleiadError {
  return new PleiadError("the store is closed", { code: "STORE_CLOSED", hint: "open it again" });
}

/** The system's names for "no room": disk, quota, file size limit; and its sentences, which is all LevelDB hands on. */
const FULL_ERRNOS: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
const FULL_SENTENCE = /no space left|quota exceeded|file too large/i;
/** LevelDB's sentences for files that are missing or not what they should be. */
const DAMAGED_SENTENCE = /corruption|no such file|not a directory|missing files|invalid argument/i;
const MISSING_SENTENCE = /create_if_missing is false/;
/** How LevelDB's own sentences begin. What its synchronous calls throw has the sentence, and no code. */
const LEVEL_SENTENCE = /^(IO error|Corruption|NotFound): /;
const SYSTEM_ERRNO = /^E[A-Z0-9]+$/;

/**
 * Turns what LevelDB or the file system threw into a typed error: `STORE_LOCKED`, `STORE_FULL` (retryable),
 * `STORE_EMPTIED`, `STORE_DAMAGED`, `STORE_CLOSED` or `STORE_IO` (retryable). What is a `PleiadError` already, and
 * what is a mistake of the caller, comes back as it is.
 *
 * @param folder what was worked on, for the message
 */
export function toStoreError(error: unknown, folder: string): unknown {
  if (!(error instanceof Error) || error instanceof PleiadError) return error;
  const code = errnoOf(error) ?? "";
  if (SYSTEM_ERRNO.test(code))
    return FULL_ERRNOS.has(code) ? storeFull(folder, error) : storeIo(folder, error);
  const isBare = code === "" && LEVEL_SENTENCE.test(error.message);
  if (!isBare && !code.startsWith("LEVEL_")) return error;

  // Where opening failed, the cause says why and the outer error only "not open".
  const reason = error.cause instanceof Error ? error.cause : error;
  const reasonCode = errnoOf(reason);
  const sentence = reason.message;
  if (reasonCode === "LEVEL_LOCKED") return storeLocked(folder, error);
  if (FULL_SENTENCE.test(sentence)) return storeFull(folder, error);
  if (MISSING_SENTENCE.test(sentence)) return storeEmptied(folder, "is gone", error);
  if (reasonCode === "LEVEL_CORRUPTION" || DAMAGED_SENTENCE.test(sentence))
    return storeDamaged("db", sentence, error);
  if (reasonCode === "LEVEL_DATABASE_NOT_OPEN" || reasonCode === "LEVEL_ITERATOR_NOT_OPEN")
    return storeClosed();
  return isBare || reasonCode === "LEVEL_IO_ERROR" || reason !== error ? storeIo(folder, error) : error;
}

function storeFull(folder: string, cause: unknown): PleiadError {
  return new PleiadError(`there is no room to write in ${folder}`, {
    code: "STORE_FULL",
    retryable: true,
    hint: "free space on the disk; the node takes no work until it can write",
    details: { folder },
    cause,
  });
}

function storeIo(folder: string, cause: Error): PleiadError {
  const sentence = cause.cause instanceof Error ? cause.cause.message : cause.message;
  return new PleiadError(`cannot read or write in ${folder}: ${sentence}`, {
    code: "STORE_IO",
    retryable: true,
    hint: "check that the disk is mounted, healthy, and writable for this user",
    details: { folder },
    cause,
  });
}
