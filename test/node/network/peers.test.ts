import { expect } from "chai";
import { describe, it } from "mocha";
import { toBytes } from "viem";
import { BLOB_PROTOCOL } from "../../../node/src/network/blobProtocol.ts";
import { decodeRecord } from "../../../node/src/network/certificate.ts";
import { CERTIFICATE_PROTOCOL } from "../../../node/src/network/certificateProtocol.ts";
import { COMPLETION_PROTOCOL } from "../../../node/src/network/completionProtocol.ts";
import { BAN_MS, CONNECTIONS_UNCERTIFIED_MAX } from "../../../node/src/network/limits.ts";
import {
  addressOf,
  CHAIN_ID,
  certify,
  codeOf,
  connect,
  DirectoryFake,
  fakeClock,
  meshed,
  open,
  openRogue,
  type Rogue,
  register,
  TOPICS,
  until,
} from "./support.ts";

const NOW = BigInt(Math.floor(Date.now() / 1_000));
const NOTHING = new Uint8Array(0);

describe("peers", () => {
  it("certify each other, and show which node is behind a peer", async () => {
    const directory = new DirectoryFake();
    const a = await open(directory, register(directory, 1n));
    const b = await open(directory, register(directory, 2n));
    await connect(b, a);
    await until("a has certified b", () => a.peers()[0]?.state === "certified");
    expect(b.peers().map(({ peer, node, direction }) => [peer, node, direction])).to.deep.equal([
      [a.peerId, 1n, "outbound"],
    ]);
    expect(a.peers().map(({ peer, node, direction }) => [peer, node, direction])).to.deep.equal([
      [b.peerId, 2n, "inbound"],
    ]);
    expect(a.stats().peersCertified).to.equal(1);
  });

  it("without a certificate get nothing but ours, and are cut in time", async () => {
    const directory = new DirectoryFake();
    const node = register(directory, 1n);
    const blob = toBytes("secret");
    const asked: string[] = [];
    const a = await open(directory, node, {
      certifyTimeoutMs: 400,
      blobs: {
        async get() {
          asked.push("blob");
          return blob;
        },
      },
      archive: {
        async find() {
          asked.push("archive");
          return [];
        },
      },
    });
    const rogue = await openRogue(async () => undefined);
    const connection = await rogue.dial(a);
    const record = await rogue.ask(connection, CERTIFICATE_PROTOCOL, NOTHING);
    expect(record === undefined ? undefined : decodeRecord(record).certificate.node).to.equal(1n);

    const others = Promise.all([
      rogue.ask(connection, BLOB_PROTOCOL, new Uint8Array(36)),
      rogue.ask(connection, COMPLETION_PROTOCOL, toBytes('{"v":1,"clusters":["7"],"executions":["1"]}')),
      rogue.ask(connection, "/ipfs/id/1.0.0", NOTHING),
      rogue.ask(connection, "/ipfs/ping/1.0.0", new Uint8Array(32)),
    ]);
    await until("the connection is cut", () => connection.status !== "open", 2_000);
    expect(await others).to.deep.equal([undefined, undefined, undefined, undefined]);
    expect(asked).to.deep.equal([]);
    expect(rogue.node.services.pubsub.getSubscribers(TOPICS.presence)).to.deep.equal([]);
    expect(a.peers()).to.deep.equal([]);
    expect(a.stats().peersRefusedTotal).to.equal(1);
  });

  it("with a certificate that does not hold are refused at once", async () => {
    const directory = new DirectoryFake();
    const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
    const a = await open(directory, n1);
    const victim = await openRogue((identity) => certify(n2, identity));
    const borrowed = () => certify(n2, victim.identity);
    const refused: [string, string, () => Promise<Rogue>][] = [
      ["another peer's", "CERTIFICATE_PEER_MISMATCH", () => openRogue(borrowed)],
      [
        "another peer's with its own peer id beside it",
        "CERTIFICATE_PEER_MISMATCH",
        () => openRogue(async ({ peerBytes }) => ({ ...(await borrowed()), peerBytes })),
      ],
      [
        "expired",
        "CERTIFICATE_EXPIRED",
        () => openRogue((identity) => certify(n2, identity, { notBefore: NOW - 90n, notAfter: NOW - 30n })),
      ],
      [
        "not yet valid",
        "CERTIFICATE_NOT_YET_VALID",
        () => openRogue((identity) => certify(n2, identity, { notBefore: NOW + 600n })),
      ],
      [
        "too long",
        "CERTIFICATE_TOO_LONG",
        () => openRogue((identity) => certify(n2, identity, { notAfter: NOW + 86_401n })),
      ],
      [
        "another chain's",
        "CERTIFICATE_SIGNATURE_INVALID",
        () => openRogue((identity) => certify(n2, identity, {}, CHAIN_ID + 1)),
      ],
      [
        "by another node's key",
        "CERTIFICATE_SIGNATURE_INVALID",
        () => openRogue((identity) => certify({ ...n2, id: 1n }, identity)),
      ],
      [
        "nonsense",
        "MESSAGE_MALFORMED",
        () => openRogue(borrowed, { [CERTIFICATE_PROTOCOL]: () => toBytes("{}") }),
      ],
      [
        "endless",
        "MESSAGE_OVERSIZED",
        () => openRogue(borrowed, { [CERTIFICATE_PROTOCOL]: () => new Uint8Array(1 << 20) }),
      ],
    ];
    for (const [what, code, openOne] of refused) {
      const address = (await openOne()).node.getMultiaddrs()[0]?.toString() ?? "";
      const error: unknown = await a.dial(address).catch((caught: unknown) => caught);
      const { cause } = error as { cause?: { code?: string } };
      expect(cause?.code, what).to.equal(code);
      expect(a.peers(), what).to.deep.equal([]);
    }
    const connection = await victim.dial(a);
    await until("the true one is certified", () => a.stats().peersCertified === 1);
    expect(connection.status).to.equal("open");
  });

  it("of a node that the chain does not know yet are certified once it does", async () => {
    const directory = new DirectoryFake();
    const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
    const key = directory.nodes.get(2n);
    directory.nodes.delete(2n);
    const clock = fakeClock();
    const a = await open(directory, n1, { clock });
    const rogue = await openRogue((identity) => certify(n2, identity));
    await rogue.dial(a);
    await until("a has asked the chain", () => directory.asked > 0);
    expect(a.peers().map(({ state }) => state)).to.deep.equal(["connected"]);
    if (key !== undefined) directory.nodes.set(2n, key);
    await until("a has certified it", () => {
      clock.advance(100);
      return a.stats().peersCertified === 1;
    });
  });

  it("of a suspended node, or of one whose key was rotated, are shut out", async () => {
    for (const [what, change] of [
      ["suspended", { active: false }],
      ["rotated", { key: "0x3333333333333333333333333333333333333333" }],
    ] as const) {
      const directory = new DirectoryFake();
      const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
      const clock = fakeClock();
      const a = await open(directory, n1, { clock });
      const b = await open(directory, n2);
      await connect(b, a);
      await until("a has certified b", () => a.stats().peersCertified === 1);
      directory.nodes.set(2n, { key: n2.account.address, active: true, ...change });
      clock.advance(36_000);
      await until(`${what}: no longer certified`, () => a.stats().peersCertified === 0);
      clock.advance(10_000);
      await until(`${what}: cut`, () => a.peers().length === 0);
    }
  });

  it("that lost their gossip stream get a new one", async () => {
    const directory = new DirectoryFake();
    const a = await open(directory, register(directory, 1n));
    const n2 = register(directory, 2n);
    const rogue = await openRogue((identity) => certify(n2, identity));
    const clocked = fakeClock();
    const c = await open(directory, register(directory, 3n), { clock: clocked });
    const connection = await rogue.dial(c);
    const { pubsub } = rogue.node.services;
    await until("subscriptions came", () => pubsub.getSubscribers(TOPICS.presence).length === 1);
    for (const stream of connection.streams) {
      if (stream.direction === "inbound" && stream.protocol.startsWith("/meshsub/"))
        stream.abort(new Error("lost"));
    }
    await until(
      "the stream is gone",
      () => !connection.streams.some((s) => s.direction === "inbound" && s.protocol.startsWith("/meshsub/")),
    );
    clocked.advance(5_000);
    await until("there is a new one", () =>
      connection.streams.some((s) => s.direction === "inbound" && s.protocol.startsWith("/meshsub/")),
    );
    expect(a.peers()).to.deep.equal([]);
  });

  it("without certificate do not push out those who have one", async () => {
    const directory = new DirectoryFake();
    const a = await open(directory, register(directory, 1n));
    const b = await open(directory, register(directory, 2n));
    await connect(b, a);
    for (let strangers = 0; strangers < CONNECTIONS_UNCERTIFIED_MAX + 3; strangers++) {
      const rogue = await openRogue(async () => undefined);
      await rogue.dial(a);
    }
    await until("the first strangers are cut", () => a.stats().peersRefusedTotal === 3);
    expect(a.stats().peersCertified).to.equal(1);
    expect(a.stats().peersUncertified).to.equal(CONNECTIONS_UNCERTIFIED_MAX);
  });

  it("that were banned are not let in again until the ban ends, under no peer id", async () => {
    const directory = new DirectoryFake();
    const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
    const clock = fakeClock();
    const a = await open(directory, n1, { clock });
    const rogue = await openRogue((identity) => certify(n2, identity));
    const connection = await rogue.dial(a);
    const { pubsub } = rogue.node.services;
    await until("gossip flows", () => pubsub.getSubscribers(TOPICS.presence).length === 1);
    for (let misdeeds = 0; misdeeds < 4; misdeeds++)
      await pubsub.publish(TOPICS.presence, toBytes(`malformed ${misdeeds}`));
    await until("it is cut", () => connection.status !== "open");
    expect(a.stats().peersBannedTotal).to.equal(1);

    const again = await rogue.dial(a).catch(() => undefined);
    await until("it is cut again", () => again?.status !== "open");
    const renamed = await openRogue((identity) => certify(n2, identity));
    const other = await renamed.dial(a);
    await until("its other name is cut", () => other.status !== "open");
    expect(a.stats().peersCertified).to.equal(0);

    clock.advance(BAN_MS);
    await renamed.dial(a);
    await until("it is let in", () => a.stats().peersCertified === 1);
  });

  it("are told why a dial failed", async () => {
    const directory = new DirectoryFake();
    const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
    const a = await open(directory, n1);
    const b = await open(new DirectoryFake(), n2, { certifyTimeoutMs: 200 });
    expect(await codeOf(a.dial("nonsense"))).to.equal("ADDRESS_INVALID");
    expect(await codeOf(a.dial("/ip4/127.0.0.1/tcp/1"))).to.equal("PEER_UNREACHABLE");
    expect(await codeOf(a.dial(addressOf(a)))).to.equal("PEER_IS_SELF");
    expect(await codeOf(b.dial(addressOf(a)))).to.equal("PEER_REFUSED");
    await meshed(a);
  });
});
