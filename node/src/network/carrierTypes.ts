/** A certified peer and the node it speaks for. */
export interface PeerName {
  /** libp2p peer id. */
  readonly peer: string;
  readonly node: bigint;
}

/**
 * What a handler says of something that a peer sent: `accept` what is good and new, `ignore` what may be honest (known, late,
 * not to be judged now), `reject` what only a broken or hostile peer sends: that is booked to whoever passed it on.
 */
export type Verdict = "accept" | "ignore" | "reject";

/**
 * Takes a message of a log. Only what it accepts is passed on. A `PleiadError` it throws counts as `ignore`, anything else is
 * a bug and stops the process.
 *
 * @param bytes at most `LOG_MESSAGE_BYTES_MAX`
 * @param sender who wrote the message
 * @param from who passed it on: the one to ask for what it names
 */
export type LogHandler = (bytes: Uint8Array, sender: PeerName, from: PeerName) => Verdict | Promise<Verdict>;

/**
 * Answers a question for entries, part by part, each at most `LOG_FRAME_BYTES_MAX`; the network stops it at
 * `LOG_ANSWER_BYTES_MAX` and tells the asker that there is more. A `PleiadError` it throws refuses: the asker gets its code. A
 * `PeerInputError` with a misdeed is booked to the asker.
 *
 * @param signal ends when nobody waits for the answer any more
 */
export type LogAnswerer = (
  cluster: bigint,
  question: Uint8Array,
  asker: PeerName,
  signal: AbortSignal,
) => AsyncIterable<Uint8Array>;

/** Answers a question to this node with at most `NODE_ANSWER_BYTES_MAX`; errors as with `LogAnswerer`. */
export type NodeAnswerer = (
  question: Uint8Array,
  asker: PeerName,
  signal: AbortSignal,
) => Promise<Uint8Array>;

/** Carries the logs of clusters, and questions between nodes. What is in them the network does not know. */
export interface Carrier {
  /** Listens to a cluster's log. One handler a cluster. @throws PleiadError LOGS_TOO_MANY, LOG_JOINED_ALREADY */
  joinLog(cluster: bigint, handler: LogHandler): void;
  leaveLog(cluster: bigint): void;
  /**
   * Hands bytes to all peers that listen to a cluster's log.
   *
   * @returns how many peers it was sent to at once
   * @throws PleiadError MESSAGE_OVERSIZED, PUBLISH_FAILED (retryable), NETWORK_STOPPED
   */
  publishLog(cluster: bigint, bytes: Uint8Array): Promise<number>;
  /**
   * Asks a peer for entries. Each part of its answer reaches `onFrame`, one after the other; the peer is read no faster than that
   * is done. `reject` and what it throws end the asking; `reject` is booked to the peer.
   *
   * @param peer libp2p peer id
   * @returns whether the peer had no more than this
   * @throws PleiadError PEER_UNREACHABLE (retryable), PEER_IO_FAILED (retryable), ANSWER_REFUSED (as the peer says),
   * ANSWER_REJECTED, ASKS_TOO_MANY (retryable), MESSAGE_OVERSIZED, MESSAGE_MALFORMED, NETWORK_STOPPED; the signal's reason
   */
  askLog(
    peer: string,
    cluster: bigint,
    question: Uint8Array,
    options: {
      readonly signal?: AbortSignal;
      readonly onFrame: (frame: Uint8Array) => Verdict | Promise<Verdict>;
    },
  ): Promise<{ readonly complete: boolean }>;
  /** Answers peers' questions for entries; one handler at a time. The answer ends it. @throws PleiadError ANSWERED_ALREADY */
  answerLog(handler: LogAnswerer): () => void;
  /**
   * Asks the daemon of a node.
   *
   * @param kind which part of that daemon is asked: small letters and dots, at most `ASK_KIND_CHARACTERS_MAX`
   * @throws PleiadError NODE_UNREACHABLE (retryable; `details.asked` says whether it may have heard the question all the same),
   * ANSWER_REFUSED (as the node says), ASKS_TOO_MANY (retryable), MESSAGE_OVERSIZED, MESSAGE_MALFORMED, PEER_IS_SELF,
   * NETWORK_STOPPED; the signal's reason
   */
  askNode(
    node: bigint,
    kind: string,
    question: Uint8Array,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Uint8Array>;
  /**
   * Answers questions of one kind; one handler each. The answer ends it.
   *
   * @throws PleiadError ANSWERED_ALREADY, ASK_KINDS_TOO_MANY, ASK_KIND_INVALID
   */
  answerNode(kind: string, handler: NodeAnswerer): () => void;
  /** Certified peers that speak for one of these nodes. */
  peersOf(nodes: readonly bigint[]): readonly PeerName[];
  /** Hears of each peer that becomes certified. The answer ends it. */
  onCertified(handler: (peer: PeerName) => void): () => void;
}
