import type { CatalogEntry } from "../catalogEntry.ts";

/** Failures of entries of cluster logs, and of what was exported of one. */
export const LOG_ERRORS = {
  LOG_ENTRY_MALFORMED: {
    title: "The entry is malformed",
    cause: "The bytes do not have the form of an entry of a cluster log.",
    whatToDo: "Get the export again, from another member of the cluster if need be.",
    retryable: false,
  },
  LOG_ENTRY_OVERSIZED: {
    title: "The entry is too long",
    cause: "An entry has more bytes than any entry may have.",
    whatToDo: "Get the export again, from another member of the cluster if need be.",
    retryable: false,
  },
  LOG_ENTRY_VERSION_UNKNOWN: {
    title: "The entry is of a newer version",
    cause: "Its author runs a newer version than this program knows.",
    whatToDo: "Update this program.",
    retryable: false,
  },
  LOG_EXPORT_AFTER_FORK: {
    title: "An entry comes after its feed's fork",
    cause:
      "The export says that the feed was forked, and has an entry from there on, which counts for nobody.",
    whatToDo: "Do not trust the export; get another from another member of the cluster.",
    retryable: false,
  },
  LOG_EXPORT_BACKWARDS: {
    title: "An entry is dated before the one it follows",
    cause: "Stamps grow along a feed; no member takes an entry whose stamp does not.",
    whatToDo: "Do not trust the export; get another from another member of the cluster.",
    retryable: false,
  },
  LOG_EXPORT_CERTIFICATE_FOREIGN: {
    title: "The certificate is another node's",
    cause: "An entry names a certificate of a node in whose feed it is not.",
    whatToDo: "Do not trust the export; get another from another member of the cluster.",
    retryable: false,
  },
  LOG_EXPORT_CERTIFICATE_MISSING: {
    title: "The certificate is not in the export",
    cause:
      "An entry is signed under a certificate that the export does not have, or has for other contracts alone, or has only after the entry.",
    whatToDo: "Get the export again; name the deployment that the log is of.",
    retryable: false,
  },
  LOG_EXPORT_CERTIFICATE_NOT_THEN: {
    title: "The certificate did not hold then",
    cause: "An entry is dated before or after the time of the certificate that it is signed under.",
    whatToDo: "Do not trust the export; get another from another member of the cluster.",
    retryable: false,
  },
  LOG_EXPORT_CERTIFICATE_PEER: {
    title: "The certificate is of another peer",
    cause: "The peer whose key is given is not the one that the certificate names.",
    whatToDo: "Do not trust the export; get another from another member of the cluster.",
    retryable: false,
  },
  LOG_EXPORT_CERTIFICATE_TOO_LONG: {
    title: "The certificate holds too long",
    cause: "No certificate holds for longer than a day, nor for no time.",
    whatToDo: "Do not trust the export; get another from another member of the cluster.",
    retryable: false,
  },
  LOG_EXPORT_CERTIFICATE_UNSIGNED: {
    title: "No key of the node signed the certificate",
    cause: "The chain says that the key which signed is not and never was one of the node's.",
    whatToDo:
      "Do not trust the export, unless the endpoint is on another chain or behind: ask another endpoint.",
    retryable: false,
  },
  LOG_EXPORT_FEED_UNKNOWN: {
    title: "The entry is of a feed that the export does not name",
    cause: "The first line of an export names all feeds that it has.",
    whatToDo: "Do not trust the export; get another from another member of the cluster.",
    retryable: false,
  },
  LOG_EXPORT_FORK_INVALID: {
    title: "The proof of a fork proves none",
    cause:
      "A fork is proven by two different signed entries with one number of one feed, the number at which the export says that the feed ends.",
    whatToDo: "Do not trust the export; get another from another member of the cluster.",
    retryable: false,
  },
  LOG_EXPORT_GAP: {
    title: "An entry is missing",
    cause: "The numbers of a feed grow by one from its base on; the export leaves one out.",
    whatToDo: "Do not trust the export; get another from another member of the cluster.",
    retryable: false,
  },
  LOG_EXPORT_HEAD_OTHER: {
    title: "The feed ends with another entry than the export says",
    cause: "The last entry of a feed is not the one that the first line names, or there are more.",
    whatToDo: "Do not trust the export; get another from another member of the cluster.",
    retryable: false,
  },
  LOG_EXPORT_KEPT_MISPLACED: {
    title: "A single entry is in the wrong place",
    cause: "Single entries come from below a feed's base, by number, before the feed goes on above it.",
    whatToDo: "Do not trust the export; get another from another member of the cluster.",
    retryable: false,
  },
  LOG_EXPORT_MALFORMED: {
    title: "That is no export of a cluster log",
    cause: "A line does not have the form that it should have, or is longer than any may be.",
    whatToDo: "Name a file that pleiad workspace export wrote, whole.",
    retryable: false,
  },
  LOG_EXPORT_OTHER_DEPLOYMENT: {
    title: "The export is of other contracts",
    cause: "Chain, cluster registry or node registry of the export are not those of the deployment.",
    whatToDo: "Name the endpoint and the deployment that the export is of, if you trust them.",
    retryable: false,
  },
  LOG_EXPORT_OTHER_LOG: {
    title: "An entry belongs to another log",
    cause: "The entry was signed for another cluster, or another chain or registry, than the export says.",
    whatToDo: "Do not trust the export; get another from another member of the cluster.",
    retryable: false,
  },
  LOG_EXPORT_REORDERED: {
    title: "Entries are in another order",
    cause: "The entry that should come next comes later.",
    whatToDo: "Do not trust the export; get another from another member of the cluster.",
    retryable: false,
  },
  LOG_EXPORT_REPEATED: {
    title: "An entry is there twice",
    cause: "A number of a feed has come before.",
    whatToDo: "Do not trust the export; get another from another member of the cluster.",
    retryable: false,
  },
  LOG_EXPORT_SIGNATURE_INVALID: {
    title: "The certified peer did not sign the entry",
    cause: "The entry was changed, or somebody else wrote it.",
    whatToDo: "Do not trust the export; get another from another member of the cluster.",
    retryable: false,
  },
  LOG_EXPORT_TRUNCATED: {
    title: "The export ends too early",
    cause:
      "The first line promises entries that do not come, or the last line is missing or counts other lines.",
    whatToDo: "Get the whole file.",
    retryable: false,
  },
  LOG_EXPORT_UNLINKED: {
    title: "An entry does not follow the one before it",
    cause: "Each entry names the hash of the one before; this one names another.",
    whatToDo: "Do not trust the export; get another from another member of the cluster.",
    retryable: false,
  },
  LOG_EXPORT_VERSION_UNKNOWN: {
    title: "The export is of a newer version",
    cause: "A newer program wrote it.",
    whatToDo: "Update this program.",
    retryable: false,
  },
} as const satisfies Readonly<Record<string, CatalogEntry>>;
