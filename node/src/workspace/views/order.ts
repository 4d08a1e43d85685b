import type { LogEntry } from "../log/types.ts";

/**
 * The place of an entry in the one order of a log: stamp, node, generation, sequence, as a text that sorts so. All nodes
 * agree on it, however entries came.
 */
export type Order = string;

/** Before every entry. */
export const FIRST: Order = "";

export function orderOf({ stamp, feed, sequence }: Pick<LogEntry, "stamp" | "feed" | "sequence">): Order {
  return `${hex(stamp, 16)}${hex(feed.node, 16)}${hex(feed.generation, 14)}${hex(sequence, 14)}`;
}

export function byOrder(a: { readonly order: Order }, b: { readonly order: Order }): number {
  return a.order < b.order ? -1 : a.order > b.order ? 1 : 0;
}

function hex(value: bigint | number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
