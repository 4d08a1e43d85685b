/** In an order that follows from the seed: a run that is cut short says something about all files. */
export function draw<T>(list: readonly T[], seed: number): readonly T[] {
  const random = createRandom(seed);
  return list
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/** Numbers in 0 to 1 that follow from a seed (a 32-bit xorshift after a multiplication). */
function createRandom(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
