import { createSemaphore, type Semaphore } from "./semaphore.ts";

/** Lets a bounded number work at once for each name, and a bounded number wait in order; see `createSemaphore`. */
export interface Turns {
  run<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

/** @param options.full the error for who finds too many waiting */
export function createTurns(options: {
  readonly workingMax: number;
  readonly waitingMax: number;
  readonly full: (name: string) => Error;
}): Turns {
  /** Names with somebody in them. */
  const turns = new Map<string, { readonly semaphore: Semaphore; users: number }>();
  return {
    async run(name, signal, work) {
      const semaphore = () => createSemaphore({ ...options, full: () => options.full(name) });
      const turn = turns.get(name) ?? { semaphore: semaphore(), users: 0 };
      turns.set(name, turn);
      turn.users += 1;
      try {
        return await turn.semaphore.run(signal, work);
      } finally {
        turn.users -= 1;
        if (turn.users === 0) turns.delete(name);
      }
    },
  };
}
