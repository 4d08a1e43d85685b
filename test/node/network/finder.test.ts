import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import { networkError } from "../../../node/src/network/errors.ts";
import { createFinder, findDelayMs } from "../../../node/src/network/finder.ts";
import {
  ADDRESSES_PER_NODE_MAX,
  FIND_BACKOFF_MAX_MS,
  FIND_BACKOFF_MIN_MS,
  FIND_DIALS_MAX,
  FIND_INTERVAL_MS,
  PEERS_SOUGHT,
  PEERS_SOUGHT_WANTED,
} from "../../../node/src/network/limits.ts";
import { parsePeerAddress } from "../../../node/src/network/peerAddress.ts";
import { createCounters } from "../../../node/src/network/stats.ts";
import { fakeClock } from "./support.ts";

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const OWN = 1n;

/** A peer id of each number; that it is no key does not matter to who does not dial. */
function peerOf(number: number): string {
  const digits = [...`${number}`.padStart(43, "0")].map((digit) => ALPHABET[Number(digit)]).join("");
  return `12D3KooW${"E"}${digits}`;
}
const addressOf = (number: number, host = "203.0.113.7") =>
  `/ip4/${host}/tcp/${number}/p2p/${peerOf(number)}`;
const turn = async () => {
  for (let turns = 0; turns < 4; turns++) await new Promise((resolve) => setImmediate(resolve));
};

interface Setting {
  readonly book?: readonly [node: number, address: string][];
  readonly chain?: readonly [node: number, ...addresses: string[]][];
  readonly lan?: readonly string[];
  readonly wanted?: readonly number[];
  readonly connected?: number;
  readonly privateAnnouncements?: boolean;
  /** Answers the node that is there; throws where nobody is. @default nobody answers */
  readonly dial?: (address: string) => Promise<bigint>;
}

function setting(given: Setting) {
  const clock = fakeClock();
  const dials: string[] = [];
  const counters = createCounters();
  const connected = Array.from({ length: given.connected ?? 0 }, (_, index) => ({
    peer: peerOf(10_000 + index),
    node: BigInt(10_000 + index),
  }));
  const finder = createFinder(
    { node: OWN, peer: peerOf(1), privateAnnouncements: given.privateAnnouncements ?? false },
    {
      dial(address) {
        dials.push(address);
        return given.dial?.(address) ?? new Promise(() => undefined);
      },
      certified: () => connected,
      book: {
        list: () =>
          (given.book ?? []).map(([node, address]) => ({ node: BigInt(node), address, reachedAt: 0n })),
      },
      announced: () => (given.chain ?? []).map(([node, ...addresses]) => ({ node: BigInt(node), addresses })),
      lan: () => (given.lan ?? []).flatMap((address) => parsePeerAddress(address) ?? []),
      wantedNodes: () => (given.wanted ?? []).map(BigInt),
      counters,
      clock,
      random: () => 0.5,
      logger: pino({ level: "silent" }),
    },
  );
  return { finder, clock, dials, counters, connected };
}

const nobody = () => Promise.reject(networkError("PEER_UNREACHABLE", "nobody there", { retryable: true }));

