import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { describe, it } from "mocha";
import { loadIdentity } from "../../../node/src/network/identity.ts";
import { createNetwork } from "../../../node/src/network/network.ts";
import type { NetworkModules, NetworkOptions } from "../../../node/src/network/types.ts";
import { runAfterTest } from "../../fixtures/hooks.ts";
import {
  codeOf,
  connect,
  DirectoryFake,
  meshed,
  open,
  register,
  signedCompletion,
  temporaryFolder,
  until,
} from "./support.ts";

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function unusedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("network", () => {
  it("works with no peers at all", async () => {
    const directory = new DirectoryFake();
    const node = register(directory, 1n);
    const a = await open(directory, node, { bootstrap: ["/ip4/127.0.0.1/tcp/1"] });
    expect(await a.publishCompletion(await signedCompletion(node))).to.equal(0);
    expect(await codeOf(a.fetchBlob(`0x${"00".repeat(32)}`))).to.equal("BLOB_MISSING");
    await a.catchUp([1n]);
    expect([a.peers(), a.presence.list()]).to.deep.equal([[], []]);
    expect(a.multiaddrs()[0]).to.match(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/12D3Koo/);
  });

  it("keeps its peer id and box key over a restart, and takes up its connections again", async () => {
    const directory = new DirectoryFake();
    const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
    const identityFolder = await temporaryFolder();
    const first = await open(directory, n1, { identityFolder });
    const [address] = first.multiaddrs();
    const b = await open(directory, n2, { bootstrap: [address ?? ""], random: () => 0 });
    await meshed(first, b);
    await first.stop();
    await until("b has noticed", () => b.peers().length === 0);
    const again = await open(directory, n1, { identityFolder, listenPort: Number(address?.split("/")[4]) });
    expect([again.peerId, again.boxKey]).to.deep.equal([first.peerId, first.boxKey]);
    await until("b has redialed", () => again.stats().peersCertified === 1);
  });

  it("measures the way to a node, and says that one that is not connected cannot be reached", async () => {
    const directory = new DirectoryFake();
    const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
    const [a, b] = [await open(directory, n1), await open(directory, n2)];
    await connect(a, b);
    expect(await a.ping(2n)).to.be.within(0, 5_000);
    expect(await b.ping(1n)).to.be.within(0, 5_000);
    expect(await codeOf(a.ping(3n))).to.equal("PEER_UNREACHABLE");
    await b.stop();
    await until("a has noticed", () => a.peers().length === 0);
    expect(await codeOf(a.ping(2n))).to.equal("PEER_UNREACHABLE");
    expect(await codeOf(b.ping(1n))).to.equal("NETWORK_STOPPED");
  });

  it("connects daemons that all dial each other at once, and they stay connected", async () => {
    const directory = new DirectoryFake();
    const nodes = [1n, 2n, 3n].map((id) => register(directory, id));
    const places = await Promise.all(
      nodes.map(async () => {
        const identityFolder = await temporaryFolder();
        const { peerKey } = await loadIdentity(identityFolder);
        const listenPort = await unusedPort();
        return {
          identityFolder,
          listenPort,
          address: `/ip4/127.0.0.1/tcp/${listenPort}/p2p/${peerKey.publicKey}`,
        };
      }),
    );
    const bootstrap = places.map(({ address }) => address);
    const networks = await Promise.all(
      nodes.map((node, index) => {
        const { identityFolder = "", listenPort = 0 } = places[index] ?? {};
        return open(directory, node, { identityFolder, listenPort, bootstrap });
      }),
    );
    await meshed(...networks);
    const heard = networks.map(() => new Set<string>());
    for (const [index, network] of networks.entries()) {
      network.onCompletion(({ completion: { node, task } }) => void heard[index]?.add(`${node} ${task}`));
    }
    for (let task = 0; task < 3; task++) {
      for (const [index, node] of nodes.entries()) {
        await networks[index]?.publishCompletion(await signedCompletion(node, { task }));
      }
    }
    await until("each heard all of the others'", () => heard.every(({ size }) => size === 6));
    for (const network of networks) {
      const { peersCertified, peersRefusedTotal, misdeedsTotal } = network.stats();
      expect({ peersCertified, peersRefusedTotal, misdeedsTotal }).to.deep.equal({
        peersCertified: 2,
        peersRefusedTotal: 0,
        misdeedsTotal: {},
      });
    }
  });

  it("takes the next free port when the wished one is taken", async () => {
    const taken = createServer();
    const port = await listen(taken);
    runAfterTest(async () => void taken.close());
    const directory = new DirectoryFake();
    const a = await open(directory, register(directory, 1n), { listenPort: port });
    expect(Number(a.multiaddrs()[0]?.split("/")[4])).to.be.within(port + 1, port + 15);
  });

  it("refuses options that cannot be, and addresses that are not this machine's", async () => {
    const directory = new DirectoryFake();
    const node = register(directory, 1n);
    const build = async (changed: Partial<NetworkOptions>) =>
      codeOf(
        createNetwork(
          { node: 1n, identityFolder: await temporaryFolder(), ...changed } as NetworkOptions,
          {} as NetworkModules,
        ),
      );
    for (const changed of [
      { node: 0n },
      { listenPort: 65_536 },
      { listenPort: 0.5 },
      { bootstrap: Array(65).fill("/") },
    ]) {
      expect(await build(changed), Object.keys(changed)[0]).to.equal("NETWORK_OPTION_INVALID");
    }
    expect(await codeOf(open(directory, node, { listenHost: "192.0.2.1", listenPort: 4_100 }))).to.equal(
      "NETWORK_HOST_INVALID",
    );
  });

  it("stops within 2 s while its peers are there, and does nothing afterwards", async () => {
    const directory = new DirectoryFake();
    const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
    const [a, b] = [await open(directory, n1), await open(directory, n2)];
    await connect(b, a);
    await meshed(a, b);
    const startedMs = performance.now();
    await a.stop();
    expect(performance.now() - startedMs).to.be.lessThan(2_000);
    await until("b has noticed", () => b.peers().length === 0);
    expect(await codeOf(async () => a.publishCompletion(await signedCompletion(n1)))).to.equal(
      "NETWORK_STOPPED",
    );
    expect(await codeOf(a.dial(b.multiaddrs()[0] ?? ""))).to.equal("NETWORK_STOPPED");
    expect(await codeOf(a.start())).to.equal("NETWORK_STOPPED");
    await a.stop();
  });

  it("leaves nothing open: the process ends by itself", async () => {
    const script = new URL("./openAndStop.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, [script], {
      stdio: ["ignore", "pipe", "inherit"],
      timeout: 25_000,
    });
    const [output, [exitCode]] = await Promise.all([text(child.stdout), once(child, "exit")]);
    expect(exitCode).to.equal(0);
    const { stopMs, left, restMs } = JSON.parse(output) as { stopMs: number; left: string[]; restMs: number };
    expect(stopMs).to.be.lessThan(2_000);
    expect(left.filter((resource) => resource.startsWith("TCP"))).to.deep.equal([]);
    // libp2p leaves a timer or two of its own, of a second at most.
    expect(restMs).to.be.lessThan(3_000);
  });
});
