/** Collects what callbacks tell, and resolves when there is enough. */
export function collector<T>(): {
  readonly items: T[];
  add(item: T): void;
  until(count: number): Promise<void>;
} {
  const items: T[] = [];
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  return {
    items,
    add: (item) => {
      items.push(item);
      for (const { count, resolve } of waiting) if (items.length >= count) resolve();
    },
    until: (count) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ count, resolve });
      if (items.length >= count) resolve();
      return promise;
    },
  };
}
