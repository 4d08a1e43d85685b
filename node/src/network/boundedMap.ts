import type { Clock } from "./clock.ts";

/** A map that forgets: the least recently used entry when it is full, and any entry whose time is over. */
export interface BoundedMap<K, V> {
  readonly size: number;
  get(key: K): V | undefined;
  /** Sets or replaces. `ttlMs` overrides the map's own. */
  set(key: K, value: V, ttlMs?: number): void;
  delete(key: K): boolean;
  clear(): void;
  /** Entries whose time is not over, least recently used first. */
  entries(): IterableIterator<[K, V]>;
}

/**
 * @param options.entriesMax entries kept
 * @param options.ttlMs how long an entry is kept after it was set. @default for ever
 */
export function createBoundedMap<K, V>(
  options: { readonly entriesMax: number; readonly ttlMs?: number },
  modules: { readonly clock: Clock },
): BoundedMap<K, V> {
  const { clock } = modules;
  const held = new Map<K, { value: V; endsMs: number }>();

  function live(key: K): { value: V; endsMs: number } | undefined {
    const entry = held.get(key);
    if (entry === undefined) return undefined;
    if (entry.endsMs > clock.monotonicMs()) return entry;
    held.delete(key);
    return undefined;
  }

  return {
    get size() {
      return held.size;
    },
    get(key) {
      const entry = live(key);
      if (entry === undefined) return undefined;
      // A Map keeps the order of insertion; putting the entry back makes it the youngest.
      held.delete(key);
      held.set(key, entry);
      return entry.value;
    },
    set(key, value, ttlMs = options.ttlMs ?? Number.POSITIVE_INFINITY) {
      held.delete(key);
      held.set(key, { value, endsMs: clock.monotonicMs() + ttlMs });
      if (held.size <= options.entriesMax) return;
      const oldest = held.keys().next();
      if (!oldest.done) held.delete(oldest.value);
    },
    delete: (key) => held.delete(key),
    clear: () => held.clear(),
    *entries() {
      const nowMs = clock.monotonicMs();
      for (const [key, entry] of held) if (entry.endsMs > nowMs) yield [key, entry.value];
    },
  };
}
