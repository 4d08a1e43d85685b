import { byOrder, type Order } from "./order.ts";

/**
 * For each key what was set last by the log's order, whoever set it. Each node has its own registers and the latest of all
 * nodes counts; of one node the keys that it set last are kept. Neither depends on when what came.
 */
export interface Registers<T extends { readonly order: Order }> {
  set(node: string, key: string, item: T): void;
  get(key: string): T | undefined;
  /** How many keys of one node are kept. */
  countOf(node: string): number;
  has(node: string, key: string): boolean;
  /** Each key's item, by key. */
  entries(): readonly (readonly [key: string, item: T])[];
  clear(): void;
}

export function createRegisters<T extends { readonly order: Order }>(keysPerNodeMax: number): Registers<T> {
  const nodes = new Map<string, Map<string, T>>();

  function get(key: string): T | undefined {
    let latest: T | undefined;
    for (const items of nodes.values()) {
      const item = items.get(key);
      if (item !== undefined && (latest === undefined || byOrder(latest, item) < 0)) latest = item;
    }
    return latest;
  }

  return {
    set(node, key, item) {
      const items = nodes.get(node) ?? new Map<string, T>();
      nodes.set(node, items);
      const present = items.get(key);
      if (present !== undefined && byOrder(present, item) >= 0) return;
      items.set(key, item);
      if (items.size > keysPerNodeMax) items.delete(oldestOf(items));
    },
    get,
    countOf: (node) => nodes.get(node)?.size ?? 0,
    has: (node, key) => nodes.get(node)?.has(key) ?? false,
    entries() {
      const keys = new Set([...nodes.values()].flatMap((items) => [...items.keys()]));
      return [...keys].sort().flatMap((key) => {
        const item = get(key);
        return item === undefined ? [] : [[key, item] as const];
      });
    },
    clear: () => nodes.clear(),
  };
}

function oldestOf<T extends { readonly order: Order }>(items: ReadonlyMap<string, T>): string {
  let oldest: readonly [string, T] | undefined;
  for (const entry of items) if (oldest === undefined || byOrder(entry[1], oldest[1]) < 0) oldest = entry;
  return oldest?.[0] ?? "";
}
