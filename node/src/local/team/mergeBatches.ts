/**
 * What several tell, as it comes, until all have ended or one fails. With each one step is asked for at a time, so whoever does not read makes
 * all of them wait.
 */
export async function* mergeBatches<Batch>(
  sources: readonly AsyncIterable<Batch>[],
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  const going = new Map(
    sources.map((source) => {
      const iterator = source[Symbol.asyncIterator]();
      return [iterator, stepOf(iterator)] as const;
    }),
  );
  // Nobody to watch: the stream stays open all the same, until the reader goes.
  if (going.size === 0) {
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
  try {
    while (going.size > 0) {
      const { iterator, step } = await Promise.race(going.values());
      if (step.done === true) going.delete(iterator);
      else {
        yield step.value;
        going.set(iterator, stepOf(iterator));
      }
    }
  } finally {
    // What still waits ends with the signal; nobody waits for it here.
    for (const step of going.values()) step.catch(() => {});
  }
}

async function stepOf<Batch>(iterator: AsyncIterator<Batch>) {
  return { iterator, step: await iterator.next() };
}
