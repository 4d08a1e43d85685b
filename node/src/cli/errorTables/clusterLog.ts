import type { CatalogEntry } from "@pleiad/sdk/errors/catalogEntry";

const NOTHING_HERE =
  "Nothing here: whoever sent it runs a broken or foreign version, and is scored down for it.";
const BY_ITSELF = "Nothing: it is asked for again by itself.";

/** Failures of a cluster's log: of what this node says, and of what others hand it. */
export const CLUSTER_LOG_ERRORS: Readonly<Record<string, CatalogEntry>> = {
  APPENDS_TOO_MANY: {
    title: "Too much waits to be written",
    cause: "Entries come faster than the disk takes them, or the disk has stopped answering.",
    whatToDo: "Look at the disk, and at who says so much.",
    retryable: true,
  },
  AUTHOR_NOT_ADMITTED: {
    title: "An entry is by a node that is no member",
    cause: "The node has left the cluster, or joined it in a block that this node has not seen yet.",
    whatToDo: BY_ITSELF,
    retryable: true,
  },
  AUTHOR_NOT_SERVED: {
    title: "This node may not speak for the agent",
    cause:
      "A node speaks for agents whose model it serves or once served, and for all where the owner named it.",
    whatToDo: "Serve the model (pleiad model serve), or let the agent speak through a node that does.",
    retryable: false,
  },
  BODY_MALFORMED: {
    title: "An entry says nothing that can be read",
    cause: "A member signed a body that is not type, author and data.",
    whatToDo: "Nothing here; its operator may run another version.",
    retryable: false,
  },
  BODY_OVERSIZED: {
    title: "That is too long for the log",
    cause: "One entry takes 63 KiB of text.",
    whatToDo: "Put what is long into a file or a blob, and say where it is.",
    retryable: false,
  },
  BOX_KEY_INVALID: {
    title: "A node's box key is none",
    cause: "Its certificate names something to which nothing can be sealed.",
    whatToDo: "Tell its operator: it reads nothing of the cluster until its certificate is right.",
    retryable: false,
  },
  CERTIFICATE_FOREIGN: {
    title: "An entry names another node's certificate",
    cause: "The certificate is of another node than the one in whose feed the entry is.",
    whatToDo: NOTHING_HERE,
    retryable: false,
  },
  CERTIFICATE_MISSING: {
    title: "The certificate of an entry is not here",
    cause: "Nobody who is connected has the certificate under which the entry was signed.",
    whatToDo: BY_ITSELF,
    retryable: true,
  },
  CERTIFICATE_NOT_THEN: {
    title: "An entry is dated outside its certificate's time",
    cause: "It was signed with a certificate that had ended or not begun at the time the entry names.",
    whatToDo: "Compare the clocks of both machines; its operator should look at its signer.",
    retryable: false,
  },
  ENTRY_BACKWARDS: {
    title: "An entry is dated before the one it follows",
    cause: "Times in a feed only grow.",
    whatToDo: NOTHING_HERE,
    retryable: false,
  },
  ENTRY_FROM_FUTURE: {
    title: "An entry is dated ahead of this machine's clock",
    cause: "More than ten minutes lie between the two clocks.",
    whatToDo: "Compare the clocks of both machines. The entry is taken when its time has come.",
    retryable: true,
  },
  ENTRY_GAP: {
    title: "Earlier entries of a feed are not here yet",
    cause: "Messages were lost on the way, or this node was away.",
    whatToDo: BY_ITSELF,
    retryable: true,
  },
  ENTRY_MALFORMED: {
    title: "An entry has another form",
    cause: "Its bytes are not those of an entry.",
    whatToDo: NOTHING_HERE,
    retryable: false,
  },
  ENTRY_OTHER_LOG: {
    title: "An entry belongs to another log",
    cause: "It was signed for another cluster, deployment or chain.",
    whatToDo: NOTHING_HERE,
    retryable: false,
  },
  ENTRY_OVERSIZED: {
    title: "An entry is too long",
    cause: "An entry has at most 64 KiB.",
    whatToDo: NOTHING_HERE,
    retryable: false,
  },
  ENTRY_SIGNATURE_INVALID: {
    title: "An entry is not signed by its node's peer",
    cause: "It was changed on the way, or forged.",
    whatToDo: NOTHING_HERE,
    retryable: false,
  },
  ENTRY_UNLINKED: {
    title: "An entry follows another one than is here",
    cause: "Its node has said two things under one number.",
    whatToDo: "Nothing: the other entry is asked for, and proves which feed was forked.",
    retryable: true,
  },
  ENTRY_VERSION_UNKNOWN: {
    title: "An entry is of a newer version",
    cause: "Its node runs a newer daemon.",
    whatToDo: "See whether this daemon needs an update.",
    retryable: false,
  },
  FEED_FORKED: {
    title: "A feed was forked",
    cause:
      "Two entries with one number were signed: its node was restored from a copy of its disk, runs twice, or means harm.",
    whatToDo: "Nothing counts from there on. Tell its operator; it goes on in another feed.",
    retryable: false,
  },
  ENTRY_PRUNED: {
    title: "An entry of a dropped beginning came again",
    cause: "Its node has dropped the beginning of its feed, and it is not among what is kept.",
    whatToDo: "Nothing: whoever sent it has not heard of that yet.",
    retryable: false,
  },
  FEEDS_TOO_MANY: {
    title: "A node has begun too many feeds",
    cause: "A node begins one anew only where it lost the end of the one before.",
    whatToDo: "Look at that node's disk, or tell its operator.",
    retryable: false,
  },
  FORK_MALFORMED: {
    title: "Two entries prove no fork",
    cause: "They are not of one feed and number, or they are the same.",
    whatToDo: NOTHING_HERE,
    retryable: false,
  },
  FORKS_TOO_MANY: {
    title: "A node forks its feeds again and again",
    cause:
      "Each fork makes the log to be read again, so of one node they are looked into one after the other, a minute apart.",
    whatToDo: "See which node it is; the cluster's owner can let it go.",
    retryable: true,
  },
  KEPT_UNKNOWN: {
    title: "An entry below a feed's beginning is not wanted now",
    cause: "It is not the next that the feed's node said it kept.",
    whatToDo: BY_ITSELF,
    retryable: true,
  },
  KEYS_MALFORMED: {
    title: "An entry with keys has another form",
    cause: "A member signed keys that are none.",
    whatToDo: "Nothing here; its operator may run another version.",
    retryable: false,
  },
  LOG_DAMAGED: {
    title: "The log is damaged on the disk",
    cause: "An entry is missing, or its bytes are others than were written.",
    whatToDo: "Nothing for the log: what is lost is fetched from peers. Look at the disk.",
    retryable: false,
  },
  LOG_FULL: {
    title: "This node has said as much as members keep of it",
    cause: "Its entries in the cluster's log take all the space that a node has there.",
    whatToDo:
      "Try again in some minutes, when what is of no use was dropped. Forget memories and delete keys.",
    retryable: true,
  },
  LOG_NOT_HERE: {
    title: "The node keeps no log of the cluster now",
    cause: "It is starting, or is no member.",
    whatToDo: BY_ITSELF,
    retryable: true,
  },
  LOG_OPEN_ALREADY: {
    title: "The log is open",
    cause: "Two parts of a daemon opened one cluster's log.",
    whatToDo: "Report it: this is a mistake in the daemon.",
    retryable: false,
  },
  LOG_STOPPED: {
    title: "The log is not running",
    cause: "The daemon starts or stops.",
    whatToDo: "Try again in a moment.",
    retryable: true,
  },
  MARK_MALFORMED: {
    title: "The mark of a leaver has another form",
    cause: "A member signed a mark that is none.",
    whatToDo: "Nothing here; its operator may run another version.",
    retryable: false,
  },
  NODE_LOG_FULL: {
    title: "No more of a node's entries is taken",
    cause: "Its entries take all the space that a node has in the cluster's log.",
    whatToDo: "See which node it is; the cluster's owner can let it go.",
    retryable: true,
  },
  PARCEL_MALFORMED: {
    title: "What a peer sent is no list of entries",
    cause: "Its bytes have another form.",
    whatToDo: NOTHING_HERE,
    retryable: false,
  },
  PRUNING_MALFORMED: {
    title: "What a node says it dropped has another form",
    cause: "The numbers that it keeps are not in order, or too many.",
    whatToDo: NOTHING_HERE,
    retryable: false,
  },
  PRUNING_WRONG: {
    title: "A node drops entries up to another than is here",
    cause: "The entry at its new beginning is not the one that it sent before.",
    whatToDo: "Nothing here; what it sent before stays.",
    retryable: false,
  },
  VECTOR_MALFORMED: {
    title: "A peer's version vector has another form",
    cause: "Its bytes are not positions of feeds.",
    whatToDo: NOTHING_HERE,
    retryable: false,
  },
};
