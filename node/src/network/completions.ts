import { type Address, type Hex, keccak256 } from "viem";
import { createKnownKeys, type KnownKeys } from "../chain/knownKeys.ts";
import { createBoundedMap } from "./boundedMap.ts";
import type { Clock } from "./clock.ts";
import { checkCompletion } from "./completionCheck.ts";
import { COMPLETIONS_KNOWN_MAX, COMPLETIONS_KNOWN_MS, COMPLETIONS_RECENT_MAX } from "./limits.ts";
import type { Counters } from "./stats.ts";
import type { CompletionHandler, NodeDirectory, SignedCompletion } from "./types.ts";

/** The signed completions this node knows of: each is checked once and delivered once, whichever way it came. */
export interface Completions {
  /**
   * Checks a completion; a new one is delivered and kept for late joiners. False when it is known, or when its node
   * committed itself to something else.
   *
   * @throws PeerInputError as `checkCompletion`
   */
  take(message: SignedCompletion): Promise<boolean>;
  /** The same for this node's own, which its own handlers do not hear. */
  takeOwn(message: SignedCompletion): Promise<boolean>;
  /** Those of these clusters that were heard or published lately. */
  recent(clusters: readonly bigint[]): readonly SignedCompletion[];
  onCompletion(handler: CompletionHandler): () => void;
}

export function createCompletions(
  options: { readonly chainId: number; readonly clusterExecutions: Address },
  modules: {
    readonly directory: NodeDirectory;
    readonly clock: Clock;
    readonly counters: Counters;
    /** @default its own */
    readonly keys?: KnownKeys;
    /** Whether the node had committed itself to something else. @default none commits itself */
    readonly isBroken?: (message: SignedCompletion) => boolean;
    /** Told of each such completion. @default nobody */
    readonly onBroken?: (message: SignedCompletion) => void;
  },
): Completions {
  const { clock, counters, directory, keys = createKnownKeys() } = modules;
  const ttlMs = COMPLETIONS_KNOWN_MS;
  const known = createBoundedMap<string, { hasOutput: boolean }>(
    { entriesMax: COMPLETIONS_KNOWN_MAX, ttlMs },
    { clock },
  );
  const kept = createBoundedMap<string, SignedCompletion>(
    { entriesMax: COMPLETIONS_RECENT_MAX, ttlMs },
    { clock },
  );
  const handlers = new Set<CompletionHandler>();

  /** Known, unless it now comes with the output that it came without: a peer cannot hide an output by leaving it out. */
  function isKnown(key: Hex, message: SignedCompletion): boolean {
    const entry = known.get(key);
    return entry !== undefined && (entry.hasOutput || message.output === undefined);
  }

  async function admit(message: SignedCompletion): Promise<boolean> {
    const key = keyOf(message);
    if (isKnown(key, message)) return false;
    await checkCompletion(message, { ...options, directory, keys });
    // Signed, so it is the node's doing, and not that of whoever passed it on, who may not know the commitment.
    if (modules.isBroken?.(message) === true) {
      // Once, however many bring it.
      if (!isKnown(key, message)) modules.onBroken?.(message);
      known.set(key, { hasOutput: true });
      return false;
    }
    // Again: its twin may have been checked meanwhile. It is marked only now, or a forged twin could block it.
    if (isKnown(key, message)) return false;
    known.set(key, { hasOutput: message.output !== undefined });
    kept.set(key, message);
    return true;
  }

  return {
    async take(message) {
      if (!(await admit(message))) return false;
      counters.completionsDeliveredTotal++;
      // In a turn of their own: what a handler throws is a bug and must not end in libp2p's nets.
      for (const handler of handlers) queueMicrotask(() => void handler(message));
      return true;
    },
    takeOwn: admit,
    recent(clusters) {
      const wanted = new Set(clusters);
      return [...kept.entries()].map(([, message]) => message).filter(({ cluster }) => wanted.has(cluster));
    },
    onCompletion(handler) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
  };
}

/**
 * What makes two completions the same one: the execution, task, node, context and output, not who passed it on. The
 * cluster too, though it follows from the execution: it is not signed, and a false one must not hide the true one.
 */
function keyOf({ cluster, completion }: SignedCompletion): Hex {
  const { execution, task, node, contextHash, outputDigest } = completion;
  return keccak256(
    new TextEncoder().encode([cluster, execution, task, node, contextHash, outputDigest].join(":")),
  );
}
