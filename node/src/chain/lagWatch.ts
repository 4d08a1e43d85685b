import type { Endpoint, Endpoints } from "./endpoints.ts";
import { chainFailure } from "./errors.ts";

/** How often endpoints that are not in use are asked for their newest block. Milliseconds. */
export const LAG_LOOK_INTERVAL_MS = 15_000;
/** Blocks and seconds behind: on a quick chain the first is nothing, on a slow one the second. */
export const LAG_BLOCKS_MAX = 3;
export const LAG_SECONDS_MAX = 30n;
/** Looks in a row at which an endpoint must be behind: one request may have waited long. */
export const LAG_LOOKS_MAX = 2;

/**
 * Finds endpoints that lag behind the others. With three or more the second newest head is the measure, so that one
 * that makes up a head does not make all others lag.
 */
export function createLagWatch(modules: { readonly endpoints: Endpoints }): {
  /** To be called when all endpoints were asked for their newest block. */
  judge(): void;
} {
  const { endpoints } = modules;
  const looks = new Map<Endpoint, number>();

  return {
    judge() {
      const told = endpoints.all.filter(({ head }) => head !== undefined).filter(endpoints.isTrusted);
      const heads = told.flatMap(({ head }) => head ?? []);
      const sorted = heads.sort((a, b) => Number(b.number - a.number));
      const measure = sorted[told.length >= 3 ? 1 : 0];
      for (const endpoint of told) {
        const { head } = endpoint;
        if (measure === undefined || head === undefined) continue;
        const blocks = measure.number - head.number;
        const isBehind = blocks >= LAG_BLOCKS_MAX && measure.timestamp - head.timestamp >= LAG_SECONDS_MAX;
        const count = isBehind ? (looks.get(endpoint) ?? 0) + 1 : 0;
        looks.set(endpoint, count);
        if (count < LAG_LOOKS_MAX) continue;
        looks.delete(endpoint);
        const what = `${endpoint.name} on eth_getBlockByNumber ["latest",false]: ${blocks} blocks behind another endpoint`;
        endpoints.quarantine(
          endpoint,
          "lags",
          chainFailure("RPC_LAGS", what, { details: { endpoint: endpoint.name, blocks } }),
        );
      }
    },
  };
}
