import { expect } from "chai";
import { describe, it } from "mocha";
import { toBytes } from "viem";
import { createCopies } from "../../../node/src/network/copies.ts";
import { sealEnvelope } from "../../../node/src/network/envelope.ts";
import { BAN_POINTS, LOG_MESSAGE_BYTES_MAX, MESSAGE_COPIES_MAX } from "../../../node/src/network/limits.ts";
import type { Misdeed } from "../../../node/src/network/reputation.ts";
import type { Network } from "../../../node/src/network/types.ts";
import { gossipFrame } from "../../fixtures/gossipFrame.ts";
import {
  CLUSTER,
  certify,
  connect,
  DirectoryFake,
  eventually,
  fakeClock,
  meshed,
  open,
  openRogue,
  type Rogue,
  register,
  TOPICS,
  until,
} from "./support.ts";

const TOPIC = TOPICS.log(CLUSTER);
const FLOOD = 20_000;

/** Whether a message is an entry, as the handler of these tests sees it; known ones it does not take twice. */
function take(network: Network, heard: Set<string>): void {
  network.joinLog(CLUSTER, (bytes) => {
    const text = Buffer.from(bytes.subarray(0, 64)).toString();
    if (!text.startsWith("entry")) return "reject";
    if (heard.has(text)) return "ignore";
    heard.add(text);
    return "accept";
  });
}

const seal = (rogue: Rogue, body: Uint8Array) =>
  sealEnvelope(TOPIC, rogue.certificate, body, rogue.identity.signingKey);

describe("a certified peer that floods", () => {
  const cases: [string, Misdeed, (rogue: Rogue) => (index: number) => Uint8Array][] = [
    ["what is no entry, well sealed", "wrongContent", (rogue) => (i) => seal(rogue, toBytes(`no ${i}`))],
    [
      "one message, byte for byte",
      "repeated",
      (rogue) => {
        const message = seal(rogue, toBytes("entry of the rogue"));
        return () => message;
      },
    ],
    [
      "one entry, sealed anew each time",
      "overBudget",
      // Ed25519 signs the same bytes the same way: what follows the entry's name makes the difference.
      (rogue) => (i) =>
        seal(rogue, Buffer.concat([toBytes("entry of the rogue".padEnd(64)), toBytes(`${i}`)])),
    ],
    [
      "messages that are too large",
      "oversized",
      (rogue) => {
        const message = seal(rogue, new Uint8Array(LOG_MESSAGE_BYTES_MAX + 1));
        // Of one length and start, but none like another.
        return (i) => Buffer.concat([message.subarray(0, -4), Uint8Array.of(i >> 16, i >> 8, i, 0)]);
      },
    ],
    ["what is no envelope", "malformed", () => (i) => toBytes(`${i}`)],
  ];
  for (const [what, misdeed, makerOf] of cases) {
    it(`${what}, is banned, and others are heard`, async function () {
      this.timeout(120_000);
      const directory = new DirectoryFake();
      const [n1, n2, n3] = [register(directory, 1n), register(directory, 2n), register(directory, 3n)];
      const clock = fakeClock();
      const [a, b] = [await open(directory, n1, { clock }), await open(directory, n2)];
      const heard = new Set<string>();
      take(a, heard);
      await connect(b, a);
      let greetings = 0;
      const isHeard = async () => (await b.publishLog(CLUSTER, toBytes(`entry ${greetings++} before`))) === 1;
      await until("b is heard", eventually(isHeard));
      const rogue = await openRogue((identity) => certify(n3, identity));
      const connection = await rogue.dial(a);
      await until("gossip flows", () => rogue.node.services.pubsub.getSubscribers(TOPIC).length === 1);
      const make = makerOf(rogue);
      let stream = await connection.newStream("/meshsub/1.2.0");
      let sent = 0;
      /** Whoever was cut comes again, with what is left of the flood. */
      const isOpen = async (): Promise<boolean> => {
        if (stream.status === "open") return true;
        try {
          stream = await (await rogue.dial(a)).newStream("/meshsub/1.2.0");
          return true;
        } catch {
          // What it would have said to who does not listen.
          sent += FLOOD / 20;
          clock.advance(1);
          return false;
        }
      };
      const flooding = (async () => {
        while (sent < FLOOD) {
          if (!(await isOpen())) continue;
          if (!stream.send(gossipFrame([[TOPIC, make(sent++)]])) || sent % 100 === 0)
            await new Promise((resolve) => setImmediate(resolve));
          // Its rate is that of this clock: a second for every thousand frames.
          clock.advance(1);
        }
      })().catch((error: unknown) => {
        // The victim has cut it.
        if (connection.status === "open") throw error;
      });
      const honest = (async () => {
        for (let index = 0; index < 10; index++) {
          // One for each tenth of the flood, its last included.
          while (sent < (FLOOD / 10) * index) await new Promise((resolve) => setImmediate(resolve));
          await b.publishLog(CLUSTER, toBytes(`entry ${index} of b`));
        }
      })();
      await Promise.all([flooding, honest]);
      await until("it is cut", () => connection.status !== "open");
      await until(
        "all of b's entries are here",
        () => [...heard].filter((text) => / of b$/.test(text)).length === 10,
      );
      expect(sent).to.be.at.least(FLOOD);
      expect(a.stats().peersBannedTotal).to.equal(1);
      expect(Object.keys(a.stats().misdeedsTotal)).to.deep.equal([misdeed]);
      expect(a.peersOf([2n, 3n]).map(({ node }) => node)).to.deep.equal([2n]);
    });
  }

  it("is turned away under each new peer id, its certificate unread, as long as its node is banned", async () => {
    const directory = new DirectoryFake();
    const [n1, n2, n3] = [register(directory, 1n), register(directory, 2n), register(directory, 3n)];
    const [a, b] = [await open(directory, n1), await open(directory, n2)];
    const heard = new Set<string>();
    take(a, heard);
    await connect(b, a);
    await meshed(a, b);
    const first = await openRogue((identity) => certify(n3, identity));
    await first.dial(a);
    await until("gossip flows", () => first.node.services.pubsub.getSubscribers(TOPIC).length === 1);
    for (let times = 0; times < 5; times++)
      await first.node.services.pubsub.publish(TOPIC, seal(first, toBytes(`no ${times}`)));
    await until("it is banned", () => a.stats().peersBannedTotal === 1);
    const refusedBefore = a.stats().peersRefusedTotal;
    const times = 5;
    for (let again = 0; again < times; again++) {
      const rogue = await openRogue((identity) => certify(n3, identity));
      const connection = await rogue.dial(a);
      await until("it is turned away", () => connection.status !== "open");
      await rogue.stop();
    }
    expect(a.stats().peersRefusedTotal - refusedBefore).to.equal(times);
    expect(a.stats().peersBannedTotal).to.equal(1);
    expect(a.peersOf([3n])).to.deep.equal([]);
  });
});

describe("copies of a message", () => {
  it("cost a peer nothing as often as gossipsub itself sends them, and then add up to a ban", () => {
    const blamed: string[] = [];
    const copies = createCopies({
      clock: fakeClock(),
      penalize: (peer, misdeed) => blamed.push(`${peer} ${misdeed}`),
    });
    for (const peer of ["a", "b"]) {
      for (const message of ["one", "other"]) {
        for (let times = 0; times < MESSAGE_COPIES_MAX; times++) copies.came(peer, message);
      }
    }
    expect(blamed).to.deep.equal([]);
    for (let times = 0; times < BAN_POINTS; times++) copies.came("a", "one");
    expect(blamed).to.deep.equal(Array(BAN_POINTS).fill("a repeated"));
  });
});
