/** Remembers what a pure function answered; what was asked for first is forgotten first. */
export interface Remembered<V> {
  /** The answer for a key that stands for all arguments; made where it is not remembered. */
  of(key: string, make: () => V): V;
}

export function createRemembered<V>(options: { readonly entriesMax: number }): Remembered<V> {
  const known = new Map<string, V>();
  return {
    of(key, make) {
      const there = known.get(key);
      if (there !== undefined) return there;
      const made = make();
      known.set(key, made);
      if (known.size > options.entriesMax) {
        const [oldest] = known.keys();
        if (oldest !== undefined) known.delete(oldest);
      }
      return made;
    },
  };
}
