import { statfs } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import type { ResourceName } from "../../manager/fleet.ts";

/** How much of this machine is in use: the highest of the shares of processor, memory and disk, 0 to 1, and which that is. */
export type Resources = () => Promise<{ readonly share: number; readonly of: ResourceName }>;

/** What a machine says of itself. */
export interface Machine {
  /** Of all processors since it was started. */
  processor(): { readonly idleMs: number; readonly allMs: number };
  memory(): { readonly available: number; readonly total: number };
  disk(folder: string): Promise<{ readonly blocks: number; readonly bavail: number }>;
}

const THIS_MACHINE: Machine = {
  processor: processorTimes,
  memory: () => ({ available: process.availableMemory(), total: totalmem() }),
  disk: statfs,
};

/**
 * @param options.folder On the disk that counts.
 * @param machine @default this one
 */
export function createResources(
  { folder }: { readonly folder: string },
  machine: Machine = THIS_MACHINE,
): Resources {
  let before = machine.processor();
  let processor = 0;
  return async () => {
    const now = machine.processor();
    const allMs = now.allMs - before.allMs;
    // Two looks within one tick of the machine's counters say nothing new.
    if (allMs > 0) {
      processor = 1 - (now.idleMs - before.idleMs) / allMs;
      before = now;
    }
    const { available, total } = machine.memory();
    const { blocks, bavail } = await machine.disk(folder);
    const disk = blocks === 0 ? 0 : 1 - bavail / blocks;
    const shares: readonly (readonly [ResourceName, number])[] = [
      ["processor", processor],
      ["memory", 1 - available / total],
      ["disk", disk],
    ];
    const [of, share] = shares.reduce((most, one) => (one[1] > most[1] ? one : most));
    return { share: Math.min(1, Math.max(0, share)), of };
  };
}

function processorTimes(): { readonly idleMs: number; readonly allMs: number } {
  let [idleMs, allMs] = [0, 0];
  for (const { times } of cpus()) {
    idleMs += times.idle;
    allMs += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { idleMs, allMs };
}
