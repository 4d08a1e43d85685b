import { PleiadError } from "@pleiad/sdk/errors";
import { type Clock, repeat } from "../../network/clock.ts";

/** How often each node is asked: often enough that a loss is seen within a step-in window, and a few bytes a time. */
export const PROBE_MS = 5_000;
/** Answers that are remembered of each node: a little over a minute. */
export const PROBES_KEPT = 16;
/** Nodes that are probed: a step of two every `PROBE_MS` is nothing, and no manager looks after more. */
export const PROBED_NODES_MAX = 256;

/** What probes of late say of the way to a node. */
export interface Way {
  /** Median; undefined where none was answered. */
  readonly roundTripMs: number | undefined;
  /** Share of probes that were not answered, 0 to 1; undefined before the first. */
  readonly lossShare: number | undefined;
}

export interface RoundTrips {
  start(): void;
  stop(): void;
  of(node: bigint): Way;
  /** Probes a node now. @returns its round trip @throws PleiadError as `ping` */
  measure(node: bigint): Promise<number>;
}

/** Keeps how far the nodes are whose clusters a manager looks after, by asking them. */
export function createRoundTrips(modules: {
  /** @throws PleiadError where no answer came */
  readonly ping: (node: bigint) => Promise<number>;
  /** Nodes to ask. Those that are not named any more are forgotten. */
  readonly wanted: () => readonly bigint[];
  readonly clock: Clock;
}): RoundTrips {
  const { ping, wanted, clock } = modules;
  /** By node, its last probes, the oldest first; undefined for one that was not answered. */
  const probes = new Map<bigint, readonly (number | undefined)[]>();
  const asked = new Set<bigint>();
  let end: (() => void) | undefined;

  function note(node: bigint, tookMs: number | undefined): void {
    probes.set(node, [...(probes.get(node) ?? []), tookMs].slice(-PROBES_KEPT));
  }

  async function measure(node: bigint): Promise<number> {
    try {
      const tookMs = await ping(node);
      note(node, tookMs);
      return tookMs;
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      note(node, undefined);
      throw error;
    }
  }

  function probeAll(): void {
    const nodes = wanted().slice(0, PROBED_NODES_MAX);
    for (const known of probes.keys()) if (!nodes.includes(known)) probes.delete(known);
    for (const node of nodes) {
      // One that still thinks about the last is not asked again: its time limit says when that one is lost.
      if (asked.has(node)) continue;
      asked.add(node);
      measure(node)
        .catch((error: unknown) => {
          if (!(error instanceof PleiadError)) throw error;
        })
        .finally(() => asked.delete(node));
    }
  }

  return {
    start() {
      probeAll();
      end = repeat(clock, PROBE_MS, probeAll);
    },
    stop: () => end?.(),
    of(node) {
      const of = probes.get(node) ?? [];
      if (of.length === 0) return { roundTripMs: undefined, lossShare: undefined };
      const answered = of.filter((tookMs) => tookMs !== undefined).sort((a, b) => a - b);
      return {
        roundTripMs: answered[answered.length >> 1],
        lossShare: (of.length - answered.length) / of.length,
      };
    },
    measure,
  };
}
