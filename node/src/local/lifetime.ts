/** Longest orderly end of a daemon that broke; then its process ends as it is. Milliseconds. */
export const CLOSE_TIMEOUT_MS = 5_000;

/** What a daemon has opened, and how it is closed again. */
export interface Lifetime {
  /** Remembers how to close a thing, and answers the thing. */
  keep<T>(thing: T, close: (thing: T) => Promise<unknown>): T;
  /**
   * Closes everything that is open, the last kept first; what fails keeps nothing else open.
   *
   * @throws the first failure, after everything was closed
   */
  close(): Promise<void>;
  /** Settles as the first of `ends` does; where that is a failure, after everything was closed. */
  endsWith(ends: readonly Promise<void>[]): Promise<void>;
}

export function createLifetime(): Lifetime {
  const closings: (() => Promise<unknown>)[] = [];
  let closed: Promise<void> | undefined;

  async function closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of closings.splice(0).reverse()) {
      await close().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  function close(): Promise<void> {
    // What was kept meanwhile is closed by whoever asks again.
    closed = closed === undefined ? closeAll() : closed.then(closeAll);
    return closed;
  }

  return {
    keep(thing, closeThing) {
      closings.push(async () => closeThing(thing));
      return thing;
    },
    close,
    endsWith(ends) {
      const ended = Promise.race(ends).catch(async (reason: unknown) => {
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<void>((resolve) => {
          timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
        });
        // What ended it says more than what could not be closed after that.
        await Promise.race([close().catch(() => undefined), late]);
        clearTimeout(timer);
        throw reason;
      });
      // It may end before anybody waits for that.
      ended.catch(() => undefined);
      return ended;
    },
  };
}
