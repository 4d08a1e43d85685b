import { byOrder, type Order } from "./order.ts";

/** Something that is put on a shelf once, and never changes. */
export interface Shelved {
  readonly id: string;
  readonly order: Order;
}

/**
 * Sorted things by group, at most so many of each group: which ones are kept depends on what came, not on when it came.
 * For a group only grows, and the newest (or oldest) so many of more things are among the newest so many of fewer.
 */
export interface Shelf<T extends Shelved> {
  add(group: string, item: T): void;
  get(id: string): T | undefined;
  /** All of one group, in order. */
  of(group: string): readonly T[];
  /** All groups together, in order. */
  all(): readonly T[];
  groups(): readonly string[];
  /** Whether a group has as many as are kept of one: another of it may have been dropped. */
  isFull(): boolean;
  clear(): void;
}

export function createShelf<T extends Shelved>(
  perGroupMax: number,
  keep: "newest" | "oldest" = "newest",
): Shelf<T> {
  const groups = new Map<string, T[]>();
  const byId = new Map<string, T>();
  /** Made when it is asked for, and kept while things come in order, as most do. */
  let merged: T[] | undefined;

  return {
    add(group, item) {
      if (byId.has(item.id)) return;
      let items = groups.get(group);
      if (items === undefined) {
        items = [];
        groups.set(group, items);
      }
      items.splice(placeFor(items, item), 0, item);
      byId.set(item.id, item);
      const last = merged?.at(-1);
      if (last !== undefined && byOrder(last, item) < 0) merged?.push(item);
      else merged = undefined;
      if (items.length <= perGroupMax) return;
      merged = undefined;
      const dropped = keep === "newest" ? items.shift() : items.pop();
      if (dropped !== undefined) byId.delete(dropped.id);
    },
    get: (id) => byId.get(id),
    of: (group) => groups.get(group) ?? [],
    all() {
      merged ??= [...groups.values()].flat().sort(byOrder);
      return merged;
    },
    groups: () => [...groups.keys()],
    isFull: () => [...groups.values()].some((items) => items.length >= perGroupMax),
    clear() {
      groups.clear();
      byId.clear();
      merged = undefined;
    },
  };
}

/** Most things come in order, so the search begins at the end. */
function placeFor<T extends Shelved>(items: readonly T[], item: T): number {
  let low = 0;
  let high = items.length;
  const last = items.at(-1);
  if (last === undefined || byOrder(last, item) < 0) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = items[middle];
    if (other !== undefined && byOrder(other, item) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
