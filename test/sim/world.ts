import { mkdirSync, mkdtempSync, realpathSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex } from "viem";
import { freePort } from "../../node/src/local/ports.ts";
import { loadIdentity } from "../../node/src/network/identity.ts";
import { type LocalChain, startChain, testClientOf } from "../fixtures/chain.ts";
import { type FaultProxy, startFaultProxy } from "../fixtures/faultProxy.ts";
import { type Audit, createAudit } from "./audit.ts";
import { writeOperatorFolder } from "./operatorFolder.ts";
import { type PeerPipe, startPeerPipe } from "./peerPipe.ts";
import { OPERATOR_COUNT, registerAll, type SimRegistry } from "./registry.ts";
import { controlFolder, createSupervisor, type Supervisor } from "./supervisor.ts";
import { createWorkload, type Workload } from "./workload.ts";

/** Length of a block. Windows are three of them. Seconds. */
const BLOCK_SECONDS = 1;
/** Endpoints of each daemon: a fault mostly befalls the first. */
const ENDPOINT_COUNT = 2;

/** One operator: its daemon, the endpoints that it asks, and what others reach it through. */
export interface SimOperator {
  readonly index: number;
  readonly node: bigint;
  readonly daemon: Supervisor;
  /** The preferred one first. */
  readonly endpoints: readonly FaultProxy[];
  /** Where it listens to peers. */
  readonly listenPort: number;
  /** By the other operator's index: what that one reaches it through. */
  readonly pipes: ReadonlyMap<number, PeerPipe>;
}

/** Everything that a simulation runs. */
export interface World {
  readonly folder: string;
  readonly chain: LocalChain;
  readonly registry: SimRegistry;
  readonly operators: readonly SimOperator[];
  readonly workload: Workload;
  readonly audit: Audit;
  /** Asks the chain itself, past all faults. */
  ask<T>(method: string, params?: readonly unknown[]): Promise<T>;
  /** Codes with which daemons may end for good by what was done to them, and how often. */
  readonly expectedEnds: Map<string, number>;
  /** Counts what happened, for the report. */
  count(what: string, by?: number): void;
  readonly counts: ReadonlyMap<string, number>;
  /** Notes what a fault saw break a promise. */
  report(problem: string): void;
  /** What was reported, in the order in which it was. */
  readonly reported: readonly string[];
  /** Ends everything, the daemons first. */
  stop(): Promise<void>;
}

/** Starts a chain, the contracts, and three operators whose daemons do not run yet. */
export async function startWorld(options: { readonly keepsFolder: boolean }): Promise<World> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "pleiad-sim-")));
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  if (!options.keepsFolder) stops.push(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  try {
    const chain = await startChain();
    stops.push(() => chain.stop());
    const registry = await registerAll(chain);
    const client = testClientOf(chain);
    const ask = <T>(method: string, params: readonly unknown[] = []) =>
      client.request({ method, params } as never) as Promise<T>;
    // Only from here on by the clock: a hundred registrations would wait a block each.
    await ask("evm_setIntervalMining", [BLOCK_SECONDS]);
    const audit = createAudit();
    const operators = await startOperators(folder, chain, registry, audit, stops);
    const workload = createWorkload({ chain, registry });
    stops.push(() => workload.stop());
    const counts = new Map<string, number>();
    const reported: string[] = [];
    return {
      folder,
      chain,
      registry,
      operators,
      workload,
      audit,
      ask,
      expectedEnds: new Map(),
      count: (what, by = 1) => void counts.set(what, (counts.get(what) ?? 0) + by),
      counts,
      report: (problem) => void reported.push(problem),
      reported,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startOperators(
  folder: string,
  chain: LocalChain,
  registry: SimRegistry,
  audit: Audit,
  stops: (() => Promise<unknown>)[],
): Promise<SimOperator[]> {
  const indices = Array.from({ length: OPERATOR_COUNT }, (_, index) => index);
  const folders = indices.map((index) => join(folder, `operator-${index}`));
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
        endpoints,
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
