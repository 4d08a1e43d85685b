/**
 * Maps a list with at most `parallelMax` calls of `map` under way. The first failure ends it: no further call is
 * begun, and those under way are waited for, so that nothing goes on behind the caller's back.
 *
 * @returns the results in the order of `items`
 */
export async function mapParallel<Item, Result>(
  items: readonly Item[],
  parallelMax: number,
  map: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const rest = items.entries();
  let failure: { readonly error: unknown } | undefined;

  async function work(): Promise<void> {
    for (const [index, item] of rest) {
      if (failure !== undefined) return;
      try {
        results[index] = await map(item);
      } catch (error) {
        failure ??= { error };
      }
    }
  }

  await Promise.all(Array.from({ length: Math.min(parallelMax, items.length) }, work));
  if (failure !== undefined) throw failure.error;
  return results;
}
