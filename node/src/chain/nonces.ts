/** Which nonces of the account are free. One owner, never the same nonce twice at once (N1). */
export interface Nonces {
  /** The lowest free nonce; stays free until it is taken. */
  next(): number;
  take(nonce: number): void;
  /** Given up with nothing broadcast, or nothing that can still be mined: to be used again before any higher one. */
  free(nonce: number): void;
  /** Free nonces below a used one: what is above them is stuck until they are filled. */
  gaps(): readonly number[];
  /** The lowest nonce above all that are in use. A chain that has counted further has counted somebody else's. */
  readonly unused: number;
}

/**
 * @param options.first The lowest nonce that the chain has not counted.
 * @param options.used Nonces from `first` on that are in use.
 * @param options.unused Lowest nonce that was never used.
 */
export function createNonces(options: {
  readonly first: number;
  readonly used: readonly number[];
  readonly unused: number;
}): Nonces {
  const inUse = new Set(options.used);
  let { unused } = options;
  const freed = new Set<number>();
  for (let nonce = options.first; nonce < unused; nonce += 1) if (!inUse.has(nonce)) freed.add(nonce);
  forgetFreeEnd();

  /** Free nonces at the end are as good as never used. */
  function forgetFreeEnd(): void {
    while (freed.delete(unused - 1)) unused -= 1;
  }

  return {
    next: () => (freed.size === 0 ? unused : Math.min(...freed)),
    take(nonce) {
      if (!freed.delete(nonce) && nonce !== unused) throw new Error(`nonce ${nonce} is not free`);
      if (nonce === unused) unused += 1;
    },
    free(nonce) {
      if (nonce >= unused || freed.has(nonce)) throw new Error(`nonce ${nonce} is not in use`);
      freed.add(nonce);
      forgetFreeEnd();
    },
    gaps: () => [...freed].sort((a, b) => a - b),
    get unused() {
      return unused;
    },
  };
}
