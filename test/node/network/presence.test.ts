import { expect } from "chai";
import { describe, it } from "mocha";
import type { KnownCertificate } from "../../../node/src/network/certificateBook.ts";
import { createPresence } from "../../../node/src/network/presence.ts";
import { decodePresence, encodePresence } from "../../../node/src/network/presenceMessage.ts";
import { fakeClock } from "./support.ts";

function sender(node: bigint, digest: `0x${string}`, notBefore = 100n): KnownCertificate {
  return { digest, certificate: { node, notBefore } } as unknown as KnownCertificate;
}

function setting() {
  const clock = fakeClock();
  let beats = 0;
  const presence = createPresence({ node: 1n }, { clock, random: () => 0.5, beat: () => beats++ });
  const events: string[] = [];
  presence.on("up", (node) => events.push(`up ${node}`));
  presence.on("down", (node) => events.push(`down ${node}`));
  presence.start();
  return { clock, presence, events, beats: () => beats };
}

const message = (sequence: bigint) => ({ sequence, models: [3n], startedAt: 9n });

describe("presence", () => {
  it("beats at the start, then every 15 s, and soon for a newcomer", () => {
    const { clock, presence, beats } = setting();
    expect(beats()).to.equal(1);
    clock.advance(14_999);
    expect(beats()).to.equal(1);
    clock.advance(1);
    expect(beats()).to.equal(2);
    for (let newcomers = 0; newcomers < 10; newcomers++) presence.greet();
    clock.advance(1_000);
    expect(beats()).to.equal(3);
    presence.stop();
    presence.greet();
    clock.advance(60_000);
    expect(beats()).to.equal(3);
  });

  it("beats soon after a node came, once for all that come, and not again for one that says it started anew", () => {
    const { clock, presence, beats } = setting();
    clock.advance(100);
    for (const node of [2n, 3n, 4n]) presence.take(message(1n), sender(node, `0x${node}`));
    clock.advance(999);
    expect(beats()).to.equal(1);
    clock.advance(1);
    expect(beats()).to.equal(2);
    for (let sequence = 2n; sequence < 20n; sequence++) {
      presence.take({ ...message(sequence), startedAt: 100n + sequence }, sender(2n, "0x2"));
      clock.advance(100);
    }
    expect(beats()).to.equal(2);
    presence.take(message(1n), sender(5n, "0x5"));
    // A heartbeat that comes for another reason tells the newcomer as well, but not one who comes after it.
    clock.advance(100);
    presence.greet();
    clock.advance(100);
    expect(beats()).to.equal(3);
    clock.advance(800);
    expect(beats()).to.equal(3);
    presence.take(message(1n), sender(6n, "0x6"));
    clock.advance(100);
    presence.greet();
    clock.advance(100);
    presence.take(message(1n), sender(7n, "0x7"));
    clock.advance(800);
    expect(beats()).to.equal(5);
    presence.stop();
  });

  it("counts a node down after 60 s without a heartbeat, and up again with the next", () => {
    const { clock, presence, events } = setting();
    expect(presence.take(message(1n), sender(2n, "0xa"))).to.equal(true);
    clock.advance(59_000);
    expect(presence.list()).to.deep.equal([
      { node: 2n, certificate: "0xa", models: [3n], startedAt: 9n, silentMs: 59_000 },
    ]);
    clock.advance(1_000);
    expect(presence.list()).to.deep.equal([]);
    expect(presence.take(message(2n), sender(2n, "0xa"))).to.equal(true);
    expect(events).to.deep.equal(["up 2", "down 2", "up 2"]);
    presence.stop();
  });

  it("does not take a heartbeat twice, an older one, one of an older certificate, or its own", () => {
    const { clock, presence } = setting();
    presence.take(message(5n), sender(2n, "0xb", 200n));
    expect(presence.take(message(5n), sender(2n, "0xb", 200n))).to.equal(false);
    expect(presence.take(message(4n), sender(2n, "0xb", 200n))).to.equal(false);
    expect(presence.take(message(9n), sender(2n, "0xa", 100n))).to.equal(false);
    expect(presence.take(message(1n), sender(2n, "0xc", 300n))).to.equal(true);
    expect(presence.take(message(1n), sender(1n, "0xd"))).to.equal(false);
    clock.advance(61_000);
    // Down: a replay of what was heard does not bring it back, a daemon whose clock went back does.
    expect(presence.take(message(1n), sender(2n, "0xc", 300n))).to.equal(false);
    expect(presence.take(message(1n), sender(2n, "0xa", 100n))).to.equal(true);
    presence.stop();
  });

  it("travels within its bound, with as many models as fit", () => {
    const models = Array.from({ length: 100 }, (_, index) => 2n ** 200n + BigInt(index));
    const bytes = encodePresence({ sequence: 1n, models, startedAt: 2n });
    expect(bytes.length).to.be.lessThan(2_048 - 97);
    const back = decodePresence(bytes);
    expect(back.models.length).to.be.greaterThan(10);
    expect(back.models[0]).to.equal(2n ** 200n);
  });
});
