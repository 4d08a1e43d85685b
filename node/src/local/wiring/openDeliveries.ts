import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { Logger } from "pino";
import { systemClock } from "../../chain/clock.ts";
import { weiOfGwei } from "../../chain/fees.ts";
import type { Journal } from "../../chain/journal.ts";
import type { Submitter } from "../../chain/submitterTypes.ts";
import type { Config } from "../../config/table.ts";
import { createDeliveries, type Deliveries } from "../../work/deliveries.ts";
import { createCallbackChain, createDeliverer } from "../deliverer.ts";

import type { FollowedChain } from "./followChain.ts";

/** What tells consumers of the ends of runs. */
export function openDeliveries(
  config: Config,
  { clusterExecutions: contract }: Deployment,
  node: bigint,
  modules: {
    readonly chain: FollowedChain;
    readonly submitter: Submitter;
    readonly journal: Journal;
    readonly logger: Logger;
  },
): Deliveries {
  const { chain, submitter, journal, logger } = modules;
  const { projection, versions, rpc, view, isSettled } = chain;
  const priorityFeeWei = weiOfGwei(config.submitter.priorityFeeGwei);
  const onChange = (handler: () => void) => view.onChange(() => handler());
  const callbacks = createCallbackChain({ projection, versions, isSettled, onChange });
  const deliverer = createDeliverer(
    { contract, priorityFeeWei },
    { projection, versions, rpc, submitter, journal: journal.transactions },
  );
  return createDeliveries({ node }, { chain: callbacks, deliverer, clock: systemClock(), logger });
}
