import { RELAY_V2_STOP_CODEC } from "@libp2p/circuit-relay-v2";
import { multiaddr } from "@multiformats/multiaddr";
import { expect } from "chai";
import { describe, it } from "mocha";
import { bytesToString, stringToBytes } from "viem";
import type { RelayServing } from "../../../node/src/network/findingTypes.ts";
import {
  RELAY_BURST_SECONDS,
  RELAY_RESERVATIONS_PER_NODE_MAX,
  STREAM_WINDOW_BYTES,
} from "../../../node/src/network/limits.ts";
import { RELAY_PROTOCOL } from "../../../node/src/network/relayTransport.ts";
import type { Network } from "../../../node/src/network/types.ts";
import {
  addressOf,
  CLUSTER,
  certify,
  codeOf,
  DirectoryFake,
  open,
  openRogue,
  register,
  signedCompletion,
  type TestNode,
  temporaryFolder,
  until,
} from "./support.ts";

const SERVING: RelayServing = { reservationsMax: 4, bytesMax: 1 << 24, durationMs: 60_000 };

/** A relay, a node that listens on no port and has a place there, and a third that knows only its address at the relay. */
async function setting(serving: RelayServing = SERVING) {
  const directory = new DirectoryFake();
  const nodes = [1n, 2n, 3n].map((id) => register(directory, id)) as [TestNode, TestNode, TestNode];
  const relay = await open(directory, nodes[0], { relay: { serve: serving } });
  const hidden = await open(directory, nodes[1], { listen: false, relay: { use: [addressOf(relay)] } });
  await until("it has a place at the relay", () => hidden.multiaddrs().length > 0);
  const outside = await open(directory, nodes[2]);
  return { directory, nodes, relay, hidden, outside };
}

function relayedPeer(network: Network, node: bigint) {
  return network.peers().find((peer) => peer.node === node && peer.address.includes("/p2p-circuit"));
}

