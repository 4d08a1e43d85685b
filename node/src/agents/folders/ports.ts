import { createServer } from "node:net";
import { FolderError } from "./errors.ts";
import type { FolderOptions } from "./types.ts";

/**
 * The first block of the range that is nobody's and on which nothing listens.
 *
 * @param taken ports of the other folders, as their state files say: so a restart forgets none
 * @throws FolderError PORTS_NONE_FREE
 */
export async function choosePorts(
  range: FolderOptions["ports"],
  taken: ReadonlySet<number>,
  isFree: (port: number) => Promise<boolean>,
): Promise<number[]> {
  if (range === undefined) return [];
  const { first, last, perFolder } = range;
  for (let start = first; start + perFolder - 1 <= last; start += perFolder) {
    const block = Array.from({ length: perFolder }, (_, index) => start + index);
    if (block.some((port) => taken.has(port))) continue;
    if ((await Promise.all(block.map(isFree))).every((free) => free)) return block;
  }
  throw new FolderError("PORTS_NONE_FREE", `no ${perFolder} ports are free from ${first} to ${last}`, {
    first,
    last,
    perFolder,
  });
}

/** Whether 127.0.0.1 lets a port be listened on. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ host: "127.0.0.1", port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
