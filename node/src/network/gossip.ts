import { createHash } from "node:crypto";
import { type GossipSub, type Message, TopicValidatorResult } from "@libp2p/gossipsub";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Budgets } from "./budgets.ts";
import type { KnownCertificate } from "./certificateBook.ts";
import type { CertificateResolver } from "./certificateResolver.ts";
import { openEnvelope, sealEnvelope } from "./envelope.ts";
import { networkError, oversized, PeerInputError, reasonOf, surfaceBug } from "./errors.ts";
import type { NetworkIdentity } from "./identity.ts";
import { CHECKS_PER_TURN_MAX, DEAR_CHECK_WEIGHT } from "./limits.ts";
import type { OwnCertificate } from "./ownCertificate.ts";
import type { CertifiedPeer, Peers } from "./peers.ts";
import { createPortions } from "./portions.ts";
import type { Misdeed } from "./reputation.ts";
import type { Counters } from "./stats.ts";

/** A topic this node listens to. */
export interface GossipTopic {
  readonly name: string;
  /** Largest message, envelope included. */
  readonly bytesMax: number;
  /** Whether its messages cost much to check: what a secp256k1 signature takes. */
  readonly dear: boolean;
  /**
   * Checks a body and takes what is in it. Answers false for what is known already.
   *
   * @param sender the certified peer that wrote the message, not the one that passed it on
   * @param from the one that passed it on
   * @throws PeerInputError to refuse it; another PleiadError when it cannot tell now
   */
  readonly take: (body: Uint8Array, sender: KnownCertificate, from: CertifiedPeer) => Promise<boolean>;
}

/** What the network says and hears on topics. */
export interface Gossip {
  /** Give it gossipsub once there is one; before that nothing can be joined. */
  bind(pubsub: GossipSub): void;
  /** Drops messages of topics nobody here listens to, before gossipsub remembers them. */
  screen(topic: string, data: Uint8Array): Uint8Array;
  join(topic: GossipTopic): void;
  leave(name: string): void;
  isJoined(name: string): boolean;
  /** Signs and sends a body; answers to how many peers at once. @throws PleiadError PUBLISH_FAILED (retryable) */
  publish(name: string, body: Uint8Array): Promise<number>;
}

export function createGossip(modules: {
  readonly identity: NetworkIdentity;
  readonly own: OwnCertificate;
  readonly peers: Pick<Peers, "get">;
  readonly budgets: Budgets;
  readonly resolver: CertificateResolver;
  readonly penalize: (peer: string, misdeed: Misdeed) => void;
  readonly counters: Counters;
  readonly logger: Logger;
}): Gossip {
  const { peers, budgets, resolver, penalize, counters, logger } = modules;
  const portions = createPortions({ weightMax: CHECKS_PER_TURN_MAX });
  const joined = new Map<string, GossipTopic>();
  let bound: GossipSub | undefined;

  function pubsub(): GossipSub {
    if (bound === undefined) throw networkError("NETWORK_STOPPED", "the network is not started");
    return bound;
  }

  /** Size, then rate, then form, then certificate, then signature, then content: the cheap checks first. */
  async function check(topic: GossipTopic, source: CertifiedPeer, data: Uint8Array): Promise<boolean> {
    if (data.length > topic.bytesMax) throw oversized("the message", data.length, topic.bytesMax);
    const { gossipMessages, logMessages } = budgets.of(source.id);
    if (!(topic.dear ? gossipMessages : logMessages).take()) throw overBudget(source);
    await portions.turn(source.id, topic.dear ? DEAR_CHECK_WEIGHT : 1);
    const envelope = openEnvelope(topic.name, data);
    const sender = await resolver.resolve(envelope.certificate, source);
    if (!envelope.isSignedBy(sender.peerKey)) throw badEnvelope(sender);
    return topic.take(envelope.body, sender, source);
  }

  async function validate(topic: GossipTopic, from: string, data: Uint8Array): Promise<TopicValidatorResult> {
    const source = peers.get(from);
    // Its certificate ended while the message was on its way.
    if (source === undefined) return TopicValidatorResult.Ignore;
    try {
      if (await check(topic, source, data)) {
        counters.messagesAcceptedTotal++;
        return TopicValidatorResult.Accept;
      }
      counters.messagesIgnoredTotal++;
      return TopicValidatorResult.Ignore;
    } catch (error) {
      surfaceBug(error);
      const rejected = error instanceof PeerInputError && error.reaction === "reject";
      if (rejected) counters.messagesRejectedTotal++;
      else counters.messagesIgnoredTotal++;
      logger.debug({ peer: from, topic: topic.name, rejected, ...reasonOf(error) }, "message not taken");
      if (error instanceof PeerInputError && error.misdeed !== undefined) penalize(from, error.misdeed);
      return rejected ? TopicValidatorResult.Reject : TopicValidatorResult.Ignore;
    }
  }

  return {
    bind(gossipsub) {
      bound = gossipsub;
    },
    screen(topic, data) {
      if (joined.has(topic)) return data;
      throw networkError("TOPIC_NOT_JOINED", `nobody here listens to ${topic}`);
    },
    join(topic) {
      joined.set(topic.name, topic);
      // Before the subscription: without a validator gossipsub would take whatever comes.
      pubsub().topicValidators.set(topic.name, (from, message) =>
        validate(topic, from.toString(), message.data),
      );
      pubsub().subscribe(topic.name);
    },
    leave(name) {
      if (!joined.delete(name)) return;
      pubsub().unsubscribe(name);
      pubsub().topicValidators.delete(name);
    },
    isJoined: (name) => joined.has(name),
    async publish(name, body) {
      const sealed = sealEnvelope(name, modules.own.current().digest, body, modules.identity.signingKey);
      try {
        const { recipients } = await pubsub().publish(name, sealed);
        return recipients.length;
      } catch (cause) {
        if (cause instanceof PleiadError) throw cause;
        throw networkError("PUBLISH_FAILED", `nothing could be sent on ${name}`, { retryable: true, cause });
      }
    },
  };
}

/** A message's id: a digest of all of it, so that nobody can spoil the id of a message that is not his. */
export function messageId(message: Message): Uint8Array {
  return createHash("sha256").update(`${message.topic}\0`).update(message.data).digest().subarray(0, 20);
}

function overBudget(source: CertifiedPeer): PeerInputError {
  return new PeerInputError("PEER_OVER_BUDGET", `peer ${source.id} sends more messages than its rate`, {
    reaction: "ignore",
    misdeed: "overBudget",
  });
}

function badEnvelope(sender: KnownCertificate): PeerInputError {
  return new PeerInputError("MESSAGE_SIGNATURE_INVALID", "the certified peer did not sign the message", {
    reaction: "reject",
    misdeed: "badSignature",
    details: { certificate: sender.digest, node: sender.certificate.node },
  });
}
