import type { Logger } from "pino";
import { type Approvals, openApprovals } from "../../agents/approvals/approvals.ts";
import { microsOf } from "../../agents/money/amounts.ts";
import { type Budgets, createLedger, type Ledger } from "../../agents/money/ledger.ts";
import { createStops, type Stops } from "../../agents/money/stops.ts";
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
  readonly budgets: Budgets;
  /** What is decided without asking a person, the first that fits. */
  readonly rules: Config["approvals"]["rules"];
  /** What budgets kept from being run, since the start. */
  readonly stops: Pick<Stops, "list">;
  /** Told after each turn that was counted, and each stop. Must not throw. The answer ends it. */
  onUsage(handler: () => void): () => void;
  stop(): Promise<void>;
}

/** @throws PleiadError STORE_… as the store gives them */
export async function openAgentBooks(
  config: Pick<Config, "budgets" | "approvals">,
  modules: { readonly store: Pick<Store, "usage" | "approvals">; readonly logger: Logger },
): Promise<AgentBooks> {
  const { approvals: store } = modules.store;
  const handlers = new Set<() => void>();
  const tell = (): void => {
    for (const handler of handlers) handler();
  };
  const usage = tellingUsage(modules.store.usage, tell);
  const budgets = budgetsOf(config);
  const stops = createStops();
  const logger = modules.logger.child({ module: "approvals" });
  const { rules, waitMs } = config.approvals;
  const approvals = await openApprovals({ rules, waitMs }, { store, logger });
  return {
    ledger: createLedger(
      { budgets },
      {
        usage,
        onStop(stop) {
          stops.note(stop);
          tell();
        },
      },
    ),
    approvals,
    usage,
    budgets,
    rules,
    stops,
    onUsage(handler) {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
    stop: () => approvals.stop(),
  };
}

/** The store, which tells of each turn that it has kept. */
function tellingUsage(usage: UsageStore, tell: () => void): UsageStore {
  return {
    async add(row, sums) {
      const added = await usage.add(row, sums);
      tell();
      return added;
    },
    sum: (key) => usage.sum(key),
    sums: (kind) => usage.sums(kind),
    rows: (limit) => usage.rows(limit),
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
