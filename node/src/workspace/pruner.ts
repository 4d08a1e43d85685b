import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import {
  KEPT_ENTRIES_MAX,
  LOG_BYTES_PER_NODE_MAX,
  LOG_BYTES_RESERVED,
  NEARLY_FULL_PERCENT,
  PRUNE_ABOVE_ENTRIES,
  PRUNE_GROWN_BYTES,
  PRUNE_LEAVES_BYTES,
  PRUNE_LEAVES_ENTRIES,
  PRUNE_LOOK_MS,
} from "./limits.ts";
import type { Space } from "./space.ts";

/** Above it a node says nothing more. */
export const OWN_BYTES_MAX = LOG_BYTES_PER_NODE_MAX - LOG_BYTES_RESERVED;

/** Keeps this node's feeds from growing for ever: see "Pruning" in the README. */
export interface Pruner {
  /** Prunes now where it is time. @returns how many entries were dropped here */
  look(): Promise<number>;
  stop(): void;
}

/**
 * Now and then drops of each open cluster what the views hold no more. The views hold a bounded number of things of each node,
 * so a feed is bounded by them and by what is left whole.
 *
 * @param options.above entries of this node's feed above which it is time. @default PRUNE_ABOVE_ENTRIES
 * @param options.grownBytes bytes by which this node's feeds have grown since the last time, above which it is time, too. @default PRUNE_GROWN_BYTES
 * @param options.leave newest entries that stay whole. @default PRUNE_LEAVES_ENTRIES
 * @param options.leaveBytes bytes of them at most. @default PRUNE_LEAVES_BYTES
 */
export function createPruner(
  options: {
    readonly above?: number;
    readonly leave?: number;
    readonly grownBytes?: number;
    readonly leaveBytes?: number;
  },
  modules: { readonly spaces: () => Iterable<Space>; readonly logger: Logger },
): Pruner {
  const {
    above = PRUNE_ABOVE_ENTRIES,
    leave = PRUNE_LEAVES_ENTRIES,
    grownBytes = PRUNE_GROWN_BYTES,
    leaveBytes = PRUNE_LEAVES_BYTES,
  } = options;
  const { spaces, logger } = modules;
  /** What is left after a pruning is held: looking again before there is more would find nothing. */
  const leftBytes = new WeakMap<Space, number>();
  const warned = new WeakSet<Space>();
  const timer = setInterval(() => {
    look().catch((error: unknown) => {
      if (!(error instanceof PleiadError)) throw error;
      // A full disk, or a log that stops: the next look does it.
      logger.warn({ code: error.code, reason: error.message }, "feeds were not pruned");
    });
  }, PRUNE_LOOK_MS);
  timer.unref();

  async function look(): Promise<number> {
    let dropped = 0;
    for (const space of spaces()) {
      warnWhereFull(space);
      const { own, ownBytes } = space.log.status();
      const hasGrown = ownBytes - (leftBytes.get(space) ?? 0) > grownBytes;
      if (own === undefined || (!hasGrown && own.sequence - (own.pruned?.to ?? 0) <= above)) continue;
      await space.settled();
      const held = space.views.held();
      dropped += await space.log.prune({
        isHeld: (id) => held.has(id),
        leave,
        leaveBytes,
      });
      leftBytes.set(space, space.log.status().ownBytes);
    }
    return dropped;
  }

  /** Once, until there is room again: a pruning keeps what views hold, and what it keeps is bounded. */
  function warnWhereFull(space: Space): void {
    const { cluster } = space;
    const { own, ownBytes } = space.log.status();
    const kept = own?.pruned?.keptHere ?? 0;
    const isFull =
      kept * 100 >= KEPT_ENTRIES_MAX * NEARLY_FULL_PERCENT ||
      ownBytes * 100 >= OWN_BYTES_MAX * NEARLY_FULL_PERCENT;
    if (isFull && !warned.has(space)) {
      logger.warn(
        {
          code: "LOG_NEARLY_FULL",
          cluster,
          kept,
          keptMax: KEPT_ENTRIES_MAX,
          ownBytes,
          ownBytesMax: OWN_BYTES_MAX,
        },
        "what this node has said in a cluster nearly fills its part of the log",
      );
      warned.add(space);
    } else if (!isFull) warned.delete(space);
  }

  return { look, stop: () => clearInterval(timer) };
}
