/** Lets so many at once do something, the others one after the other in the order in which they came. */
export type Turns = <Result>(use: () => Promise<Result>) => Promise<Result>;

export function createTurns(parallelMax = 1): Turns {
  const waiting: (() => void)[] = [];
  let taken = 0;
  return async (use) => {
    if (taken < parallelMax) taken += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await use();
    } finally {
      const next = waiting.shift();
      // The place goes from hand to hand, so nobody slips in between.
      if (next === undefined) taken -= 1;
      else next();
    }
  };
}

/** The same for each key: what is about one thing happens one after the other. */
export function createKeyedTurns(): <Result>(key: string, use: () => Promise<Result>) => Promise<Result> {
  const turns = new Map<string, { readonly take: Turns; users: number }>();
  return async (key, use) => {
    const turn = turns.get(key) ?? { take: createTurns(), users: 0 };
    turns.set(key, turn);
    turn.users += 1;
    try {
      return await turn.take(use);
    } finally {
      turn.users -= 1;
      if (turn.users === 0) turns.delete(key);
    }
  };
}
