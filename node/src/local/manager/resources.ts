import { statfs } from "node:fs/promises";
import { cpus, totalmem } from "node:os";

/** How much of this machine is in use: the highest of the shares of processor, memory and disk, 0 to 1. */
export type Resources = () => Promise<number>;

/** @param folder On the disk that counts. */
export function createResources({ folder }: { readonly folder: string }): Resources {
  let before = processorTimes();
  let processor = 0;
  return async () => {
    const now = processorTimes();
    const allMs = now.allMs - before.allMs;
    // Two looks within one tick of the machine's counters say nothing new.
    if (allMs > 0) {
      processor = 1 - (now.idleMs - before.idleMs) / allMs;
      before = now;
    }
    const memory = 1 - process.availableMemory() / totalmem();
    const { blocks, bavail } = await statfs(folder);
    const disk = blocks === 0 ? 0 : 1 - bavail / blocks;
    return Math.min(1, Math.max(0, processor, memory, disk));
  };
}

/** Of all processors since the machine was started. */
function processorTimes(): { readonly idleMs: number; readonly allMs: number } {
  let [idleMs, allMs] = [0, 0];
  for (const { times } of cpus()) {
    idleMs += times.idle;
    allMs += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { idleMs, allMs };
}