describe("finder", () => {
  it("dials wanted nodes first, then what the LAN, the book and the chain say, a few at once", async () => {
    const { finder, dials } = setting({
      lan: [addressOf(2, "192.168.0.2")],
      book: [
        [3, addressOf(3)],
        [4, addressOf(4)],
      ],
      chain: [
        [5, addressOf(5)],
        [6, addressOf(6)],
      ],
      wanted: [6, 4],
    });
    finder.start();
    await turn();
    expect(dials.length).to.equal(FIND_DIALS_MAX);
    expect(dials).to.deep.equal([addressOf(4), addressOf(6), addressOf(2, "192.168.0.2"), addressOf(3)]);
    finder.stop();
  });

  it("dials neither itself, nor its own node, nor whom it has, nor two addresses of one node at once", async () => {
    const { finder, dials, connected } = setting({
      connected: 1,
      book: [
        [9, addressOf(1)],
        [Number(OWN), addressOf(2)],
        [10_000, addressOf(3)],
        [11, addressOf(10_000)],
        [12, addressOf(12)],
        [12, addressOf(13)],
      ],
    });
    expect(connected[0]?.peer).to.equal(peerOf(10_000));
    finder.start();
    await turn();
    expect(dials).to.deep.equal([addressOf(12)]);
    finder.stop();
  });

  it("has enough at so many peers; wanted nodes are looked for beyond that, to their own limit", async () => {
    const book: [number, string][] = [
      [2, addressOf(2)],
      [3, addressOf(3)],
    ];
    for (const [connected, expected] of [
      [PEERS_SOUGHT, [addressOf(3)]],
      [PEERS_SOUGHT_WANTED, []],
    ] as const) {
      const { finder, dials } = setting({ connected, book, wanted: [3] });
      finder.start();
      await turn();
      expect(dials).to.deep.equal(expected);
      finder.stop();
    }
  });

  it("waits longer after each failure of an address, and tries others meanwhile", async () => {
    const { finder, dials, clock, counters } = setting({
      book: [
        [2, addressOf(2)],
        [2, addressOf(3)],
      ],
      dial: nobody,
    });
    finder.start();
    await turn();
    expect(dials).to.deep.equal([addressOf(2), addressOf(3)]);
    clock.advance(FIND_INTERVAL_MS);
    await turn();
    expect(dials.length).to.equal(4);
    for (let rounds = 0; rounds < 720; rounds++) {
      clock.advance(FIND_INTERVAL_MS);
      await turn();
    }
    // An hour: each of them some ten times while the waits double, then each quarter of an hour.
    expect(dials.length).to.be.within(16, 32);
    expect(counters.peersNotFoundTotal).to.equal(dials.length);
    expect([1, 2, 3].map((failures) => findDelayMs(failures, 0.5))).to.deep.equal(
      [1, 2, 4].map((times) => times * FIND_BACKOFF_MIN_MS),
    );
    expect(findDelayMs(1_000, 0.5)).to.equal(FIND_BACKOFF_MAX_MS);
    finder.stop();
  });

  it("takes an address at which another node is for a wrong one", async () => {
    const { finder, dials, clock, counters } = setting({ chain: [[2, addressOf(2)]], dial: async () => 3n });
    finder.start();
    await turn();
    clock.advance(FIND_BACKOFF_MIN_MS / 2);
    finder.look();
    await turn();
    expect(dials.length).to.equal(1);
    expect(counters.peersNotFoundTotal).to.equal(1);
    expect(counters.peersFoundTotal.chain).to.equal(0);
    finder.stop();
  });

  it("knocks at no door near itself because a stranger's node announces it, unless the chain is local", async () => {
    const near = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1"].map((host, index) =>
      addressOf(index + 2, host),
    );
    const named = `/dns4/inside.example/tcp/80/p2p/${peerOf(9)}`;
    const behind = `/ip4/10.0.0.1/tcp/80/p2p/${peerOf(10)}/p2p-circuit/p2p/${peerOf(11)}`;
    const chain = [...near, named, behind].map((address, index): [number, string] => [index + 2, address]);
    const far: [number, string] = [99, addressOf(99)];
    const strict = setting({ chain: [...chain, far], wanted: [2, 3] });
    strict.finder.start();
    await turn();
    expect(strict.dials).to.deep.equal([addressOf(99)]);
    strict.finder.stop();
    const local = setting({ chain: chain.slice(0, 1), privateAnnouncements: true });
    local.finder.start();
    await turn();
    expect(local.dials).to.deep.equal([near[0]]);
    local.finder.stop();
  });

  it("takes so many addresses of a node, however many it announces", async () => {
    const addresses = Array.from({ length: 100 }, (_, index) => addressOf(index + 2));
    const { finder, dials } = setting({ chain: [[2, ...addresses]], dial: nobody });
    finder.start();
    await turn();
    await turn();
    expect(dials).to.deep.equal(addresses.slice(0, ADDRESSES_PER_NODE_MAX));
    finder.stop();
  });

  it("looks at so many announced nodes at a time, and at wanted ones among however many", async () => {
    const chain = Array.from({ length: 8_000 }, (_, index): [number, string] => [
      index + 2,
      addressOf(index + 2),
    ]);
    const { finder, dials } = setting({ chain, wanted: [5, 7_999] });
    finder.start();
    await turn();
    expect(dials.slice(0, 2)).to.have.members([addressOf(5), addressOf(7_999)]);
    expect(dials.length).to.equal(FIND_DIALS_MAX);
    // Half way, as the lot says, and not at the oldest.
    expect(dials.slice(2)).to.deep.equal([addressOf(4_002), addressOf(4_003)]);
    finder.stop();
  });

  it("dials nobody after its end", async () => {
    const { finder, dials, clock } = setting({ book: [[2, addressOf(2)]] });
    finder.start();
    finder.stop();
    finder.look();
    clock.advance(FIND_INTERVAL_MS);
    await turn();
    expect(dials).to.deep.equal([]);
  });
});
