import type { RunOf, SumKind } from "./types.ts";

/** What is stopped for want of money, of each agent and budget: more than a person looks through. Stops. */
export const STOPS_MAX = 100;

/** A run that was not begun, or that was stopped, for want of money. */
export interface Stop extends RunOf {
  readonly code: "BUDGET_USED_UP" | "BUDGET_PRICE_MISSING";
  /** Whose budget it was; undefined where nobody could tell what the run costs. */
  readonly kind: SumKind | "run" | undefined;
  /** Of whom; undefined for a budget of nothing at all. */
  readonly key: string | undefined;
  /** Whether it was under way. */
  readonly wasRunning: boolean;
  /** What was decided, as a sentence. */
  readonly message: string;
}

/** The same thing that was stopped, however often it was tried. */
export interface KeptStop extends Stop {
  readonly count: number;
  readonly firstAtMs: number;
  readonly atMs: number;
}

export interface Stops {
  note(stop: Stop): void;
  /** The last first, since the daemon's start. */
  list(): readonly KeptStop[];
}

/** What budgets have stopped. One that is tried again and again is one. @param options.now Unix milliseconds. @default Date.now */
export function createStops({ now = Date.now }: { readonly now?: () => number } = {}): Stops {
  const kept = new Map<string, KeptStop>();
  return {
    note(stop) {
      const { code, kind, agent, service } = stop;
      // A run's key is new with each.
      const name = JSON.stringify([code, kind, kind === "run" ? "" : stop.key, agent, service]);
      const before = kept.get(name);
      const atMs = now();
      kept.delete(name);
      kept.set(name, {
        ...stop,
        count: (before?.count ?? 0) + 1,
        firstAtMs: before?.firstAtMs ?? atMs,
        atMs,
      });
      const [oldest] = kept.keys();
      if (kept.size > STOPS_MAX && oldest !== undefined) kept.delete(oldest);
    },
    list: () => [...kept.values()].reverse(),
  };
}
