import { expect } from "chai";
import { describe, it } from "mocha";
import { createBudgets } from "../../../node/src/network/budgets.ts";
import type { Verdict } from "../../../node/src/network/carrierTypes.ts";
import type { KnownCertificate } from "../../../node/src/network/certificateBook.ts";
import { ENVELOPE_BYTES } from "../../../node/src/network/envelope.ts";
import type { GossipTopic } from "../../../node/src/network/gossip.ts";
import {
  LOG_HANDLING_BYTES_PER_PEER_MAX,
  LOG_IGNORED_BURST,
  LOG_MESSAGE_BYTES_MAX,
  LOGS_JOINED_MAX,
} from "../../../node/src/network/limits.ts";
import { createLogTopics } from "../../../node/src/network/logTopics.ts";
import type { CertifiedPeer } from "../../../node/src/network/peers.ts";
import { CLUSTER, codeOf, fakeClock, TOPICS } from "./support.ts";

function setting() {
  const clock = fakeClock();
  const budgets = createBudgets({ clock });
  const joined: GossipTopic[] = [];
  const gossip = {
    join: (topic: GossipTopic) => joined.push(topic),
    leave: () => undefined,
    publish: async () => 0,
  };
  const logs = createLogTopics({ gossip, topics: TOPICS, budgets, isRunning: () => true });
  const peer = (id: string) => {
    const certificate = { peer: id, certificate: { node: 2n } } as unknown as KnownCertificate;
    return { id, certificate } as unknown as CertifiedPeer;
  };
  const take = async (from: string, bytes = 1) =>
    joined[0]?.take(new Uint8Array(bytes), peer("writer").certificate, peer(from));
  return { clock, budgets, logs, take };
}

describe("log topics by themselves", () => {
  it("hand a busy handler so many bytes of one peer, and no fewer of another for it", async () => {
    const { logs, take } = setting();
    const gate = Promise.withResolvers<Verdict>();
    logs.joinLog(CLUSTER, () => gate.promise);
    const count = LOG_HANDLING_BYTES_PER_PEER_MAX / LOG_MESSAGE_BYTES_MAX;
    const all = Array.from({ length: count }, () => take("a", LOG_MESSAGE_BYTES_MAX));
    expect(await codeOf(take("a"))).to.equal("LOG_BUSY");
    const other = take("b", LOG_MESSAGE_BYTES_MAX);
    gate.resolve("accept");
    expect(await Promise.all([...all, other])).to.deep.equal(Array(count + 1).fill(true));
    expect(await take("a")).to.equal(true);
  });

  it("take offence at what is known or of no use only where there is much of it", async () => {
    const { logs, take, clock } = setting();
    logs.joinLog(CLUSTER, () => "ignore");
    for (let times = 0; times < LOG_IGNORED_BURST; times++) expect(await take("a")).to.equal(false);
    expect(await codeOf(take("a"))).to.equal("PEER_OVER_BUDGET");
    clock.advance(1_000);
    expect(await take("a")).to.equal(false);
  });

  it("are so many at most", async () => {
    const { logs } = setting();
    for (let cluster = 0; cluster < LOGS_JOINED_MAX; cluster++) logs.joinLog(BigInt(cluster), () => "accept");
    expect(await codeOf(() => logs.joinLog(9_999n, () => "accept"))).to.equal("LOGS_TOO_MANY");
    logs.leaveLog(0n);
    logs.joinLog(9_999n, () => "accept");
  });

  it("never slow down a peer that hands on 100 entries a second, of the largest size, each in a message of its own", () => {
    const { budgets, clock } = setting();
    const { gossipBytes, gossipFrames, logMessages } = budgets.of("a");
    const entryBytes = 64 * 1024;
    // Around each: envelope, topic and protobuf; and a frame that tells that it need not be sent back.
    const aroundBytes = ENVELOPE_BYTES + 256;
    for (let entry = 0; entry < 100 * 600; entry++) {
      gossipBytes.charge(entryBytes + 2 * aroundBytes);
      gossipFrames.charge(2);
      expect(logMessages.take(), `entry ${entry}`).to.equal(true);
      clock.advance(10);
      expect(gossipBytes.debtMs() + gossipFrames.debtMs(), `entry ${entry}`).to.equal(0);
    }
  });
});
