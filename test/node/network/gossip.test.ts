import { expect } from "chai";
import { describe, it } from "mocha";
import { type Hex, keccak256, toBytes } from "viem";
import { encodeCompletion } from "../../../node/src/network/completionMessage.ts";
import { sealEnvelope } from "../../../node/src/network/envelope.ts";
import {
  GOSSIP_DEAR_BURST,
  GOSSIP_DEAR_PER_SECOND,
  LOG_MESSAGES_BURST,
  STREAM_WINDOW_BYTES,
} from "../../../node/src/network/limits.ts";
import { encodePresence } from "../../../node/src/network/presenceMessage.ts";
import { MISDEED_POINTS, type Misdeed } from "../../../node/src/network/reputation.ts";
import type { Network, SignedCompletion } from "../../../node/src/network/types.ts";
import { gossipFrame } from "../../fixtures/gossipFrame.ts";
import {
  CLUSTER,
  certify,
  codeOf,
  connect,
  DirectoryFake,
  eventually,
  fakeClock,
  meshed,
  open,
  openRogue,
  type Rogue,
  register,
  signedCompletion,
  type TestNode,
  TOPICS,
  until,
} from "./support.ts";

const TOPIC = TOPICS.completions(CLUSTER);

function hear(network: Network): SignedCompletion[] {
  const heard: SignedCompletion[] = [];
  network.onCompletion((message) => void heard.push(message));
  return heard;
}

/** A certified peer that does as it likes, connected so that its gossip is heard. */
async function intrude(network: Network, node: TestNode): Promise<Rogue> {
  const rogue = await openRogue((identity) => certify(node, identity));
  await rogue.dial(network);
  const { pubsub } = rogue.node.services;
  await until("gossip flows", () => pubsub.getSubscribers(TOPIC).length === 1);
  return rogue;
}

function seal(
  rogue: Rogue,
  body: Uint8Array,
  topic = TOPIC,
  certificate: Hex = rogue.certificate,
): Uint8Array {
  return sealEnvelope(topic, certificate, body, rogue.identity.signingKey);
}

