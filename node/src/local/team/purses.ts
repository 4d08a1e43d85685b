import { microsOf, priceTableOf } from "../../agents/money/amounts.ts";
import type { Ledger, RunMeter } from "../../agents/money/ledger.ts";
import type { HelperPlan, Purse } from "../../agents/team/ports.ts";
import type { ServiceConfig } from "../../config/service.ts";
import { turnUsageOf } from "../turnUsage.ts";
import { bookNameOf, familyOf } from "./families.ts";

/** What helpers' turns cost: each is a run of its own in the books, under the helper's name on this node. */
export function purseOf(
  options: { readonly node: bigint; readonly services: ReadonlyMap<string, ServiceConfig> },
  modules: { readonly ledger: Pick<Ledger, "begin"> },
): Purse {
  const { node, services } = options;
  /** Turns that have begun and not ended, by helper: one at a time. */
  const meters = new Map<string, RunMeter>();
  const keyOf = ({ cluster, name }: HelperPlan) => `${cluster}-${name}`;

  return {
    async begin(plan) {
      const prices = services.get(plan.service)?.prices;
      const meter = await modules.ledger.begin({
        agent: bookNameOf(node, plan),
        family: familyOf(plan),
        service: plan.service,
        task: undefined,
        cluster: plan.cluster,
        user: plan.user as `0x${string}`,
        prices: prices === undefined ? undefined : priceTableOf(prices),
        agentBudgetMicros: plan.budget === undefined ? undefined : microsOf(plan.budget),
      });
      meters.set(keyOf(plan), meter);
    },
    async spent(plan, told, hasEnded) {
      const meter = meters.get(keyOf(plan));
      meters.delete(keyOf(plan));
      // Whether there is anything left the next turn is told, before it begins.
      await meter?.spend(turnUsageOf(told, { hasEnded }));
    },
  };
}
