/** Lets the work of each peer go on in portions, so that between two of them everybody else has a turn. */
export interface Portions {
  /** Answers when it is this piece's turn: at once, or after others of the same name that came before it. */
  turn(name: string, weight: number): Promise<void>;
}

interface Portion {
  used: number;
  readonly waiting: { readonly weight: number; readonly go: () => void }[];
}

/**
 * A portion is what one name may do between two looks at the sockets. What waits is bounded by who lets work in: here by the
 * rates at which a peer is read.
 *
 * @param options.weightMax of a portion; a single piece may weigh more
 */
export function createPortions(options: { readonly weightMax: number }): Portions {
  const portions = new Map<string, Portion>();
  let isScheduled = false;

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    // After the sockets were looked at, not before.
    setImmediate(() => {
      isScheduled = false;
      for (const [name, portion] of portions) renew(name, portion);
      if (portions.size > 0) schedule();
    });
  }

  function renew(name: string, portion: Portion): void {
    portion.used = 0;
    while (portion.used < options.weightMax) {
      const next = portion.waiting.shift();
      if (next === undefined) break;
      portion.used += next.weight;
      next.go();
    }
    if (portion.used === 0) portions.delete(name);
  }

  return {
    turn(name, weight) {
      const portion = portions.get(name) ?? { used: 0, waiting: [] };
      portions.set(name, portion);
      schedule();
      if (portion.waiting.length === 0 && portion.used < options.weightMax) {
        portion.used += weight;
        return Promise.resolve();
      }
      return new Promise((go) => portion.waiting.push({ weight, go }));
    },
  };
}
