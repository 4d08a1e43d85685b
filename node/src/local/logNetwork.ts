import type { Network } from "../network/types.ts";
import {
  decodeHomeAnswer,
  decodeHomeRequest,
  encodeHomeAnswer,
  encodeHomeRequest,
} from "../workspace/home/wire.ts";
import type { LogPeer, Verdict } from "../workspace/log/exchange.ts";
import type { LogNetwork } from "../workspace/log/logs.ts";
import type { HomeAnswer, HomePort, HomeRequest, PresencePort } from "../workspace/ports.ts";
import { PARTY_ID } from "../workspace/views/party.ts";

/** First letter of a message that is a heartbeat and no parcel: parcels begin with the letter of an item. */
const BEAT = 0x62;
/** Under what name a cluster's home is asked. */
const HOME_KIND = "workspace.home";

/** The network as the workspace sees it: entries and heartbeats on one topic, questions to a cluster's home. */
export interface WorkspaceNetwork {
  readonly logs: LogNetwork;
  readonly presence: PresencePort;
  readonly home: HomePort;
  /** Answers nodes that ask this one as a home. The answer ends it. */
  answerHome(answer: (from: bigint, request: HomeRequest) => Promise<HomeAnswer>): () => void;
}

export function workspaceNetworkOf(network: Network): WorkspaceNetwork {
  const beatHandlers = new Set<(cluster: bigint, node: bigint, party: string) => void>();

  /** A beat says nothing but a name; whose it can be the view decides by the node. */
  function hearBeat(cluster: bigint, bytes: Uint8Array, sender: LogPeer): Verdict {
    const party = Buffer.from(bytes.subarray(1)).toString("utf8");
    if (!PARTY_ID.test(party)) return "reject";
    for (const handler of beatHandlers) handler(cluster, sender.node, party);
    return "accept";
  }

  return {
    logs: {
      async publish(cluster, bytes) {
        await network.publishLog(cluster, bytes);
      },
      peers: () =>
        network
          .peers()
          .flatMap(({ peer, node, state }) =>
            state === "certified" && node !== undefined ? [{ peer, node }] : [],
          ),
      async ask(peer, cluster, question, { signal, onItem }) {
        await network.askLog(peer, cluster, question, {
          signal,
          onFrame(frame) {
            onItem(frame);
            return "accept";
          },
        });
      },
      onPeer: (handler) => network.onCertified(handler),
      join: (cluster, hear) =>
        network.joinLog(cluster, (bytes, sender, from) =>
          bytes[0] === BEAT ? hearBeat(cluster, bytes, sender) : hear(bytes, sender, from),
        ),
      leave: (cluster) => network.leaveLog(cluster),
      answer: (handler) => network.answerLog(handler),
    },
    presence: {
      beat(cluster, party) {
        const bytes = Buffer.concat([Uint8Array.of(BEAT), new TextEncoder().encode(party)]);
        // A beat that is lost is followed by another.
        network.publishLog(cluster, bytes).catch(() => undefined);
      },
      onBeat(handler) {
        beatHandlers.add(handler);
        return () => beatHandlers.delete(handler);
      },
    },
    home: {
      async ask(home, request) {
        return decodeHomeAnswer(await network.askNode(home, HOME_KIND, encodeHomeRequest(request)));
      },
    },
    answerHome: (answer) =>
      network.answerNode(HOME_KIND, async (question, asker) =>
        encodeHomeAnswer(await answer(asker.node, decodeHomeRequest(question))),
      ),
  };
}
