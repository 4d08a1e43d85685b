import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Hex } from "viem";
import { privateKeyOf } from "../../node/src/local/accounts.ts";
import { freePort } from "../../node/src/local/ports.ts";
import { loadIdentity } from "../../node/src/network/identity.ts";
import type { LocalChain } from "../fixtures/chain.ts";
import { type FakeSigner, startFakeSigner } from "../fixtures/fakeWeb3Signer.ts";
import { type FaultProxy, startFaultProxy } from "../fixtures/faultProxy.ts";
import type { Audit } from "./audit.ts";
import { type SimHeads, startHeads } from "./heads.ts";
import { writeOperatorFolder } from "./operatorFolder.ts";
import { type PeerPipe, startPeerPipe } from "./peerPipe.ts";
import { ACCOUNTS, OPERATOR_COUNT, type SimRegistry } from "./registry.ts";
import type { SimSetup } from "./setup.ts";
import { mountSmallDisk } from "./smallDisk.ts";
import { controlFolder, createSupervisor, type Supervisor } from "./supervisor.ts";

/** Endpoints of each daemon: a fault mostly befalls the first. */
const ENDPOINT_COUNT = 2;

/** One operator: its daemon, the endpoints that it asks, and what others reach it through. */
export interface SimOperator {
  readonly index: number;
  readonly node: bigint;
  readonly daemon: Supervisor;
  /** Whether its data folder is a small disk of its own. */
  readonly hasSmallDisk: boolean;
  /** The preferred one first. */
  readonly endpoints: readonly FaultProxy[];
  /** What tells its daemon of new blocks, where something does. */
  readonly heads: SimHeads | undefined;
  /** Where its key is, if not in its folder. */
  readonly signer: FakeSigner | undefined;
  /** Where it listens to peers. */
  readonly listenPort: number;
  /** By the other operator's index: what that one reaches it through. */
  readonly pipes: ReadonlyMap<number, PeerPipe>;
}

export interface OperatorsOptions {
  readonly folder: string;
  readonly chain: LocalChain;
  readonly registry: SimRegistry;
  readonly audit: Audit;
  readonly setup: SimSetup;
  /** Gives the first one a small disk of its own, that can be filled. */
  readonly smallDisk: boolean;
  /** Gets what ends what was started, to be called the last first. */
  readonly stops: (() => Promise<unknown>)[];
}

/** Makes the operators' folders, endpoints and pipes. Their daemons do not run yet. */
export async function startOperators(options: OperatorsOptions): Promise<SimOperator[]> {
  const { folder, chain, registry, audit, setup, stops } = options;
  const indices = Array.from({ length: OPERATOR_COUNT }, (_, index) => index);
  const folders = indices.map((index) => join(folder, `operator-${index}`));
  if (options.smallDisk) {
    const unmount = mountSmallDisk(folders[0] as string);
    stops.push(async () => unmount());
  }
  const ports: number[] = [];
  // One after the other, and kept apart, as a port that was only looked at is free for the next look.
  for (const _ of indices) ports.push(await distinctPort(ports));
  const pipes = await Promise.all(
    indices.map(async (index) => {
      const others = indices.filter((other) => other !== index);
      const made = await Promise.all(
        others.map(async (other) => [other, await startPeerPipe(ports[index] as number)] as const),
      );
      for (const [, pipe] of made) stops.push(() => pipe.stop());
      return new Map(made);
    }),
  );
  const peers = await Promise.all(
    folders.map(async (one) => (await loadIdentity(join(one, "network"))).peerKey.publicKey.toString()),
  );
  return Promise.all(
    indices.map(async (index) => {
      const own = folders[index] as string;
      const endpoints = await Promise.all(
        Array.from({ length: ENDPOINT_COUNT }, () =>
          startFaultProxy(chain.rpcUrl, {
            onCall: ({ method, params }) =>
              method === "eth_sendRawTransaction" && audit.saw(params[0] as Hex),
          }),
        ),
      );
      for (const endpoint of endpoints) stops.push(() => endpoint.stop());
      const heads = setup.headHints[index] === true ? await startHeads(chain) : undefined;
      if (heads !== undefined) stops.push(() => heads.stop());
      const keys = [privateKeyOf(ACCOUNTS.nodeKey(index))];
      const isRemote = index === setup.remoteSigner;
      const signer = isRemote ? await startFakeSigner({ keys, chainId: chain.chainId }) : undefined;
      if (signer !== undefined) stops.push(() => signer.stop());
      mkdirSync(controlFolder(own), { mode: 0o700 });
      const bootstrap = indices
        .filter((other) => other !== index)
        .map((other) => `/ip4/127.0.0.1/tcp/${pipes[other]?.get(index)?.port}/p2p/${peers[other]}`);
      await writeOperatorFolder({
        folder: own,
        index,
        registry,
        chainId: chain.chainId,
        rpcUrls: endpoints.map(({ url }) => url),
        wsUrl: heads?.server.url,
        signerUrl: signer?.url,
        listenPort: ports[index] as number,
        bootstrap,
      });
      const daemon = createSupervisor({ index, folder: own });
      stops.push(() => daemon.stop());
      const node = registry.nodes[index] as bigint;
      return {
        index,
        node,
        daemon,
        hasSmallDisk: options.smallDisk && index === 0,
        endpoints,
        heads,
        signer,
        listenPort: ports[index] as number,
        pipes: pipes[index] as Map<number, PeerPipe>,
      };
    }),
  );
}

async function distinctPort(taken: readonly number[]): Promise<number> {
  for (;;) {
    const port = await freePort(0);
    if (!taken.includes(port)) return port;
  }
}
