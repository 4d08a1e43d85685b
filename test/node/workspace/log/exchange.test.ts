import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import pino from "pino";
import {
  createExchange,
  type Exchange,
  type LogPeer,
  type LogPeers,
} from "../../../../node/src/workspace/log/exchange.ts";
import {
  decodeParcel,
  decodeVector,
  encodeParcel,
  encodeVector,
} from "../../../../node/src/workspace/log/parcel.ts";
import { until } from "../../../fixtures/until.ts";
import { forge } from "./forging.ts";
import {
  bytesOf,
  CertificatesFake,
  codeOf,
  type Member,
  MembershipFake,
  openMember,
  threeMembers,
  tidyUp,
} from "./support.ts";

const NONE = Uint8Array.of();

const wires: Wire[] = [];
afterEach(async () => {
  await Promise.all(wires.splice(0).map((wire) => wire.stop()));
  await tidyUp();
});

/** Exchanges of several members over a network that a test can cut. */
class Wire {
  readonly exchanges = new Map<string, Exchange>();
  readonly #handlers = new Map<string, (peer: LogPeer) => void>();
  /** Peers that hear nothing of gossip. */
  readonly deaf = new Set<string>();
  readonly verdicts: string[] = [];
  asked = 0;
  /** Messages that did not reach who is deaf. */
  unheard = 0;

  constructor() {
    wires.push(this);
  }

  join(member: Member): Exchange {
    const me = { peer: String(member.node), node: member.node };
    const peers: LogPeers = {
      publish: async (_cluster, bytes) => {
        for (const [peer, exchange] of this.exchanges) {
          if (peer === me.peer) continue;
          if (this.deaf.has(peer)) {
            this.unheard += 1;
            continue;
          }
          this.verdicts.push(await exchange.hear(bytes, me, me));
        }
      },
      peers: () =>
        [...this.exchanges.keys()]
          .filter((peer) => peer !== me.peer)
          .map((peer) => ({ peer, node: BigInt(peer) })),
      ask: async (peer, _cluster, question, { onItem }) => {
        this.asked += 1;
        const answering = this.exchanges.get(peer);
        if (answering === undefined) throw new Error("a test asks nobody");
        for await (const item of answering.answer(question, me)) onItem(item);
      },
      onPeer: (handler) => {
        this.#handlers.set(me.peer, handler);
        return () => this.#handlers.delete(me.peer);
      },
    };
    const exchange = createExchange({
      log: member.log,
      peers,
      membership: member.membership,
      logger: pino({ level: "silent" }),
      random: () => 0.5,
    });
    this.exchanges.set(me.peer, exchange);
    for (const [peer, handler] of this.#handlers) if (peer !== me.peer) handler(me);
    return exchange;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.exchanges.values()].map((exchange) => exchange.stop()));
  }
}

