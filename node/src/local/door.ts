import { PleiadError } from "@pleiad/sdk/errors";

/** Lets somebody do something in their turn. @throws PleiadError READS_TOO_MANY (retryable), also where who asked has gone meanwhile */
export type Door = <Result>(use: () => Promise<Result>, signal?: AbortSignal) => Promise<Result>;

/**
 * Lets so many at once do something, and so many wait, in the order in which they came. Whoever is one too many is refused at once, so
 * that what is asked faster than it is answered piles up nowhere.
 */
export function createDoor({
  parallelMax,
  waitingMax,
}: {
  readonly parallelMax: number;
  readonly waitingMax: number;
}): Door {
  const waiting = new Set<() => void>();
  let taken = 0;

  function turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        waiting.delete(enter);
        reject(tooMany("who asked has gone"));
      };
      waiting.add(enter);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }

  return async (use, signal) => {
    if (signal?.aborted === true) throw tooMany("who asked has gone");
    if (taken < parallelMax) taken += 1;
    else if (waiting.size >= waitingMax) throw tooMany(`${waiting.size} questions wait for their turn`);
    else await turn(signal);
    try {
      return await use();
    } finally {
      // The place goes from hand to hand, so nobody slips in between.
      const [next] = waiting;
      if (next === undefined) taken -= 1;
      else {
        waiting.delete(next);
        next();
      }
    }
  };
}

function tooMany(why: string): PleiadError {
  return new PleiadError(`too much is asked at once: ${why}`, {
    code: "READS_TOO_MANY",
    retryable: true,
    hint: "wait a moment, then try again",
  });
}
