import { WINDOW_ITEMS_MAX } from "./limits.ts";

export interface Listed {
  readonly id: string;
}

/** A run of a long list, without gaps: what the daemon gave at once, or what the page has put together of that. */
export interface ListWindow<Item extends Listed> {
  readonly items: readonly Item[];
  readonly hasEarlier: boolean;
  readonly hasLater: boolean;
}

/**
 * Lays what was read now over what is there; undefined where they have nothing in common, so that it is not known what stands between.
 * Items that are as they were stay the same objects, so that nothing of them is drawn anew.
 */
export function laidOver<Item extends Listed>(
  there: ListWindow<Item>,
  page: ListWindow<Item>,
): ListWindow<Item> | undefined {
  if (there.items.length === 0 || page.items.length === 0) return page;
  const ids = new Set(page.items.map(({ id }) => id));
  const [first, last] = [
    there.items.findIndex(({ id }) => ids.has(id)),
    there.items.findLastIndex(({ id }) => ids.has(id)),
  ];
  if (first < 0) return undefined;
  const known = new Map(there.items.slice(first, last + 1).map((item) => [item.id, item]));
  const fresh = page.items.map((item) => {
    const before = known.get(item.id);
    return before !== undefined && JSON.stringify(before) === JSON.stringify(item) ? before : item;
  });
  const isUnchanged =
    fresh.length === last - first + 1 && fresh.every((item, at) => item === there.items[first + at]);
  const hasEarlier = first === 0 ? page.hasEarlier : there.hasEarlier;
  const hasLater = last === there.items.length - 1 ? page.hasLater : there.hasLater;
  if (isUnchanged && hasEarlier === there.hasEarlier && hasLater === there.hasLater) return there;
  const items = isUnchanged
    ? there.items
    : [...there.items.slice(0, first), ...fresh, ...there.items.slice(last + 1)];
  return { items, hasEarlier, hasLater };
}

/** What was read before the first of what is there. */
export function withEarlier<Item extends Listed>(
  there: ListWindow<Item>,
  page: ListWindow<Item>,
): ListWindow<Item> {
  const items = [...page.items, ...there.items];
  const isTooLong = items.length > WINDOW_ITEMS_MAX;
  return {
    items: isTooLong ? items.slice(0, WINDOW_ITEMS_MAX) : items,
    hasEarlier: page.hasEarlier,
    hasLater: there.hasLater || isTooLong,
  };
}

/** What was read after the last of what is there. */
export function withLater<Item extends Listed>(
  there: ListWindow<Item>,
  page: ListWindow<Item>,
): ListWindow<Item> {
  const items = [...there.items, ...page.items];
  const isTooLong = items.length > WINDOW_ITEMS_MAX;
  return {
    items: isTooLong ? items.slice(-WINDOW_ITEMS_MAX) : items,
    hasEarlier: there.hasEarlier || isTooLong,
    hasLater: page.hasLater,
  };
}
