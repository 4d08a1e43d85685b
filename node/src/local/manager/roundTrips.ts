import { PleiadError } from "@pleiad/sdk/errors";
import { type Clock, repeat } from "../../network/clock.ts";

/** How often each node is asked: three times in a row within less than a step-in window, and a few bytes a time. */
export const PROBE_MS = 2_000;
/** Answers that are remembered of each node: half a minute. */
export const PROBES_KEPT = 16;
/** Probes in a row without an answer after which nothing before them counts: what went is gone, however good the way was. */
export const PROBES_MISSED_MAX = 3;
/** Nodes that are probed: 128 a second are nothing, and no manager looks after more. */
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
  /** Hears when a node that answered does not any more, and when it does again. The answer ends it. */
  onTurn(handler: (node: bigint, answers: boolean) => void): () => void;
}

interface Probed {
  /** The oldest first; undefined for one that was not answered. */
  readonly probes: readonly (number | undefined)[];
  /** When the first of those in a row was missed that were last; undefined where the last was answered. */
  readonly missedSinceMs: number | undefined;
}

const UNKNOWN: Probed = { probes: [], missedSinceMs: undefined };

/**
 * Keeps how far the nodes are whose clusters a manager looks after, by asking them. Of one that was never connected nothing is said:
 * not every node dials every other. One that was, and is not any more, counts as not answering until a heartbeat comes the long way.
 */
export function createRoundTrips(modules: {
  /** @throws PleiadError where no answer came; PEER_UNREACHABLE where nobody is connected */
  readonly ping: (node: bigint) => Promise<number>;
  /** Since the last heartbeat of a node; undefined where none came. */
  readonly silentMs: (node: bigint) => number | undefined;
  /** Nodes to ask. Those that are not named any more are forgotten. */
  readonly wanted: () => readonly bigint[];
  /** Hears when a peer of a node is connected: it is probed at once, so that its going is noticed from then on. */
  readonly onConnected: (handler: (node: bigint) => void) => () => void;
  readonly clock: Clock;
}): RoundTrips {
  const { ping, silentMs, wanted, clock } = modules;
  const known = new Map<bigint, Probed>();
  const asked = new Set<bigint>();
  const handlers = new Set<(node: bigint, answers: boolean) => void>();
  const ends: (() => void)[] = [];

  const missedInARow = ({ probes }: Probed) => {
    const last = probes.findLastIndex((tookMs) => tookMs !== undefined);
    return probes.length - 1 - last;
  };
  const isGone = (probed: Probed) => missedInARow(probed) >= PROBES_MISSED_MAX;

  function note(node: bigint, tookMs: number | undefined): void {
    const before = known.get(node) ?? UNKNOWN;
    const after = {
      probes: [...before.probes, tookMs].slice(-PROBES_KEPT),
      missedSinceMs: tookMs === undefined ? (before.missedSinceMs ?? clock.monotonicMs()) : undefined,
    };
    known.set(node, after);
    if (isGone(before) !== isGone(after)) for (const handler of handlers) handler(node, !isGone(after));
  }

  function noteUnreachable(node: bigint): void {
    const before = known.get(node);
    if (before === undefined) return;
    const heardMs = silentMs(node);
    const { missedSinceMs } = before;
    const isHeardSince =
      missedSinceMs !== undefined && heardMs !== undefined && heardMs < clock.monotonicMs() - missedSinceMs;
    if (!isHeardSince) note(node, undefined);
    else {
      known.delete(node);
      if (isGone(before)) for (const handler of handlers) handler(node, true);
    }
  }

  async function measure(node: bigint): Promise<number> {
    try {
      const tookMs = await ping(node);
      note(node, tookMs);
      return tookMs;
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      if (error.code === "PEER_UNREACHABLE") noteUnreachable(node);
      else note(node, undefined);
      throw error;
    }
  }

  function probeAll(): void {
    const nodes = wanted().slice(0, PROBED_NODES_MAX);
    for (const node of known.keys()) if (!nodes.includes(node)) known.delete(node);
    for (const node of nodes) probe(node);
  }

  function probe(node: bigint): void {
    // One that still thinks about the last is not asked again: its time limit says when that one is lost.
    if (asked.has(node)) return;
    asked.add(node);
    measure(node)
      .catch((error: unknown) => {
        if (!(error instanceof PleiadError)) throw error;
      })
      .finally(() => asked.delete(node));
  }

  return {
    start() {
      probeAll();
      ends.push(
        repeat(clock, PROBE_MS, probeAll),
        modules.onConnected((node) => {
          if (wanted().slice(0, PROBED_NODES_MAX).includes(node)) probe(node);
        }),
      );
    },
    stop() {
      for (const end of ends) end();
    },
    of(node) {
      const probed = known.get(node) ?? UNKNOWN;
      const { probes } = probed;
      if (probes.length === 0) return { roundTripMs: undefined, lossShare: undefined };
      const answered = probes.filter((tookMs) => tookMs !== undefined).sort((a, b) => a - b);
      return {
        roundTripMs: answered[answered.length >> 1],
        lossShare: isGone(probed) ? 1 : (probes.length - answered.length) / probes.length,
      };
    },
    measure,
    onTurn(handler) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
  };
}
