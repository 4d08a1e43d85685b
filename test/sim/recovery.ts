import { setTimeout as sleep } from "node:timers/promises";
import type { Supervisor } from "./supervisor.ts";

const LOOK_MS = 100;
/** Twice what is promised: what takes longer shows as the slowest all the same. Milliseconds. */
const GIVE_UP_MS = 120_000;

/** How long a daemon that was just started takes until it follows the chain; undefined where it ends before, by a fault or a failure. */
export async function recoveryOf(daemon: Supervisor): Promise<number | undefined> {
  const beganAtMs = performance.now();
  const pid = daemon.pid();
  while (pid !== undefined && daemon.pid() === pid) {
    const tookMs = performance.now() - beganAtMs;
    if (tookMs > GIVE_UP_MS || (await follows(daemon))) return tookMs;
    await sleep(LOOK_MS);
  }
  return undefined;
}

async function follows(daemon: Supervisor): Promise<boolean> {
  const client = daemon.client();
  if (client === undefined) return false;
  try {
    return (await client.status()).chain.state === "following";
  } catch {
    // Killed again, or about to be: the next look tells.
    return false;
  }
}
