import type { Query, QueryClient, QueryFilters } from "@tanstack/react-query";

/**
 * Has what was read anew when it changes. What is being read just then may have been answered before the change, so it is read once more when
 * it is there, for all that changed meanwhile. Begun anew at each of many changes, a reading would never end.
 */
export function createReader(queries: QueryClient): (...filters: readonly QueryFilters[]) => void {
  const cache = queries.getQueryCache();
  /** What changed while it was read. */
  const old = new Set<Query>();
  let endHearing: (() => void) | undefined;

  function heed({ query }: { readonly query: Query }): void {
    if (isBeingRead(query) || !old.delete(query)) return;
    if (old.size === 0) {
      endHearing?.();
      endHearing = undefined;
    }
    read(new Set([query]));
  }

  function read(ones: ReadonlySet<Query>): void {
    void queries.invalidateQueries({ predicate: (query) => ones.has(query) });
  }

  return function readAnew(...filters: readonly QueryFilters[]): void {
    const found = new Set(filters.flatMap((one) => cache.findAll(one)));
    for (const query of found) {
      if (!isBeingRead(query)) continue;
      found.delete(query);
      old.add(query);
      endHearing ??= cache.subscribe(heed);
    }
    read(found);
  };
}

/** What failed and would be tried again later is not: now is a better time. */
function isBeingRead({ state }: Query): boolean {
  return state.fetchStatus === "fetching" && (state.fetchFailureCount === 0 || state.data === undefined);
}
