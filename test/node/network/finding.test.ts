import { createSocket } from "node:dgram";
import { type EventEmitter, once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { PeerDiscovery, PeerDiscoveryEvents, PeerInfo } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import { expect } from "chai";
import { describe, it } from "mocha";
import { ADDRESS_BOOK_FILE } from "../../../node/src/network/finding.ts";
import type { OpenLan } from "../../../node/src/network/findingTypes.ts";
import { mdnsOf } from "../../../node/src/network/lan.ts";
import type { Network } from "../../../node/src/network/types.ts";
import {
  addressOf,
  certify,
  connect,
  DirectoryFake,
  open,
  openRogue,
  register,
  temporaryFolder,
  until,
} from "./support.ts";

const sees = (network: Network, node: bigint) => () =>
  network.peers().some((peer) => peer.state === "certified" && peer.node === node);

describe("finding peers", () => {
  it("at the next start, those it dialed before, with no bootstrap list", async () => {
    const directory = new DirectoryFake();
    const [first, second] = [register(directory, 1n), register(directory, 2n)];
    const identityFolder = await temporaryFolder();
    const other = await open(directory, second);
    const before = await open(directory, first, { identityFolder });
    await connect(before, other);
    expect(before.stats().addressesKnown).to.equal(1);
    // Who was dialed has no address of the other: where a connection came from is none.
    expect(other.stats().addressesKnown).to.equal(0);
    await before.stop();
    const path = join(identityFolder, ADDRESS_BOOK_FILE);
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    expect(await readFile(path, "utf8")).to.include(addressOf(other));
    await until("the other sees it gone", () => other.peers().length === 0);
    const again = await open(directory, first, { identityFolder });
    await until("both see each other again", () => sees(again, 2n)() && sees(other, 1n)());
    expect(again.stats().peersFoundTotal).to.deep.equal({ lan: 0, book: 1, chain: 0 });
  });

  it("those it lost, when they are back", async () => {
    const directory = new DirectoryFake();
    const [first, second] = [register(directory, 1n), register(directory, 2n)];
    const identityFolder = await temporaryFolder();
    const before = await open(directory, second, { identityFolder });
    const network = await open(directory, first);
    await connect(network, before);
    const listenPort = Number(addressOf(before).split("/")[4]);
    await before.stop();
    await until("it is lost", () => !sees(network, 2n)());
    await open(directory, second, { identityFolder, listenPort });
    await until("it is found again", sees(network, 2n));
  });

  it("keeps no address of a peer without a certificate", async () => {
    const directory = new DirectoryFake();
    const network = await open(directory, register(directory, 1n));
    const stranger = await openRogue((identity) =>
      certify({ ...register(new DirectoryFake(), 9n) }, identity),
    );
    const [address = ""] = stranger.node.getMultiaddrs().map((one) => one.toString());
    await network.dial(address, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    expect(network.stats().addressesKnown).to.equal(0);
  });

  it("those that the chain announces, with no bootstrap list, those of wanted nodes too", async () => {
    const directory = new DirectoryFake();
    const [first, second] = [register(directory, 1n), register(directory, 2n)];
    const other = await open(directory, second);
    const announced = () => [{ node: 2n, addresses: [addressOf(other)] }];
    const network = await open(directory, first, {
      announced,
      wantedNodes: () => [2n],
      privateAnnouncements: true,
    });
    await until("it is found", sees(network, 2n));
    expect(network.stats().peersFoundTotal.chain).to.equal(1);
  });

  it("those on the LAN (the event of discovery injected, no multicast), at private addresses alone", async () => {
    const directory = new DirectoryFake();
    const [first, second] = [register(directory, 1n), register(directory, 2n)];
    const other = await open(directory, second);
    const lan = lanFake();
    const network = await open(directory, first, { lanDiscovery: true, openLan: lan.open });
    expect(lan.told()).to.deep.equal([addressOf(network)]);
    const id = (await openRogue(async () => undefined)).node.peerId;
    lan.hear({ id, multiaddrs: [multiaddr("/ip4/203.0.113.7/tcp/1"), multiaddr("/dns4/localhost/tcp/1")] });
    expect(network.stats().peersNotFoundTotal).to.equal(0);
    const [heard] = [addressOf(other)].map((address) => address.split("/p2p/"));
    lan.hear({ id: await idOf(other), multiaddrs: [multiaddr(heard?.[0] ?? "")] });
    await until("it is found", sees(network, 2n));
    expect(network.stats().peersFoundTotal).to.deep.equal({ lan: 1, book: 0, chain: 0 });
    expect(network.stats().peersNotFoundTotal).to.equal(0);
    await network.stop();
    expect(lan.isStopped()).to.equal(true);
  });

  it("each other by mDNS, its packets handed over without a socket; other chains' are not heard", async () => {
    const directory = new DirectoryFake();
    const nodes = [1n, 2n, 3n].map((id) => register(directory, id));
    const wire = lanWire();
    const [first, second, other] = await Promise.all(
      nodes.map((node, index) =>
        open(directory, node, { lanDiscovery: true, openLan: wire.join(index === 2 ? 1 : 31_337) }),
      ),
    );
    wire.ask(31_337);
    await until("one of them finds the other", () =>
      [first, second].some((network) => network?.stats().peersFoundTotal.lan === 1),
    );
    expect(other?.peers()).to.deep.equal([]);
    for (const network of [first, second, other]) await network?.stop();
  });

  it("each other by mDNS over sockets, by multicast on the loopback interface", async function () {
    this.timeout(30_000);
    const wire = await loopbackWire();
    if (wire === undefined) {
      // The machine decides: what mDNS says is tested above without sockets.
      process.stderr.write("    (no multicast on the loopback interface of this machine)\n");
      return this.skip();
    }
    const directory = new DirectoryFake();
    const nodes = [1n, 2n, 3n].map((id) => register(directory, id));
    const [first, second, other] = await Promise.all(
      nodes.map((node, index) =>
        open(directory, node, { lanDiscovery: true, openLan: wire.join(index === 2 ? 1 : 31_337) }),
      ),
    );
    await until("one of them finds the other", () => {
      wire.ask(31_337);
      return [first, second].some((network) => network?.stats().peersFoundTotal.lan === 1);
    });
    expect(other?.peers()).to.deep.equal([]);
    for (const network of [first, second, other]) await network?.stop();
  });

  it("starts and works where the LAN cannot be asked", async () => {
    const directory = new DirectoryFake();
    const openLan: OpenLan = () => {
      throw new Error("no sockets for that here");
    };
    const network = await open(directory, register(directory, 1n), { lanDiscovery: true, openLan });
    expect(network.multiaddrs().length).to.equal(1);
    await network.stop();
  });

  it("asks no LAN unless it is told to", async () => {
    const directory = new DirectoryFake();
    const lan = lanFake();
    await open(directory, register(directory, 1n), { openLan: lan.open });
    expect(lan.told()).to.deep.equal([]);
  });
});

async function idOf(network: Network): Promise<PeerInfo["id"]> {
  const peer = await openRogue(async () => undefined);
  const connection = await peer.dial(network);
  return connection.remotePeer;
}

/** What libp2p's mDNS hears and says, where no socket is. */
interface MdnsInside extends ReturnType<OpenLan> {
  mdns: { respond(answers: readonly unknown[]): void } | undefined;
  _onMdnsQuery(packet: { readonly questions: readonly unknown[] }): void;
  _onMdnsResponse(packet: { readonly answers: readonly unknown[]; readonly additionals: [] }): void;
}

function lanWire() {
  const all: MdnsInside[] = [];
  return {
    join:
      (chainId: number): OpenLan =>
      (components) => {
        const service = mdnsOf(chainId)(components) as MdnsInside;
        all.push(service);
        return Object.assign(service, {
          async start() {
            service.mdns = {
              respond(answers) {
                for (const other of all) other._onMdnsResponse({ answers, additionals: [] });
              },
            };
          },
          async stop() {
            service.mdns = undefined;
          },
        });
      },
    ask(chainId: number) {
      const question = { name: `_pleiad-${chainId}._udp.local`, type: "PTR" };
      for (const service of all) service._onMdnsQuery({ questions: [question] });
    },
  };
}

/** A socket of multicast DNS, as the package under libp2p's opens it. */
interface MulticastSocket extends EventEmitter {
  query(packet: { readonly questions: readonly unknown[] }): void;
  respond(answers: readonly unknown[]): void;
  destroy(done: () => void): void;
}

/** Sockets on the loopback interface alone, at a port of their own; undefined where the machine does not deliver multicast there. */
async function loopbackWire() {
  const port = await freeUdpPort();
  const makeSocket = createRequire(import.meta.resolve("@libp2p/mdns"))("multicast-dns") as (
    options: Readonly<Record<string, unknown>>,
  ) => MulticastSocket;
  const openSocket = () => makeSocket({ port, interface: "127.0.0.1", ip: "224.0.0.251", loopback: true });
  const probe = openSocket();
  const isHeard = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), 2_000);
    const done = (heard: boolean) => {
      clearTimeout(timer);
      resolve(heard);
    };
    probe.on("query", () => done(true));
    probe.on("error", () => done(false));
    probe.on("warning", () => done(false));
    probe.on("ready", () => probe.query({ questions: [{ name: "probe.local", type: "PTR" }] }));
  });
  await new Promise<void>((resolve) => probe.destroy(resolve));
  if (!isHeard) return undefined;
  const sockets: MulticastSocket[] = [];
  return {
    join:
      (chainId: number): OpenLan =>
      (components) => {
        const service = mdnsOf(chainId)(components) as MdnsInside;
        let socket: MulticastSocket | undefined;
        return Object.assign(service, {
          async start() {
            socket = openSocket();
            socket.on("query", (packet) => service._onMdnsQuery(packet));
            socket.on("response", (packet) => service._onMdnsResponse(packet));
            service.mdns = socket;
            await once(socket, "ready");
            sockets.push(socket);
          },
          async stop() {
            service.mdns = undefined;
            await new Promise<void>((resolve) => socket?.destroy(resolve));
          },
        });
      },
    ask(chainId: number) {
      sockets[0]?.query({ questions: [{ name: `_pleiad-${chainId}._udp.local`, type: "PTR" }] });
    },
  };
}

/** A port that nobody listens on. */
async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

/** What mDNS would say, as a test says it. */
function lanFake() {
  const events = new EventTarget();
  let addresses: () => string[] = () => [];
  let stopped = false;
  const open: OpenLan = ({ addressManager }) => {
    addresses = () => addressManager.getAddresses().map((address) => address.toString());
    return Object.assign(events, {
      start: async () => undefined,
      async stop() {
        stopped = true;
      },
    }) as unknown as PeerDiscovery & { start(): Promise<void>; stop(): Promise<void> };
  };
  return {
    open,
    told: () => addresses(),
    isStopped: () => stopped,
    hear(detail: PeerInfo) {
      events.dispatchEvent(new CustomEvent<PeerDiscoveryEvents["peer"]["detail"]>("peer", { detail }));
    },
  };
}
