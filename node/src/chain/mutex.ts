/** Runs tasks one after the other, in the order in which they came. */
export type Alone = <T>(task: () => Promise<T>) => Promise<T>;

/** @returns a function that runs its task once all tasks before it have ended, well or not */
export function createMutex(): Alone {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const run = last.then(task);
    last = run.catch(() => undefined);
    return run;
  };
}
