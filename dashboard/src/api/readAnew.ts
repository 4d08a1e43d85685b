import type { QueryClient, QueryKey } from "@tanstack/react-query";

/**
 * Has what was read of a key read anew when it changes: once at a time, and once more for all that changed meanwhile. Begun anew at each of
 * many changes, a reading would never end; and a first reading that is on its way may have been answered before the change.
 */
export function createReader(queries: QueryClient): (queryKey: QueryKey) => Promise<void> {
  /** By key, whether it changed again while it is read. */
  const reading = new Map<string, boolean>();

  return async function readAnew(queryKey: QueryKey): Promise<void> {
    const name = JSON.stringify(queryKey);
    const isReading = reading.has(name);
    reading.set(name, isReading);
    if (isReading) return;
    const isFirst = queries
      .getQueryCache()
      .findAll({ queryKey, fetchStatus: "fetching" })
      .some(({ state }) => state.data === undefined);
    await queries.invalidateQueries({ queryKey });
    const isOld = reading.get(name) === true || isFirst;
    reading.delete(name);
    if (isOld) await readAnew(queryKey);
  };
}
