import type { Address } from "viem";

/** Millionths of a currency's unit: no amount here is ever a floating-point number. */
export type Micros = bigint;

/** What a service's tokens cost, in micro-units for a million of them. */
export interface PriceTable {
  readonly currency: string;
  readonly inputMicrosPerMillion: Micros;
  readonly outputMicrosPerMillion: Micros;
  readonly cachedMicrosPerMillion: Micros;
}

/** Who runs what, and on whose account. */
export interface RunOf {
  /** The agent or helper, by a name that is one agent's on this node for ever. */
  readonly agent: string;
  readonly service: string;
  /** Undefined for work that is no execution's. */
  readonly task: { readonly execution: bigint; readonly index: number } | undefined;
  readonly cluster: bigint | undefined;
  readonly user: Address | undefined;
}

/**
 * What a provider's record says of one turn. What a token cost is told once: the three counts do not overlap. Undefined is what
 * nobody told, which is not zero.
 */
export interface TurnUsage {
  /** Model, as the provider names it; undefined where it does not. */
  readonly model: string | undefined;
  /** Read by the model, and not from a cache. */
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  /** Read from the provider's cache. */
  readonly cachedTokens: number | undefined;
  /** What the provider itself says that it cost, in millionths of a dollar. */
  readonly reportedMicros: Micros | undefined;
  /** Whether that is all of it: false where a turn ended before its provider had told, or one never tells. */
  readonly isWhole: boolean;
}

/** One turn, as it is kept. */
export interface UsageRow extends RunOf, TurnUsage {
  /** Sorts by time. */
  readonly id: string;
  readonly atMs: number;
  /** Same for all turns of one run. */
  readonly run: string;
  /** The prices that the cost was computed from; undefined where the service has none. */
  readonly prices: PriceTable | undefined;
  /** Computed from the prices and what was counted, rounded up; undefined without either. */
  readonly computedMicros: Micros | undefined;
  /** What counts for budgets, in `currency`; undefined where nobody can tell. */
  readonly charge: { readonly currency: string; readonly micros: Micros } | undefined;
}

/** By what usage is summed up. A day is UTC's, as 2026-01-31. */
export const SUM_KINDS = ["agent", "cluster", "user", "day"] as const;
export type SumKind = (typeof SUM_KINDS)[number];

export interface SumKey {
  readonly kind: SumKind;
  readonly key: string;
}

/** What all turns of one agent, cluster, user or day come to. */
export interface UsageSum extends SumKey {
  readonly turns: number;
  /** Those of which not all is known: they used more than is counted here. */
  readonly unknownTurns: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
  /** What counts for budgets, by currency. */
  readonly micros: Readonly<Record<string, Micros>>;
  readonly updatedAtMs: number;
}

/** Where usage is kept; `store/usageBook.ts` keeps it on disk. */
export interface UsageStore {
  /**
   * Writes a row and adds it to sums, all or nothing, flushed.
   *
   * @param row its `charge` is what it adds to them
   * @returns the sums with it, in the order of `sums`
   */
  add(row: Omit<UsageRow, "id">, sums: readonly SumKey[]): Promise<readonly UsageSum[]>;
  /** Undefined for one to which nothing was added. */
  sum(key: SumKey): Promise<UsageSum | undefined>;
  /** All of a kind, in the order of their keys. */
  sums(kind: SumKind): Promise<readonly UsageSum[]>;
  /** The newest first. */
  rows(limit: number): Promise<readonly UsageRow[]>;
}
