/** Lets a bounded number work at once, and a bounded number wait in order. */
export interface Semaphore {
  /** Runs `work` when there is room. Rejects with `full()` when too many wait, with the signal's reason when it ends. */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

/** @param options.workingMax run at once; @param options.waitingMax wait for a place; @param options.full the error */
export function createSemaphore(options: {
  readonly workingMax: number;
  readonly waitingMax: number;
  readonly full: () => Error;
}): Semaphore {
  let working = 0;
  const waiting: (() => void)[] = [];

  function enter(signal: AbortSignal): Promise<void> {
    if (working < options.workingMax) {
      working++;
      return Promise.resolve();
    }
    if (waiting.length >= options.waitingMax) return Promise.reject(options.full());
    return new Promise((resolve, reject) => {
      const take = () => {
        signal.removeEventListener("abort", onAbort);
        working++;
        resolve();
      };
      const onAbort = () => {
        waiting.splice(waiting.indexOf(take), 1);
        reject(signal.reason);
      };
      waiting.push(take);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  return {
    async run(signal, work) {
      signal.throwIfAborted();
      await enter(signal);
      try {
        return await work();
      } finally {
        working--;
        waiting.shift()?.();
      }
    },
  };
}
