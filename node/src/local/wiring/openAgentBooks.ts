import type { Logger } from "pino";
import { type Approvals, openApprovals } from "../../agents/approvals/approvals.ts";
import { microsOf } from "../../agents/money/amounts.ts";
import { type Budgets, createLedger, type Ledger } from "../../agents/money/ledger.ts";
import type { UsageStore } from "../../agents/money/types.ts";
import type { Config } from "../../config/table.ts";
import type { Store } from "../../store/open.ts";

/** What agents spend and what they ask for: the one set of books of a daemon. */
export interface AgentBooks {
  /** Asked before each run, and after each of its turns. */
  readonly ledger: Ledger;
  /** What `SessionStart.askPermission` asks. */
  readonly approvals: Approvals;
  readonly usage: UsageStore;
  stop(): Promise<void>;
}

/** @throws PleiadError STORE_… as the store gives them */
export async function openAgentBooks(
  config: Pick<Config, "budgets" | "approvals">,
  modules: { readonly store: Pick<Store, "usage" | "approvals">; readonly logger: Logger },
): Promise<AgentBooks> {
  const { usage, approvals: store } = modules.store;
  const logger = modules.logger.child({ module: "approvals" });
  const { rules, waitMs } = config.approvals;
  const approvals = await openApprovals({ rules, waitMs }, { store, logger });
  return {
    ledger: createLedger({ budgets: budgetsOf(config) }, { usage }),
    approvals,
    usage,
    stop: () => approvals.stop(),
  };
}

function budgetsOf({ budgets }: Pick<Config, "budgets">): Budgets {
  const { currency, run, agent, cluster, user, day } = budgets;
  const micros = (amount: string | null) => (amount === null ? undefined : microsOf(amount));
  return {
    currency,
    run: micros(run),
    agent: micros(agent),
    cluster: micros(cluster),
    user: micros(user),
    day: micros(day),
  };
}
