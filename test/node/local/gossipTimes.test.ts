import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import { createDaemonObserver } from "../../../node/src/local/daemonObserver.ts";
import { noGossip } from "../../../node/src/local/gossip.ts";
import {
  createGossipTimes,
  GOSSIP_EXECUTIONS_MAX,
  GOSSIP_MOMENTS_MAX,
} from "../../../node/src/local/gossipTimes.ts";
import { createMemoryStore } from "../../../node/src/store/memory.ts";
import type { Gossip, SignedMessage } from "../../../node/src/work/ports.ts";
import { CHAIN, digest, LEASE } from "../store/helpers.ts";

function completionOf(execution: bigint, task = 0, node = 1n, output = "0x01"): SignedMessage {
  return { completion: { execution, task, node, outputDigest: output } } as unknown as SignedMessage;
}

/** Peers of which the test says what is heard. */
function peersToHear(): { readonly peers: Gossip; hear(message: SignedMessage): void } {
  let heard: (message: SignedMessage) => void = () => {};
  const peers: Gossip = {
    ...noGossip(),
    enabled: true,
    onCompletion(handler) {
      heard = handler;
      return () => {};
    },
  };
  return { peers, hear: (message) => heard(message) };
}

describe("times of completions among the peers", () => {
  it("keep when each was first sent or heard, and hand on what they hear", () => {
    let nowMs = 1;
    const times = createGossipTimes({ now: () => nowMs });
    const { peers, hear } = peersToHear();
    const handed: SignedMessage[] = [];
    times.watch(peers).onCompletion((message) => handed.push(message));
    const told: bigint[] = [];
    const end = times.on((execution) => told.push(execution));
    times.sent(completionOf(7n), 2);
    nowMs = 2;
    hear(completionOf(7n, 1, 2n));
    nowMs = 3;
    // Two listeners, and a completion that comes again with its output, tell of the same word.
    hear(completionOf(7n, 1, 2n));
    expect(handed.length).to.equal(2);
    expect(told).to.deep.equal([7n, 7n]);
    expect(times.of(7n)).to.deep.equal([
      { task: 0, node: 1n, way: "sent", outputDigest: "0x01", peers: 2, atMs: 1 },
      { task: 1, node: 2n, way: "heard", outputDigest: "0x01", peers: undefined, atMs: 2 },
    ]);
    end();
    times.sent(completionOf(8n), 0);
    expect(told).to.deep.equal([7n, 7n]);
    expect(times.watch(noGossip()).enabled).to.equal(false);
  });

  it("are told to the story of the node's own job, and what is heard is of no job's", async () => {
    const observer = createDaemonObserver(
      { config: {} as never },
      { logger: pino({ enabled: false }), log: undefined },
    );
    const { gossipTimes, stories } = observer;
    const journal = observer.journal((await createMemoryStore(CHAIN)).journal);
    const key = { execution: 7n, task: 1 };
    await journal.jobs.lease(key, { ...LEASE, contextHash: digest("context"), isReady: true });
    const { peers, hear } = peersToHear();
    gossipTimes.watch(peers).onCompletion(() => {});
    hear(completionOf(7n, 1, 2n));
    expect(stories.of(key)).to.include({ gossiped: undefined });
    gossipTimes.sent(completionOf(7n, 1, 1n), 2);
    const first = stories.of(key)?.gossiped;
    expect(first?.wallMs).to.be.a("number");
    // The same that goes to peers once more was first sent before.
    gossipTimes.sent(completionOf(7n, 1, 1n), 3);
    expect(stories.of(key)?.gossiped).to.equal(first);
    expect(gossipTimes.of(7n).map(({ way, peers }) => [way, peers])).to.deep.equal([
      ["heard", undefined],
      ["sent", 2],
    ]);
    await observer.stop();
  });

  it("are bounded, for one execution and for all", () => {
    const times = createGossipTimes({ now: () => 1 });
    for (let node = 0n; node <= GOSSIP_MOMENTS_MAX; node += 1n) times.sent(completionOf(1n, 0, node), 0);
    expect(times.of(1n).length).to.equal(GOSSIP_MOMENTS_MAX);
    for (let execution = 2n; execution <= GOSSIP_EXECUTIONS_MAX + 1; execution += 1n)
      times.sent(completionOf(execution), 0);
    expect(times.of(1n)).to.deep.equal([]);
    expect(times.of(2n).length).to.equal(1);
  });
});
