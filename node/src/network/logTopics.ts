import type { PleiadError } from "@pleiad/sdk/errors";
import type { Budgets } from "./budgets.ts";
import type { Carrier, LogHandler, PeerName, Verdict } from "./carrierTypes.ts";
import type { KnownCertificate } from "./certificateBook.ts";
import { ENVELOPE_BYTES } from "./envelope.ts";
import { networkError, oversized, PeerInputError } from "./errors.ts";
import type { Gossip } from "./gossip.ts";
import { LOG_HANDLING_BYTES_PER_PEER_MAX, LOG_MESSAGE_BYTES_MAX, LOGS_JOINED_MAX } from "./limits.ts";
import type { CertifiedPeer } from "./peers.ts";
import type { Topics } from "./topics.ts";

/** The topics of logs. */
export interface LogTopics extends Pick<Carrier, "joinLog" | "leaveLog" | "publishLog"> {
  /** Joins what was asked for before the network was started. */
  start(): void;
}

/** @param modules.isRunning whether topics can be joined now: before the start they wait for `start` */
export function createLogTopics(modules: {
  readonly gossip: Pick<Gossip, "join" | "leave" | "publish">;
  readonly topics: Pick<Topics, "log">;
  readonly budgets: Budgets;
  readonly isRunning: () => boolean;
}): LogTopics {
  const { gossip, topics, budgets, isRunning } = modules;
  const handlers = new Map<bigint, LogHandler>();
  /** Bytes that handlers have now, by the peer that passed them on. */
  const handling = new Map<string, number>();

  async function judge(
    cluster: bigint,
    bytes: Uint8Array,
    sender: PeerName,
    from: PeerName,
  ): Promise<Verdict> {
    const handler = handlers.get(cluster);
    // It was left a moment ago.
    if (handler === undefined) return "ignore";
    const before = handling.get(from.peer) ?? 0;
    // This daemon's own slowness, nobody's fault: what is left out here is asked for later.
    if (before + bytes.length > LOG_HANDLING_BYTES_PER_PEER_MAX) throw busy(cluster, from);
    handling.set(from.peer, before + bytes.length);
    try {
      return await handler(bytes, sender, from);
    } finally {
      const left = (handling.get(from.peer) ?? 0) - bytes.length;
      if (left > 0) handling.set(from.peer, left);
      else handling.delete(from.peer);
    }
  }

  async function take(
    cluster: bigint,
    body: Uint8Array,
    sender: KnownCertificate,
    from: CertifiedPeer,
  ): Promise<boolean> {
    const names = { sender: nameOf(sender), from: nameOf(from.certificate) };
    switch (await judge(cluster, body, names.sender, names.from)) {
      case "accept":
        return true;
      case "ignore":
        if (!budgets.of(from.id).logIgnored.take()) throw repeating(cluster, from);
        return false;
      case "reject":
        throw rejected(cluster, from);
    }
  }

  function join(cluster: bigint): void {
    gossip.join({
      name: topics.log(cluster),
      bytesMax: LOG_MESSAGE_BYTES_MAX + ENVELOPE_BYTES,
      dear: false,
      take: (body, sender, from) => take(cluster, body, sender, from),
    });
  }

  return {
    start() {
      for (const cluster of handlers.keys()) join(cluster);
    },
    joinLog(cluster, handler) {
      if (handlers.has(cluster))
        throw networkError("LOG_JOINED_ALREADY", `the log of cluster ${cluster} has a handler already`);
      if (handlers.size >= LOGS_JOINED_MAX) {
        throw networkError("LOGS_TOO_MANY", `log ${cluster} would be one more than ${LOGS_JOINED_MAX}`, {
          hint: "leave the log of a cluster that this node no longer serves",
        });
      }
      handlers.set(cluster, handler);
      if (isRunning()) join(cluster);
    },
    leaveLog(cluster) {
      if (handlers.delete(cluster) && isRunning()) gossip.leave(topics.log(cluster));
    },
    async publishLog(cluster, bytes) {
      if (bytes.length > LOG_MESSAGE_BYTES_MAX)
        throw oversized("the message of a log", bytes.length, LOG_MESSAGE_BYTES_MAX);
      return gossip.publish(topics.log(cluster), bytes);
    },
  };
}

/** How others name a peer with its node. */
export function nameOf({ peer, certificate }: KnownCertificate): PeerName {
  return { peer, node: certificate.node };
}

function busy(cluster: bigint, from: PeerName): PleiadError {
  return networkError("LOG_BUSY", `the log of cluster ${cluster} has too much of peer ${from.peer} at once`, {
    retryable: true,
    details: { cluster, peer: from.peer, node: from.node },
  });
}

function repeating(cluster: bigint, from: CertifiedPeer): PeerInputError {
  return new PeerInputError("PEER_OVER_BUDGET", `peer ${from.id} goes on with what is known or of no use`, {
    reaction: "ignore",
    misdeed: "overBudget",
    details: { cluster, peer: from.id },
  });
}

function rejected(cluster: bigint, from: CertifiedPeer): PeerInputError {
  return new PeerInputError("LOG_MESSAGE_REJECTED", `a message is no part of the log of cluster ${cluster}`, {
    reaction: "reject",
    misdeed: "wrongContent",
    details: { cluster, peer: from.id },
  });
}
