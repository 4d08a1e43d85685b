/** A second's worth at once, and then as it comes in. */
export interface Bucket {
  /** Takes `amount` if there is so much. */
  take(amount: number): boolean;
}

export function createBucket(perSecond: number, now: () => number = () => performance.now()): Bucket {
  let left = perSecond;
  let at = now();
  return {
    take(amount) {
      const present = now();
      left = Math.min(perSecond, left + ((present - at) / 1_000) * perSecond);
      at = present;
      if (left < amount) return false;
      left -= amount;
      return true;
    },
  };
}
