import type { CatalogEntry } from "@pleiad/sdk/errors/catalogEntry";

/** Failures of the configuration, of keystores and of passwords. */
export const CONFIG_ERRORS: Readonly<Record<string, CatalogEntry>> = {
  CONFIG_INVALID: {
    title: "The configuration is wrong",
    cause:
      "A key is unknown, or a value is not what its key expects; the message names file, line, key, what was given and what was expected.",
    whatToDo: "Correct the file; every key, its range and its default stand in docs/config.md.",
    retryable: false,
  },
  CONFIG_MISSING: {
    title: "There is no configuration",
    cause: "The folder has no pleiad.yaml, or the path names no file.",
    whatToDo: "Make one with `pleiad init` or `pleiad node init`, or name its folder.",
    retryable: false,
  },
  CONFIG_MODE: {
    title: "Anybody may write the configuration",
    cause:
      "The file names programs that the node runs, and its mode lets every user of the machine change it.",
    whatToDo: "Take the right away: chmod o-w FILE.",
    retryable: false,
  },
  CONFIG_UNREADABLE: {
    title: "The configuration cannot be read",
    cause: "It is a folder, or this user may not read it.",
    whatToDo: "Check that it is a file and that this user may read it.",
    retryable: false,
  },
  KEYSTORE_EXISTS: {
    title: "There is a keystore already",
    cause: "A new keystore would take the place of a file; a keystore is never overwritten.",
    whatToDo: "Use the one that is there, or choose another path.",
    retryable: false,
  },
  KEYSTORE_KEY_INVALID: {
    title: "The private key is not one",
    cause: "A private key is 32 bytes, above zero and below the order of secp256k1.",
    whatToDo: "Check where the key comes from.",
    retryable: false,
  },
  KEYSTORE_MALFORMED: {
    title: "The keystore cannot be understood",
    cause: "The file is not a Web3 Secret Storage of version 3, or one of its fields is wrong.",
    whatToDo: "Name the right file, or restore it from a backup.",
    retryable: false,
  },
  KEYSTORE_MISSING: {
    title: "The keystore is not there",
    cause: "No file is at the path that the configuration or the option names.",
    whatToDo: "Correct the path, or make a keystore with `pleiad node init`.",
    retryable: false,
  },
  KEYSTORE_MODE: {
    title: "Others may read the keystore",
    cause: "The file's mode gives rights to the group or to everybody.",
    whatToDo: "Take them away: chmod 600 FILE.",
    retryable: false,
  },
  KEYSTORE_PASSWORD_EMPTY: {
    title: "A keystore needs a password",
    cause: "An empty password was given for a new keystore.",
    whatToDo: "Choose one, and keep it where the keystore is not.",
    retryable: false,
  },
  KEYSTORE_PASSWORD_WRONG: {
    title: "The password does not open the keystore",
    cause: "The password is another one, or the keystore is not the one meant.",
    whatToDo: "Check both.",
    retryable: false,
  },
  KEYSTORE_UNREADABLE: {
    title: "The keystore cannot be read",
    cause: "It is no plain file, or this user may not read it.",
    whatToDo: "Check the path and the rights.",
    retryable: false,
  },
  KEYSTORE_UNWRITABLE: {
    title: "The keystore cannot be written",
    cause: "The folder is not there, the disk is full, or this user may not write there.",
    whatToDo: "Check the folder, its rights and the room on the disk.",
    retryable: false,
  },
  PASSWORD_FILE_MODE: {
    title: "Others may read the password",
    cause: "The password file's mode gives rights to the group or to everybody.",
    whatToDo: "Take them away: chmod 600 FILE.",
    retryable: false,
  },
  PASSWORD_MISSING: {
    title: "There is no password",
    cause: "The file or the environment variable that should hold it is missing or empty.",
    whatToDo: "Put the keystore's password there.",
    retryable: false,
  },
  PASSWORD_UNREADABLE: {
    title: "The password file cannot be read",
    cause: "It is no plain file, it is too large to be a password, or this user may not read it.",
    whatToDo: "Check the path and the rights.",
    retryable: false,
  },
  SIGNER_TLS_KEY_MODE: {
    title: "Others may read the key for the remote signer",
    cause: "The mode of `keys.remoteSignerKeyFile` gives rights to the group or to everybody.",
    whatToDo: "Take them away: chmod 600 FILE.",
    retryable: false,
  },
  SIGNER_TLS_UNREADABLE: {
    title: "A certificate or key for the remote signer cannot be read",
    cause: "A file that `keys` names is missing, too large, or not this user's to read.",
    whatToDo: "Check the path and the rights.",
    retryable: false,
  },
};
