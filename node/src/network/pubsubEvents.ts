import type { GossipSub } from "@libp2p/gossipsub";
import { gossipScore } from "./libp2pNode.ts";
import { BAN_POINTS } from "./limits.ts";
import type { Peers } from "./peers.ts";
import type { Reputation } from "./reputation.ts";

/**
 * Hears what gossipsub tells of its peers.
 *
 * @param modules.onListener a peer listens to the topic of presence
 * @param modules.onLink a peer passes on what it hears in a topic from now on
 */
export function listenToPubsub(
  pubsub: GossipSub,
  modules: {
    readonly presenceTopic: string;
    readonly peers: Pick<Peers, "certified">;
    readonly reputation: Pick<Reputation, "ban">;
    readonly onListener: () => void;
    readonly onLink: (topic: string, peer: string) => void;
  },
): void {
  pubsub.addEventListener("subscription-change", ({ detail }) => {
    if (detail.subscriptions.some(({ subscribe, topic }) => subscribe && topic === modules.presenceTopic))
      modules.onListener();
  });
  pubsub.addEventListener("gossipsub:graft", ({ detail: { peerId, topic } }) => {
    modules.onLink(topic, peerId);
  });
  pubsub.addEventListener("gossipsub:heartbeat", () => {
    for (const peer of modules.peers.certified()) {
      // A score alone leaves the connection open.
      if (gossipScore(pubsub, peer.id) > -BAN_POINTS) continue;
      modules.reputation.ban(peer.id, peer.certificate.certificate.node);
    }
  });
}