describe("gossip", () => {
  it("passes a completion on to those who know its sender only through others", async () => {
    const directory = new DirectoryFake();
    const nodes = [register(directory, 1n), register(directory, 2n), register(directory, 3n)] as const;
    const [a, b, c] = [
      await open(directory, nodes[0]),
      await open(directory, nodes[1]),
      await open(directory, nodes[2]),
    ];
    await connect(b, a);
    await connect(c, a);
    const [heardByA, heardByC] = [hear(a), hear(c)];
    const heardByB = hear(b);
    await until("a knows both", () => a.presence.list().length === 2);
    const message = await signedCompletion(nodes[1]);
    await b.publishCompletion(message);
    await until("both have heard", () => heardByA.length === 1 && heardByC.length === 1);
    expect(heardByC).to.deep.equal([message]);
    // That may have come by catching up. Sooner or later links have formed, and one comes by gossip.
    let task = 1;
    const one = async () => {
      await b.publishCompletion(await signedCompletion(nodes[1], { task: task++ }));
      await new Promise((resolve) => setTimeout(resolve, 50));
      return c.stats().certificatesFetchedTotal === 1;
    };
    await until("c had b's certificate from a", eventually(one));
    await until("c has heard them all", () => heardByC.length === task);
    expect(heardByB).to.deep.equal([]);
    expect(c.peers().map(({ node }) => node)).to.deep.equal([1n]);
  });

  it("delivers once what comes twice, in whatever envelope", async () => {
    const directory = new DirectoryFake();
    const [n1, n2, n3] = [register(directory, 1n), register(directory, 2n), register(directory, 3n)];
    const [a, b] = [await open(directory, n1), await open(directory, n2)];
    await connect(b, a);
    const heard = hear(a);
    await meshed(a, b);
    const message = await signedCompletion(n2);
    await b.publishCompletion(message);
    await b.publishCompletion(message);
    const rogue = await intrude(a, n3);
    await rogue.node.services.pubsub.publish(TOPIC, seal(rogue, encodeCompletion(message)));
    const next = await signedCompletion(n2, { task: 1 });
    await rogue.node.services.pubsub.publish(TOPIC, seal(rogue, encodeCompletion(next)));
    await until("the next is heard", () => heard.length >= 2);
    expect(heard).to.deep.equal([message, next]);
    expect(a.stats().misdeedsTotal).to.deep.equal({});
  });

  describe("refuses and scores its sender down for", () => {
    const change = (from: string | RegExp, to: string) => (encoded: Uint8Array) =>
      toBytes(new TextDecoder().decode(encoded).replace(from, to));
    const wrong: [string, Misdeed, (rogue: Rogue, encoded: Uint8Array) => Uint8Array][] = [
      ["what is no envelope", "malformed", () => toBytes("hello")],
      ["what is no completion", "malformed", (rogue) => seal(rogue, toBytes("hello"))],
      ["deep nesting", "malformed", (rogue) => seal(rogue, toBytes("[".repeat(9_000)))],
      ["too many bytes", "oversized", (rogue) => seal(rogue, new Uint8Array(24 * 1024))],
      [
        "an envelope for another topic",
        "badSignature",
        (rogue, encoded) => seal(rogue, encoded, TOPICS.presence),
      ],
      // The rogue answers any question for a certificate with its own, which is then another than the one it named.
      [
        "a false certificate",
        "wrongContent",
        (rogue, encoded) => seal(rogue, encoded, TOPIC, keccak256("0x99")),
      ],
      ...(
        [
          ["another cluster", "malformed", `"cluster":"${CLUSTER}"`, '"cluster":"8"'],
          ["another output", "wrongContent", /"output":"[^"]*"/, '"output":"AAAA"'],
          ["another tip than signed", "badSignature", '"tip":"0"', '"tip":"1"'],
          ["an owner's completion", "wrongContent", '"node":"2"', '"node":"0"'],
          ["an unknown node's completion", "unknownNode", '"node":"2"', '"node":"99"'],
        ] as const
      ).map(([what, misdeed, from, to]): (typeof wrong)[number] => [
        what,
        misdeed,
        (rogue, encoded) => seal(rogue, change(from, to)(encoded)),
      ]),
    ];
    for (const [what, misdeed, make] of wrong) {
      it(what, async () => {
        const directory = new DirectoryFake();
        const [n1, n2, n3] = [register(directory, 1n), register(directory, 2n), register(directory, 3n)];
        const a = await open(directory, n1);
        const heard = hear(a);
        const rogue = await intrude(a, n3);
        const good = await signedCompletion(n2);
        await rogue.node.services.pubsub.publish(TOPIC, make(rogue, encodeCompletion(good)));
        await until("it is refused", () => a.stats().messagesRejectedTotal === 1);
        expect(a.stats().misdeedsTotal).to.deep.equal({ [misdeed]: 1 });
        expect(a.peers()[0]?.points).to.be.closeTo(MISDEED_POINTS[misdeed], 0.5);
        // The true one is not spoiled by it.
        await rogue.node.services.pubsub.publish(TOPIC, seal(rogue, encodeCompletion(good)));
        await until("the true one is heard", () => heard.length === 1);
        expect(heard).to.deep.equal([good]);
      });
    }
  });

  it("cuts a peer that goes on", async () => {
    const directory = new DirectoryFake();
    const [n1, n3] = [register(directory, 1n), register(directory, 3n)];
    const a = await open(directory, n1);
    const rogue = await intrude(a, n3);
    for (let times = 0; times < 5; times++) {
      await rogue.node.services.pubsub.publish(TOPIC, seal(rogue, toBytes(`hello ${times}`)));
    }
    await until("it is cut", () => rogue.node.getConnections().length === 0);
    expect(a.stats().peersBannedTotal).to.equal(1);
    expect(a.peers()).to.deep.equal([]);
  });

  it("does not hand on what it refuses", async () => {
    const directory = new DirectoryFake();
    const [n1, n2, n3] = [register(directory, 1n), register(directory, 2n), register(directory, 3n)];
    const [a, b] = [await open(directory, n1), await open(directory, n2)];
    await connect(b, a);
    await meshed(a, b);
    const before = b.stats();
    const rogue = await intrude(a, n3);
    await rogue.node.services.pubsub.publish(TOPIC, seal(rogue, toBytes("hello")));
    await until("a refused it", () => a.stats().messagesRejectedTotal === 1);
    // What a accepts after it reaches b, so that what it did not hand on would have come before.
    await rogue.node.services.pubsub.publish(
      TOPIC,
      seal(rogue, encodeCompletion(await signedCompletion(n3))),
    );
    await until(
      "b has the next",
      () => b.stats().completionsDeliveredTotal === before.completionsDeliveredTotal + 1,
    );
    expect(b.stats().messagesRejectedTotal).to.equal(0);
    expect(b.stats().misdeedsTotal).to.deep.equal({});
  });

  it("reads a flood no faster than its rate, and loses none of it, while the others get through", async () => {
    const directory = new DirectoryFake();
    const [n1, n2, n3] = [register(directory, 1n), register(directory, 2n), register(directory, 3n)];
    const clock = fakeClock();
    const [a, b] = [await open(directory, n1, { clock }), await open(directory, n2)];
    await connect(b, a);
    const heard = hear(a);
    await until("gossip flows", () => a.presence.list().length === 1);
    const rogue = await intrude(a, n3);
    const floods = 4_000;
    for (let count = 0; count < floods; count++) {
      // Of a version to come: ignored without blame, so that only the rate counts.
      await rogue.node.services.pubsub.publish(TOPIC, seal(rogue, toBytes(`flood ${count}`)).fill(2, 0, 1));
    }
    for (let task = 0; task < 20; task++) await b.publishCompletion(await signedCompletion(n2, { task }));
    await until("all honest completions are heard", () => heard.length === 20);
    const ignoredBefore = a.stats().messagesIgnoredTotal;
    // Time stands still here, so there is the burst, and what one window may hold beyond it.
    const windowFrames = STREAM_WINDOW_BYTES / 180;
    expect(ignoredBefore).to.be.lessThan(GOSSIP_DEAR_BURST + windowFrames);

    await until("the rest is read when its time comes", () => {
      clock.advance(250);
      return a.stats().messagesIgnoredTotal === floods;
    });
    // Each pause ends with a window's worth at once, so that two of them may come early.
    const secondsMin = (floods - GOSSIP_DEAR_BURST - 2 * windowFrames) / GOSSIP_DEAR_PER_SECOND;
    expect(clock.monotonicMs() / 1_000).to.be.greaterThan(secondsMin);
    expect(a.stats().misdeedsTotal).to.deep.equal({});
  });

  it("cuts a peer that packs more messages into frames than its rate", async () => {
    const directory = new DirectoryFake();
    const [n1, n3] = [register(directory, 1n), register(directory, 3n)];
    // Time stands still, so that only the burst counts, however slow the machine.
    const a = await open(directory, n1, { clock: fakeClock() });
    a.joinLog(CLUSTER, () => "accept");
    const rogue = await intrude(a, n3);
    const [connection] = rogue.node.getConnections();
    if (connection === undefined) throw new Error("not connected");
    const stream = await connection.newStream("/meshsub/1.2.0");
    const topic = TOPICS.log(CLUSTER);
    for (let frames = 0; frames < LOG_MESSAGES_BURST / 250; frames++) {
      const messages = Array.from({ length: 300 }, (_, index): [string, Uint8Array] => {
        return [topic, seal(rogue, toBytes(`packed ${frames} ${index}`)).fill(2, 0, 1)];
      });
      if (stream.status === "open") stream.send(gossipFrame(messages));
    }
    await until("it is cut", () => connection.status !== "open");
    expect(a.stats().peersBannedTotal).to.equal(1);
    expect(a.stats().misdeedsTotal.overBudget).to.be.greaterThan(400);
  });

  it("cuts a peer whose frame announces too much", async () => {
    const directory = new DirectoryFake();
    const [n1, n3] = [register(directory, 1n), register(directory, 3n)];
    const a = await open(directory, n1);
    const rogue = await intrude(a, n3);
    const [connection] = rogue.node.getConnections();
    const stream = await connection?.newStream("/meshsub/1.2.0");
    stream?.send(Uint8Array.of(0xff, 0xff, 0xff, 0x7f, 1, 2, 3));
    await until("it is cut", () => connection?.status !== "open");
    expect(a.stats().misdeedsTotal).to.deep.equal({ oversized: 1 });
  });

  it("listens and stops listening to clusters while it runs", async () => {
    const directory = new DirectoryFake();
    const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
    const [a, b] = [await open(directory, n1, { clusters: [] }), await open(directory, n2)];
    await connect(b, a);
    const heard = hear(a);
    await meshed(a, b);
    const send = async (task: number) => b.publishCompletion(await signedCompletion(n2, { task }));
    expect(await send(0)).to.equal(0);
    a.subscribeCluster(CLUSTER);
    await until("what was missed came", () => heard.length === 1);
    expect(await send(1)).to.equal(1);
    await until("what follows comes", () => heard.length === 2);
    a.unsubscribeCluster(CLUSTER);
    await until(
      "b knows",
      eventually(() => send(2).then((peers) => peers === 0)),
    );
    expect(heard.map(({ completion }) => completion.task)).to.deep.equal([0, 1]);
  });

  it("does not publish what peers would refuse", async () => {
    const directory = new DirectoryFake();
    const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
    const a = await open(directory, n1);
    const good = await signedCompletion(n1);
    const changed = (change: object) => codeOf(a.publishCompletion({ ...good, ...change }));
    expect(await changed({ output: toBytes("another") })).to.equal("COMPLETION_OUTPUT_MISMATCH");
    expect(await changed({ output: new Uint8Array(8_193) })).to.equal("MESSAGE_OVERSIZED");
    expect(await changed({ signature: (await signedCompletion(n2)).signature })).to.equal(
      "COMPLETION_SIGNATURE_INVALID",
    );
    expect(await changed({ signature: "0x" })).to.equal("MESSAGE_MALFORMED");
    expect(await a.publishCompletion(good)).to.equal(0);
  });
});

