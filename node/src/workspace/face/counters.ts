import { PleiadError } from "@pleiad/sdk/errors";
import { OUTCOMES_COUNTED_MAX } from "./limits.ts";

/** What the faces have done since the start, for who runs the node. */
export interface FaceStats {
  /** By face (`http`, `mcp`) and outcome: `ok`, or the code of a refusal. */
  readonly requests: readonly Counted<"face">[];
  /** Tools of MCP that were called. */
  readonly tools: readonly Counted<"tool">[];
  /** Sessions of MCP that are open. */
  readonly sessions: number;
  /** Readers of events. */
  readonly streams: number;
}

type Counted<Label extends string> = Readonly<Record<Label | "outcome", string>> & { readonly count: number };

export interface FaceCounters {
  request(face: "http" | "mcp", outcome: string): void;
  tool(name: string, outcome: string): void;
  /** Says how many there are now; those of several parts count together. */
  gauge(what: "sessions" | "streams", read: () => number): void;
  stats(): FaceStats;
}

/** The outcome of what was asked, for the counters; what is no refusal is a bug, and thrown on by whoever asked. */
export function outcomeOf(error: unknown): string {
  return error instanceof PleiadError ? error.code : "bug";
}

export function createFaceCounters(): FaceCounters {
  const requests = createTable();
  const tools = createTable();
  const gauges = { sessions: [] as (() => number)[], streams: [] as (() => number)[] };
  const sum = (reads: readonly (() => number)[]) => reads.reduce((total, read) => total + read(), 0);
  return {
    request: requests.add,
    tool: tools.add,
    gauge: (what, read) => void gauges[what].push(read),
    stats: () => ({
      requests: requests.all().map(([face, outcome, count]) => ({ face, outcome, count })),
      tools: tools.all().map(([tool, outcome, count]) => ({ tool, outcome, count })),
      sessions: sum(gauges.sessions),
      streams: sum(gauges.streams),
    }),
  };
}

/** Counts by two words. A refusal may carry the code of another node, so their number is bounded. */
function createTable() {
  const counts = new Map<string, Map<string, number>>();
  return {
    add(name: string, outcome: string): void {
      const outcomes = counts.get(name) ?? new Map<string, number>();
      counts.set(name, outcomes);
      const key = outcomes.has(outcome) || outcomes.size < OUTCOMES_COUNTED_MAX ? outcome : "other";
      outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
    },
    all: () =>
      [...counts].flatMap(([name, outcomes]) =>
        [...outcomes].map(([outcome, count]) => [name, outcome, count] as const),
      ),
  };
}
