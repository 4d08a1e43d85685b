import { type QueryClient, type QueryKey, QueryObserver } from "@tanstack/react-query";
import { until } from "../../fixtures/until.ts";

/** Something that is read, answered when the test says so, with what it was when it was asked for. */
export function watchedQuery(queries: QueryClient, queryKey: QueryKey) {
  let value = 0;
  let readings = 0;
  const waiting: (() => void)[] = [];
  const observer = new QueryObserver(queries, {
    queryKey,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => {
      const asked = value;
      readings += 1;
      return new Promise<number>((resolve) => waiting.push(() => resolve(asked)));
    },
  });
  const end = observer.subscribe(() => {});
  return {
    change: () => {
      value += 1;
    },
    readings: () => readings,
    shown: () => observer.getCurrentResult().data,
    async answer() {
      await until("it is asked for", () => waiting.length > 0);
      waiting.shift()?.();
    },
    end,
  };
}