describe("presence over gossip", () => {
  it("comes up with a peer, tells what it serves, and goes down 60 s after it fell silent", async () => {
    const directory = new DirectoryFake();
    const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
    const clock = fakeClock();
    const a = await open(directory, n1, { clock });
    const b = await open(directory, n2, { modelsServed: () => [4n, 5n] });
    const events: string[] = [];
    a.presence.on("up", (node) => events.push(`up ${node}`));
    a.presence.on("down", (node) => events.push(`down ${node}`));
    await connect(b, a);
    await until("a sees b", () => a.presence.list().length === 1);
    expect(a.presence.list()[0]?.models).to.deep.equal([4n, 5n]);
    await b.stop();
    await until("a has noticed", () => a.peers().length === 0);
    clock.advance(59_000);
    expect(a.presence.list().map(({ node }) => node)).to.deep.equal([2n]);
    clock.advance(1_000);
    expect(a.presence.list()).to.deep.equal([]);
    expect(events).to.deep.equal(["up 2", "down 2"]);
  });

  it("is that of the certified node, whatever else is said", async () => {
    const directory = new DirectoryFake();
    const [n1, n3] = [register(directory, 1n), register(directory, 3n)];
    const a = await open(directory, n1);
    const rogue = await intrude(a, n3);
    const beat = encodePresence({ sequence: 1n, models: [], startedAt: 1n });
    const { pubsub } = rogue.node.services;
    await pubsub.publish(
      TOPICS.presence,
      sealEnvelope(TOPICS.presence, rogue.certificate, beat, rogue.identity.signingKey),
    );
    await until("a sees the rogue as itself", () => a.presence.list().length === 1);
    expect(a.presence.list()[0]?.node).to.equal(3n);
  });
});
