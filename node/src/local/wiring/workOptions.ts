import type { Config } from "../../config/table.ts";
import { MODEL_QUEUE_MAX_DEFAULT } from "../../work/jobs.ts";
import type { ModelLimits } from "../../work/places.ts";
import type { RefusalPolicy } from "../../work/refusals.ts";

export function refusalsOf({ jobs }: Config): RefusalPolicy {
  const { currencies, priceWeiMin, inputBytesMax, clusters } = jobs;
  return { currencies, priceWeiMin, inputBytesMax, clusters: clusters ?? undefined };
}

export function modelLimitsOf({ models, jobs }: Config): ReadonlyMap<bigint, ModelLimits> {
  return new Map(
    [...models].map(([model, { parallelMax = jobs.parallelMax, queueMax = MODEL_QUEUE_MAX_DEFAULT }]) => {
      return [model, { parallelMax, queueMax }];
    }),
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
