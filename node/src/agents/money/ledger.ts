import { randomUUID } from "node:crypto";
import { AgentError } from "../errors.ts";
import { chargeOf, costOf, decimalOf } from "./amounts.ts";
import type { Stop } from "./stops.ts";
import type { Micros, PriceTable, RunOf, SumKey, SumKind, TurnUsage, UsageStore } from "./types.ts";

/** Names of agents, services and models are cut here. */
const NAME_CHARACTERS_MAX = 200;
/** A turn of a billion tokens is no turn: it would be a mistake of a driver or of a provider. */
export const TURN_TOKENS_MAX = 1_000_000_000;
/** A run whose provider says that one turn cost a million units of a currency is stopped, and the row says no more. Micro-units. */
const TURN_MICROS_MAX = 1_000_000_000_000n;

/** What may be spent, in micro-units of one currency; undefined: as much as there is. */
export interface Budgets {
  readonly currency: string;
  readonly run: Micros | undefined;
  readonly agent: Micros | undefined;
  readonly cluster: Micros | undefined;
  readonly user: Micros | undefined;
  /** By everybody together, in a UTC day. */
  readonly day: Micros | undefined;
}

export interface RunStart extends RunOf {
  /** Of its service; undefined where it has none. */
  readonly prices: PriceTable | undefined;
  /** What this agent was given when it was spawned; the smaller of it and `Budgets.agent` counts. @default none */
  readonly agentBudgetMicros?: Micros | undefined;
  /** Who spawned it, who spawned that one, and so on: what it uses counts as theirs, too. @default nobody */
  readonly family?: readonly FamilyMember[];
}

/** An agent on whose budget another one draws. */
export interface FamilyMember {
  /** As in `RunOf`. */
  readonly agent: string;
  /** What it was given when it was spawned; the smaller of it and `Budgets.agent` counts. */
  readonly budgetMicros: Micros | undefined;
}

/** Whether a run may go on. */
export type Verdict = { readonly goOn: true } | { readonly goOn: false; readonly error: AgentError };

/** Counts one run. */
export interface RunMeter {
  /** Same in all rows of the run. */
  readonly run: string;
  /**
   * Notes what the provider's record says of a turn, flushed, and says whether the run may go on. What was spent is kept, whatever
   * the answer is: a run that may not go on is to be stopped, and ends with the error.
   */
  spend(usage: TurnUsage): Promise<Verdict>;
}

export interface Ledger {
  /**
   * Asks before a run is started.
   *
   * @throws AgentError BUDGET_USED_UP; BUDGET_PRICE_MISSING where a budget counts and nobody can tell what the run costs
   */
  begin(start: RunStart): Promise<RunMeter>;
  /** What is left to an agent by its own budget, those of its family, and those of cluster, user and day; undefined: as much as there is. */
  left(
    who: Pick<RunStart, "agent" | "cluster" | "user" | "agentBudgetMicros" | "family">,
  ): Promise<Micros | undefined>;
}

/** One budget that counts for a run, and what it is of. */
interface Account extends SumKey {
  readonly limit: Micros | undefined;
}

/**
 * The books of what agents use. A budget is looked at before a run and after each turn, against what is on disk; turns that
 * are under way at that moment are not known yet, so each run passes it by one turn at most.
 *
 * @param options.now Unix milliseconds. @default Date.now
 *
 * @example
 * const meter = await ledger.begin({ agent: "ada", service: "claude", task, cluster, user, prices });
 * const verdict = await meter.spend(usage);
 * if (!verdict.goOn) await session.close();
 */
