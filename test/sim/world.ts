import { mkdtempSync, realpathSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Address, type Hex, isAddressEqual } from "viem";
import { type LocalChain, startChain, testClientOf } from "../fixtures/chain.ts";
import { type Audit, createAudit } from "./audit.ts";
import { type SimOperator, startOperators } from "./operators.ts";
import { recoveryOf } from "./recovery.ts";
import { ACCOUNTS, registerAll, type SimRegistry } from "./registry.ts";
import type { SimSetup } from "./setup.ts";
import { createWorkload, type Workload } from "./workload.ts";

/** Length of a block. Windows are three of them. Seconds. */
export const BLOCK_SECONDS = 1;

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
  /** Measures how long a daemon that was just started again takes until it is at work on the newest block. */
  recovers(operator: SimOperator): void;
  /** What was measured so far, of those that nothing else befell meanwhile. Milliseconds. */
  readonly recoveriesMs: readonly number[];
  /** What the oracle was given of inputs and outputs that stand on the chain by their digests alone. */
  readonly blobs: Map<Hex, Uint8Array>;
  /** Notes what a fault saw break a promise. */
  report(problem: string): void;
  /** What was reported, in the order in which it was. */
  readonly reported: readonly string[];
  /** Ends everything, the daemons first. */
  stop(): Promise<void>;
}

export interface WorldOptions {
  readonly setup: SimSetup;
  /** Leaves the folder, with logs and stores, for a look. */
  readonly keepsFolder: boolean;
  /** Gives the first operator a small disk of its own, that can be filled. */
  readonly smallDisk: boolean;
}

function nodeOfKey({ nodes }: SimRegistry, account: Address): bigint | undefined {
  return nodes.find((_, index) => isAddressEqual(ACCOUNTS.nodeKey(index).address, account));
}

/** Starts a chain, the contracts, and three operators whose daemons do not run yet. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "pleiad-sim-")));
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  if (!options.keepsFolder) stops.push(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  try {
    const chain = await startChain({ guarded: true });
    stops.push(() => chain.stop());
    const registry = await registerAll(chain);
    const client = testClientOf(chain);
    const ask = <T>(method: string, params: readonly unknown[] = []) =>
      client.request({ method, params } as never) as Promise<T>;
    // Only from here on by the clock: a hundred registrations would wait a block each.
    await ask("evm_setIntervalMining", [BLOCK_SECONDS]);
    const audit = createAudit({ nodeOf: (account) => nodeOfKey(registry, account) });
    const operators = await startOperators({
      folder,
      chain,
      registry,
      audit,
      stops,
      setup: options.setup,
      smallDisk: options.smallDisk,
    });
    const workload = createWorkload({ chain, registry, operators });
    stops.push(() => workload.stop());
    const counts = new Map<string, number>();
    const reported: string[] = [];
    const recoveriesMs: number[] = [];
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
      recovers({ daemon }) {
        const measured = recoveryOf(daemon).then((tookMs) => {
          if (tookMs !== undefined) recoveriesMs.push(tookMs);
        });
        // It ends with the daemon at the latest, so nothing waits for it.
        measured.catch((error: unknown) =>
          reported.push(`a recovery could not be measured: ${String(error)}`),
        );
      },
      recoveriesMs,
      blobs: new Map(),
      report: (problem) => void reported.push(problem),
      reported,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