describe("relay", () => {
  it("brings peers to a node that listens on no port: certified, questions and gossip both ways", async () => {
    const { nodes, relay, hidden, outside } = await setting();
    expect(hidden.multiaddrs()).to.deep.equal([`${addressOf(relay)}/p2p-circuit/p2p/${hidden.peerId}`]);
    await outside.dial(addressOf(hidden));
    await until("both see each other certified, through the relay", () => {
      return (
        relayedPeer(outside, 2n)?.state === "certified" && relayedPeer(hidden, 3n)?.state === "certified"
      );
    });
    for (const [asker, node] of [
      [outside, 2n],
      [hidden, 3n],
    ] as const) {
      const other = node === 2n ? hidden : outside;
      other.answerNode("echo", async (question) => question);
      const answer = await asker.askNode(node, "echo", stringToBytes("a question of its own"));
      expect(bytesToString(answer)).to.equal("a question of its own");
    }
    const heard: bigint[] = [];
    outside.onCompletion(({ completion }) => void heard.push(completion.node));
    await until("gossip reaches it", () => outside.presence.list().some(({ node }) => node === 2n));
    await hidden.publishCompletion(await signedCompletion(nodes[1], { cluster: CLUSTER }));
    await until("its completion is heard", () => heard.includes(2n));
    expect(outside.stats()).to.deep.include({ peersRelayed: 1 });
    expect(relay.stats()).to.deep.include({ relayReservations: 1, relayedTotal: 1, relayRefusedTotal: 0 });
    expect(hidden.stats()).to.deep.include({ relaysUsed: 1 });
  });

  it("cannot read what it passes on: it is Noise inside", async () => {
    const directory = new DirectoryFake();
    const [first, second, third] = [
      register(directory, 1n),
      register(directory, 2n),
      register(directory, 3n),
    ];
    const rogue = await openRogue((identity) => certify(first, identity), {}, SERVING);
    const [use = ""] = rogue.node.getMultiaddrs().map((address) => address.toString());
    const hidden = await open(directory, second, { listen: false, relay: { use: [use] } });
    await until("it has a place at the relay", () => hidden.multiaddrs().length > 0);
    const outside = await open(directory, third);
    await outside.dial(addressOf(hidden));
    const passedOn: Uint8Array[] = [];
    const streams = rogue.node.getConnections().flatMap((connection) => connection.streams);
    for (const stream of streams.filter(({ protocol }) => protocol.includes("/circuit/relay/")))
      stream.addEventListener("message", ({ data }) => void passedOn.push(data.subarray()));
    const secret = "what only the two of them know ".repeat(20);
    hidden.answerNode("echo", async (question) => question);
    expect(bytesToString(await outside.askNode(2n, "echo", stringToBytes(secret)))).to.equal(secret);
    const bytes = Buffer.concat(passedOn);
    expect(bytes.length).to.be.greaterThan(2 * secret.length);
    expect(bytes.includes("what only the two")).to.equal(false);
  });

  it("is left for a direct connection where there is one", async () => {
    const { hidden, outside } = await setting();
    await outside.dial(addressOf(hidden));
    await hidden.dial(addressOf(outside));
    await until("both use the direct one", () =>
      [...hidden.peers(), ...outside.peers()].every(({ address }) => !address.includes("/p2p-circuit")),
    );
    expect(outside.stats()).to.deep.include({ peersRelayed: 0, peersCertified: 2 });
  });

  it("carries what one node sends at a rate, of which nothing is lost", async () => {
    const bytesPerSecond = 131_072;
    const { relay, hidden, outside } = await setting({ ...SERVING, bytesPerSecond });
    await outside.dial(addressOf(hidden));
    let heard = 0;
    hidden.answerNode("count", async (question) => {
      heard += question.length;
      return Uint8Array.of(1);
    });
    const question = new Uint8Array(bytesPerSecond / 2);
    const atOnce = RELAY_BURST_SECONDS * bytesPerSecond;
    const startedMs = performance.now();
    let sent = 0;
    for (; sent < atOnce + STREAM_WINDOW_BYTES + bytesPerSecond; sent += question.length)
      await outside.askNode(2n, "count", question);
    expect(heard).to.equal(sent);
    // What a stream's window holds comes before anything is held back.
    const owedMs = ((sent - atOnce - STREAM_WINDOW_BYTES) / bytesPerSecond) * 1_000;
    expect(performance.now() - startedMs).to.be.at.least(owedMs);
    expect(relay.stats().relayPausedTotal).to.be.at.least(1);
    expect(outside.stats().relayPausedTotal).to.equal(0);
  });

  it("ends a connection that has carried its bytes; another can be made", async () => {
    const { hidden, outside } = await setting({ ...SERVING, bytesMax: 262_144 });
    await outside.dial(addressOf(hidden));
    hidden.answerNode("echo", async (question) => question);
    const question = new Uint8Array(100_000);
    const codes: string[] = [];
    while (codes.length < 4 && !codes.includes("NODE_UNREACHABLE"))
      codes.push(await codeOf(outside.askNode(2n, "echo", question)));
    expect(codes).to.deep.equal(["none", "NODE_UNREACHABLE"]);
    await until("both see that it ended", () => !relayedPeer(outside, 2n) && !relayedPeer(hidden, 3n));
    await outside.dial(addressOf(hidden));
    expect(await codeOf(outside.askNode(2n, "echo", new Uint8Array(1_000)))).to.equal("none");
  });

  it("ends a connection when its time is over", async () => {
    const { relay, hidden, outside } = await setting({ ...SERVING, durationMs: 1_000 });
    // On a busy machine its time may be over before it is certified.
    const code = await codeOf(outside.dial(addressOf(hidden)));
    expect(code).to.be.oneOf(["none", "PEER_REFUSED", "PEER_UNREACHABLE"]);
    await until("it ended by itself", () => !relayedPeer(outside, 2n) && !relayedPeer(hidden, 3n));
    // Whoever lost it may have made another meanwhile, as with every peer that it knows.
    expect(relay.stats().relayedTotal).to.be.at.least(1);
    expect(hidden.multiaddrs().length).to.equal(1);
  });

  it("gives so many places, and so many of them to the peers of one node", async () => {
    const directory = new DirectoryFake();
    const [first, second, third] = [
      register(directory, 1n),
      register(directory, 2n),
      register(directory, 3n),
    ];
    const relay = await open(directory, first, { relay: { serve: { ...SERVING, reservationsMax: 3 } } });
    const use = [addressOf(relay)];
    const same = await Promise.all(
      Array.from({ length: RELAY_RESERVATIONS_PER_NODE_MAX + 1 }, () =>
        open(directory, second, { listen: false, relay: { use } }),
      ),
    );
    const placed = () => same.filter((network) => network.multiaddrs().length > 0).length;
    await until("the node has its places", () => placed() === RELAY_RESERVATIONS_PER_NODE_MAX);
    const others = [await open(directory, third, { listen: false, relay: { use } })];
    await until("another has the last place", () => others[0]?.multiaddrs().length === 1);
    others.push(await open(directory, register(directory, 4n), { listen: false, relay: { use } }));
    await until("it is certified", () => others[1]?.stats().peersCertified === 1);
    expect(relay.stats().relayReservations).to.equal(3);
    // Who goes makes room for who waits.
    await others[0]?.stop();
    await until("the place is given on", () => others[1]?.multiaddrs().length === 1);
    expect(placed()).to.equal(RELAY_RESERVATIONS_PER_NODE_MAX);
  });

  it("answers nobody without a certificate, and connects nobody with one who is not there", async () => {
    const { relay, nodes } = await setting();
    const stranger = await openRogue(async () => undefined);
    const uncertified = await stranger.dial(relay);
    expect(await stranger.ask(uncertified, RELAY_PROTOCOL, Uint8Array.of(2, 8, 0))).to.equal(undefined);
    expect(relay.stats().relayReservations).to.equal(1);
    const rogue = await openRogue((identity) => certify(nodes[2], identity));
    const certified = await rogue.dial(relay);
    expect(await rogue.ask(certified, RELAY_PROTOCOL, Uint8Array.of(2, 8, 0))).not.to.equal(undefined);
    const missing = `${addressOf(relay)}/p2p-circuit/p2p/${stranger.node.peerId}`;
    expect(await failed(rogue.node.dial(multiaddr(missing)))).to.equal(true);
    expect(relay.stats().relayedTotal).to.equal(0);
  });

  it("is nobody's who did not ask it: a peer cannot have connections brought to others through itself", async () => {
    const directory = new DirectoryFake();
    const [first, second] = [register(directory, 1n), register(directory, 2n)];
    const network = await open(directory, first);
    const rogue = await openRogue((identity) => certify(second, identity));
    const connection = await rogue.dial(network);
    await until("it is certified", () => network.stats().peersCertified === 1);
    expect(await rogue.ask(connection, RELAY_V2_STOP_CODEC, Uint8Array.of(2, 8, 0))).to.equal(undefined);
    expect(network.stats().relaysUsed).to.equal(0);
  });

  it("is asked again when it comes back", async () => {
    const directory = new DirectoryFake();
    const [first, second] = [register(directory, 1n), register(directory, 2n)];
    const identityFolder = await temporaryFolder();
    const before = await open(directory, first, { identityFolder, relay: { serve: SERVING } });
    const address = addressOf(before);
    const listenPort = Number(address.split("/")[4]);
    const hidden = await open(directory, second, { listen: false, relay: { use: [address] } });
    await until("it has a place", () => hidden.multiaddrs().length > 0);
    await before.stop();
    await until("the place is gone", () => hidden.multiaddrs().length === 0);
    await open(directory, first, { identityFolder, listenPort, relay: { serve: SERVING } });
    await until("it has a place again", () => hidden.multiaddrs().length > 0);
  });

  it("is found among the certified peers", async () => {
    const directory = new DirectoryFake();
    const [first, second, third] = [
      register(directory, 1n),
      register(directory, 2n),
      register(directory, 3n),
    ];
    const none = await open(directory, first);
    const relay = await open(directory, second, { relay: { serve: SERVING } });
    const hidden = await open(directory, third, {
      listen: false,
      bootstrap: [addressOf(none), addressOf(relay)],
      relay: { find: true },
    });
    await until("it has a place", () => hidden.multiaddrs().length > 0);
    expect(hidden.multiaddrs()).to.deep.equal([`${addressOf(relay)}/p2p-circuit/p2p/${hidden.peerId}`]);
  });
});

async function failed(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => false,
    () => true,
  );
}