export function createLedger(
  options: { readonly budgets: Budgets; readonly now?: () => number },
  modules: {
    readonly usage: UsageStore;
    /** Told of each run that a budget keeps from being run. @default nobody */
    readonly onStop?: (stop: Stop) => void;
  },
): Ledger {
  const { budgets, now = Date.now } = options;
  const { usage: store, onStop } = modules;

  function tellStop(
    { agent, service, task, cluster, user }: RunStart,
    error: AgentError,
    wasRunning: boolean,
  ): void {
    const { kind, key } = error.details as { readonly kind?: SumKind | "run"; readonly key?: string };
    const code = error.code as Stop["code"];
    const of = { agent: cut(agent), service: cut(service), task, cluster, user };
    onStop?.({ ...of, code, kind, key, wasRunning, message: error.message });
  }

  /** What is summed up for a run at this moment, and the limit of each. */
  function accountsOf(who: Parameters<Ledger["left"]>[0]): readonly Account[] {
    const { family = [] } = who;
    const self = { agent: who.agent, budgetMicros: who.agentBudgetMicros };
    const agents = new Map<string, Micros | undefined>();
    // A name that comes twice is one agent: a sum is added to once.
    for (const { agent, budgetMicros } of [self, ...family]) {
      const key = cut(agent);
      agents.set(key, smaller(agents.get(key), smaller(budgets.agent, budgetMicros)));
    }
    const { cluster, user, day } = budgets;
    return [
      ...[...agents].map(([key, limit]): Account => ({ kind: "agent", key, limit })),
      ...(who.cluster === undefined
        ? []
        : [{ kind: "cluster", key: who.cluster.toString(), limit: cluster } as const]),
      ...(who.user === undefined
        ? []
        : [{ kind: "user", key: who.user.toLowerCase(), limit: user } as const]),
      { kind: "day", key: new Date(now()).toISOString().slice(0, "2026-01-31".length), limit: day },
    ];
  }

  const spentOf = async ({ kind, key }: Account): Promise<Micros> =>
    (await store.sum({ kind, key }))?.micros[budgets.currency] ?? 0n;

  /** @throws AgentError as `Ledger.begin` does */
  async function requireMoney(start: RunStart): Promise<void> {
    const { currency } = budgets;
    // Also those of nobody that is known here: a budget of 0 stops everything of its kind.
    const limits = [
      ...Object.entries(limitsOf(budgets)),
      ...accountsOf(start).map(({ kind, limit }) => [kind, limit] as const),
    ];
    if (limits.some(([, limit]) => limit !== undefined) && start.prices?.currency !== currency)
      throw priceMissing(start, currency);
    const none = limits.find(([, limit]) => limit === 0n);
    if (none !== undefined) throw usedUp(none[0], undefined, 0n, 0n, currency);
    for (const account of accountsOf(start)) {
      const { kind, key, limit } = account;
      if (limit === undefined) continue;
      const spent = await spentOf(account);
      if (spent >= limit) throw usedUp(kind, key, spent, limit, currency);
    }
  }

  return {
    async begin(start) {
      const { currency, run: runLimit } = budgets;
      try {
        await requireMoney(start);
      } catch (error) {
        if (error instanceof AgentError) tellStop(start, error, false);
        throw error;
      }
      const stop = (error: AgentError): Verdict => {
        tellStop(start, error, true);
        return { goOn: false, error };
      };
      const run = randomUUID();
      let spentByRun = 0n;
      return {
        run,
        async spend(given) {
          const usage = checked(given);
          const { prices, agentBudgetMicros: _budget, family: _family, ...of } = start;
          const computedMicros = prices === undefined ? undefined : costOf(usage, prices);
          const charge = chargeOf(usage, prices, currency);
          const row = {
            ...of,
            ...usage,
            agent: cut(start.agent),
            service: cut(start.service),
            run,
            atMs: now(),
            prices,
            computedMicros,
            charge,
          };
          const accounts = accountsOf(start);
          const sums = await store.add(
            row,
            accounts.map(({ kind, key }) => ({ kind, key })),
          );
          if (charge?.currency === currency) spentByRun += charge.micros;
          if (runLimit !== undefined && spentByRun >= runLimit)
            return stop(usedUp("run", run, spentByRun, runLimit, currency));
          for (const [at, { kind, key, micros }] of sums.entries()) {
            const limit = accounts[at]?.limit;
            const spent = micros[currency] ?? 0n;
            if (limit !== undefined && spent >= limit) return stop(usedUp(kind, key, spent, limit, currency));
          }
          return { goOn: true };
        },
      };
    },
    async left(who) {
      let left: Micros | undefined;
      for (const account of accountsOf(who)) {
        if (account.limit === undefined) continue;
        const rest = account.limit - (await spentOf(account));
        left = smaller(left, rest > 0n ? rest : 0n);
      }
      return left;
    },
  };
}

/** Budgets by what they are of. */
function limitsOf({ currency: _currency, ...limits }: Budgets): Omit<Budgets, "currency"> {
  return limits;
}

/** Counts of a provider are not to be trusted: what is no count becomes one, and what is too large is cut. */
function checked(usage: TurnUsage): TurnUsage {
  const tokens = (count: number | undefined) => {
    if (count === undefined) return undefined;
    return Number.isFinite(count) ? Math.min(TURN_TOKENS_MAX, Math.max(0, Math.ceil(count))) : 0;
  };
  const { reportedMicros, model, isWhole } = usage;
  return {
    model: model === undefined ? undefined : cut(model),
    inputTokens: tokens(usage.inputTokens),
    outputTokens: tokens(usage.outputTokens),
    cachedTokens: tokens(usage.cachedTokens),
    reportedMicros: reportedMicros === undefined ? undefined : clamped(reportedMicros),
    isWhole,
  };
}

function clamped(micros: Micros): Micros {
  if (micros < 0n) return 0n;
  return micros > TURN_MICROS_MAX ? TURN_MICROS_MAX : micros;
}

function cut(text: string): string {
  return text.slice(0, NAME_CHARACTERS_MAX);
}

function smaller(a: Micros | undefined, b: Micros | undefined): Micros | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a < b) return a;
  return b;
}

/** Words for a budget, by what it is of. */
const WORDS: Readonly<Record<SumKind | "run", (key: string) => string>> = {
  run: () => "of one run",
  agent: (key) => `of agent ${JSON.stringify(key)}`,
  cluster: (key) => `of cluster ${key}`,
  user: (key) => `of user ${key}`,
  day: (key) => `of ${key}`,
};

function usedUp(
  kind: string,
  key: string | undefined,
  spent: Micros,
  limit: Micros,
  currency: string,
): AgentError {
  const details = { kind, key, spentMicros: spent, limitMicros: limit, currency };
  if (limit === 0n)
    return new AgentError("BUDGET_USED_UP", `the budget for a ${kind} is 0, so nothing is run`, { details });
  const words = WORDS[kind as SumKind | "run"](key ?? "");
  const message = `the budget ${words} is used up: ${decimalOf(spent)} of ${decimalOf(limit)} ${currency}`;
  return new AgentError("BUDGET_USED_UP", message, { details });
}

function priceMissing({ service, prices }: RunStart, currency: string): AgentError {
  const message =
    prices === undefined
      ? `there is a budget, and the service ${service} has no prices`
      : `the budget is in ${currency}, and the prices of the service ${service} are in ${prices.currency}`;
  return new AgentError("BUDGET_PRICE_MISSING", message, { details: { service, currency } });
}
