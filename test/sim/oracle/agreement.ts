import type { Hex } from "viem";
import type { SimOperator } from "../operators.ts";
import type { World } from "../world.ts";
import { createStarvationMeter } from "./starvation.ts";

/** What the node promises: after the fault clears it agrees with the chain within this time. Milliseconds. */
export const AGREEMENT_MS_MAX = 60_000;
const LOOK_MS = 250;
/** A daemon may be a block behind at the moment at which it is asked. Blocks. */
const LAG_BLOCKS_MAX = 2n;

export interface Agreement {
  readonly isReached: boolean;
  /** How long it took. */
  readonly tookMs: number;
  /** How long of that whoever waited longest for a processor waited for one: a daemon, or this process, through which all calls go. */
  readonly starvedMs: number;
  /** What was lacking when something was for the last time. */
  readonly lacking: readonly string[];
}

/**
 * Waits until everybody agrees with the chain: every daemon is at work on the newest canonical block, every request stands
 * on the chain and its run is over, and no daemon has anything left to do for one.
 */
export async function waitForAgreement(world: World): Promise<Agreement> {
  const beganAtMs = performance.now();
  const daemons = createStarvationMeter(
    world.operators.map(
      ({ daemon }) =>
        () =>
          daemon.pid(),
    ),
  );
  const own = createStarvationMeter([() => "self"]);
  let lacking: readonly string[] = [];
  for (;;) {
    const found = await lackingOf(world);
    daemons.look();
    own.look();
    const tookMs = performance.now() - beganAtMs;
    const starvedMs = Math.max(daemons.longestMs(), own.longestMs());
    if (found.length === 0) return { isReached: true, tookMs, starvedMs, lacking };
    lacking = found;
    if (isLate({ tookMs, starvedMs })) return { isReached: false, tookMs, starvedMs, lacking };
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** What is promised is promised of a machine that has the time: while nobody who is ready to run gets a processor, no time passes. */
export function isLate({ tookMs, starvedMs }: Pick<Agreement, "tookMs" | "starvedMs">): boolean {
  return tookMs - starvedMs > AGREEMENT_MS_MAX;
}

async function lackingOf(world: World): Promise<string[]> {
  const lacking: string[] = [];
  const missing = world.workload.asked() - (await world.workload.standing());
  if (missing > 0) lacking.push(`${missing} requests do not stand on the chain`);
  const running = await world.workload.running();
  if (running.length > 0) lacking.push(`executions ${running.join(", ")} run`);
  for (const operator of world.operators) {
    const problem = await problemOf(world, operator);
    if (problem !== undefined) lacking.push(`node ${operator.node} ${problem}`);
  }
  return lacking;
}

async function problemOf(world: World, { daemon }: SimOperator): Promise<string | undefined> {
  const client = daemon.client();
  if (client === undefined) return `is not ready (${daemon.ends.at(-1)?.code ?? "never was"})`;
  try {
    const { chain } = await client.status();
    const newest = BigInt(await world.ask<Hex>("eth_blockNumber"));
    if (chain.state !== "following" || chain.head === undefined) return `is ${chain.state}`;
    if (BigInt(chain.head.number) + LAG_BLOCKS_MAX < newest) return `is at ${chain.head.number} of ${newest}`;
    const number: Hex = `0x${BigInt(chain.head.number).toString(16)}`;
    const block = await world.ask<{ readonly hash: Hex } | null>("eth_getBlockByNumber", [number, false]);
    if (block?.hash !== chain.head.hash) return `is at another block ${chain.head.number}`;
    const live = (await client.jobs()).filter(({ state }) => state !== "mined");
    if (live.length > 0)
      return `has jobs: ${live.map(({ execution, task, state }) => `${execution}/${task} ${state}`).join(", ")}`;
    return undefined;
  } catch (error) {
    return `does not answer: ${error instanceof Error ? error.message : String(error)}`;
  }
}