describe("exchange of a cluster log", () => {
  it("brings what one says to all at once", async () => {
    const { all } = await threeMembers();
    const wire = new Wire();
    for (const member of all) wire.join(member);
    await all[0].say("hello");
    await until("all have heard it", () => all.every((member) => member.texts().length === 1));
    expect(all[2].texts()).to.deep.equal(["hello"]);
  });

  it("brings who joins late everything, in as many answers as it takes", async () => {
    const certificates = new CertificatesFake();
    const membership = new MembershipFake([1n, 2n]);
    const one = await openMember(certificates, 1n, { membership });
    const long = "x".repeat(60_000);
    await Promise.all(Array.from({ length: 150 }, (_, index) => one.say(`${index} ${long}`)));
    const wire = new Wire();
    wire.join(one);
    const two = await openMember(certificates, 2n, { membership });
    membership.change();
    await wire.join(two).catchUp();
    await until("everything came", () => two.texts().length === 150);
    expect(wire.asked).to.be.greaterThan(2);
    expect(two.texts()).to.deep.equal(one.texts());
  });

  it("asks whoever sent an entry for those before it that it missed", async () => {
    const { all } = await threeMembers();
    const [one, two] = all;
    const wire = new Wire();
    const exchanges = [wire.join(one), wire.join(two)];
    // What they ask each other when they meet would bring the entries as well.
    await until("they have asked each other", () => wire.asked === 2);
    await Promise.all(exchanges.map((exchange) => exchange.catchUp()));
    wire.deaf.add("2");
    for (const text of ["a", "b", "c"]) await one.say(text);
    await until("they were sent in vain", () => wire.unheard > 0);
    expect(two.texts()).to.deep.equal([]);
    wire.deaf.clear();
    await one.say("d");
    await until("the missed ones came", () => two.texts().length === 4);
    expect(two.texts()).to.deep.equal(["a", "b", "c", "d"]);
  });

  it("answers members only, and takes nothing from others", async () => {
    const { all } = await threeMembers();
    const [one] = all;
    const wire = new Wire();
    const exchange = wire.join(one);
    await one.say("for members");
    const stranger = { peer: "9", node: 9n };
    const ask = async () => {
      for await (const _ of exchange.answer(encodeVector([]), stranger))
        throw new Error("a stranger is answered");
    };
    expect(await codeOf(ask())).to.equal("NOT_A_MEMBER");
    expect(await exchange.hear(encodeParcel({ entries: [NONE] }), stranger, stranger)).to.equal("ignore");
  });

  it("rejects what is no parcel, and what is no entry in one", async () => {
    const { all } = await threeMembers();
    const wire = new Wire();
    const exchange = wire.join(all[0]);
    const two = { peer: "2", node: 2n };
    expect(await exchange.hear(Uint8Array.of(1, 2, 3), two, two)).to.equal("reject");
    expect(await exchange.hear(Uint8Array.of(0x78, 0, 0, 0, 0), two, two)).to.equal("reject");
    expect(await exchange.hear(encodeParcel({ entries: [NONE] }), two, two)).to.equal("reject");
    expect(await codeOf(first(exchange.answer(Uint8Array.of(1), two)))).to.equal("VECTOR_MALFORMED");
  });

  it("passes on only what all of was checked, so that others have nothing to blame it for", async () => {
    const { all } = await threeMembers();
    const [one, two, three] = all;
    const exchange = new Wire().join(one);
    const sender = { peer: "2", node: 2n };
    await two.say("new");
    await three.say("another's");
    const own = await bytesOf(two);
    const another = (await bytesOf(three)).at(-1) ?? NONE;
    const broken = (bytes: Uint8Array) =>
      Uint8Array.from(bytes, (byte, at) => (at < bytes.length - 1 ? byte : byte ^ 1));
    // Here the entry before it is missing, so its signature is not looked at; where it is not, it is wrong.
    const mixed = encodeParcel({ entries: [...own, broken(another)] });
    expect(await exchange.hear(mixed, sender, sender)).to.equal("reject");
    expect(one.texts()).to.deep.equal([]);
    const last = own.at(-1) ?? NONE;
    const gap = broken(forge(two, forge(two, last)));
    expect(await exchange.hear(encodeParcel({ entries: [...own, gap] }), sender, sender)).to.equal("ignore");
    expect(await exchange.hear(encodeParcel({ entries: [forge(two, last)] }), sender, sender)).to.equal(
      "accept",
    );
    const { parcel } = await two.log.since([], 1 << 20);
    const answer = encodeParcel({ certificates: parcel.certificates ?? [] });
    expect(await exchange.hear(answer, sender, sender)).to.equal("reject");
  });

  it("carries parcels and vectors without loss", () => {
    const vector = [
      { feed: { node: 3n, generation: 1_790_000_000_000 }, sequence: 5 },
      { feed: { node: 4n, generation: 7 }, sequence: 9, forkedAt: 10 },
      { feed: { node: 5n, generation: 8 }, sequence: 11, pruned: { to: 6, keptHere: 2 } },
    ];
    expect(decodeVector(encodeVector(vector))).to.deep.equal(vector);
    const parcel = {
      certificates: [Uint8Array.of(1, 2)],
      prunings: [Uint8Array.of(10)],
      kept: [Uint8Array.of(11), Uint8Array.of(12)],
      entries: [Uint8Array.of(3), Uint8Array.of(4, 5, 6)],
      forks: [[Uint8Array.of(7), Uint8Array.of(8, 9)] as const],
    };
    const { more, ...decoded } = decodeParcel(Uint8Array.from(encodeParcel(parcel)));
    expect(more).to.equal(false);
    expect(decoded).to.deep.equal(parcel);
  });
});

async function first<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of items) return item;
  return undefined;
}
