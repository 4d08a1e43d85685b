import type { Config } from "../../config/table.ts";
import type { ModelLimits } from "../../work/places.ts";
import type { RefusalPolicy } from "../../work/refusals.ts";

export function refusalsOf({ jobs }: Config): RefusalPolicy {
  const { currencies, priceWeiMin, inputBytesMax, clusters } = jobs;
  return { currencies, priceWeiMin, inputBytesMax, clusters: clusters ?? undefined };
}

/** What the operator bounds by model. Where nothing is said the node's places count, of which there may be more later. */
export function modelLimitsOf({ models }: Config): ReadonlyMap<bigint, Partial<ModelLimits>> {
  return new Map(
    [...models].map(([model, { parallelMax, queueMax }]) => [
      model,
      {
        ...(parallelMax === undefined ? {} : { parallelMax }),
        ...(queueMax === undefined ? {} : { queueMax }),
      },
    ]),
  );
}

export function servicesOf(config: Config) {
  return new Map(
    [...config.models].map(([model, { service }]) => {
      const found = config.services.get(service);
      if (found === undefined) throw new Error(`the configuration let the missing service ${service} pass`);
      return [model, found];
    }),
  );
}
