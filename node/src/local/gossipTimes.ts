import type { Gossip, SignedMessage } from "../work/ports.ts";

/** Executions of which it is kept when completions travelled; the oldest go first. */
export const GOSSIP_EXECUTIONS_MAX = 512;
/** Completions that are kept of one execution: 32 tasks, and some by several nodes. */
export const GOSSIP_MOMENTS_MAX = 96;

/** A signed completion on its way among the peers. */
export interface GossipMoment {
  readonly task: number;
  /** Whose completion it is. */
  readonly node: bigint;
  /** `sent`: this node handed it to its peers; `heard`: it came from one. */
  readonly way: "sent" | "heard";
  readonly outputDigest: string;
  /** How many peers it was sent to at once; undefined for what was heard. */
  readonly peers: number | undefined;
  /** When that first was so, unix milliseconds of this machine. */
  readonly atMs: number;
}

/** When completions travelled among the peers, as this life of the daemon saw it. Nothing that is decided rests on it. */
export interface GossipTimes {
  /** This node handed a completion to its peers. */
  sent(message: SignedMessage, peers: number): void;
  /** The same gossip; what is heard of it is noted in passing. */
  watch(gossip: Gossip): Gossip;
  /** In the order in which they came. */
  of(execution: bigint): readonly GossipMoment[];
  /** Hears of which execution one came; the answer ends it. */
  on(listener: (execution: bigint) => void): () => void;
}

export function createGossipTimes(modules: {
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Told of each completion that this node hands to its peers. @default nobody is */
  readonly onSent?: (completion: SignedMessage["completion"]) => void;
}): GossipTimes {
  const { now, onSent } = modules;
  const kept = new Map<bigint, Map<string, GossipMoment>>();
  const listeners = new Set<(execution: bigint) => void>();

  function note({ completion }: SignedMessage, way: GossipMoment["way"], peers?: number): void {
    const { execution, task, node, outputDigest } = completion;
    const moments = kept.get(execution) ?? new Map<string, GossipMoment>();
    const key = `${task} ${node} ${outputDigest}`;
    if (moments.has(key) || moments.size >= GOSSIP_MOMENTS_MAX) return;
    moments.set(key, { task, node, way, outputDigest, peers, atMs: now() });
    kept.set(execution, moments);
    const [oldest] = kept.keys();
    if (kept.size > GOSSIP_EXECUTIONS_MAX && oldest !== undefined) kept.delete(oldest);
    for (const listener of listeners) listener(execution);
  }

  return {
    sent(message, peers) {
      note(message, "sent", peers);
      onSent?.(message.completion);
    },
    watch(gossip) {
      if (!gossip.enabled) return gossip;
      return {
        ...gossip,
        onCompletion: (handler) =>
          gossip.onCompletion((message) => {
            note(message, "heard");
            handler(message);
          }),
      };
    },
    of: (execution) => [...(kept.get(execution)?.values() ?? [])],
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
