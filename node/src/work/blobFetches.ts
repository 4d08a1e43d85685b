import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Hex } from "viem";
import type { Clock } from "../chain/clock.ts";
import { bytesOf } from "./jobRunner.ts";
import type { Blobs, Gossip } from "./ports.ts";
import { retryDelayMs } from "./retries.ts";

/** Gets blobs that executions will need, before somebody waits for them. */
export interface BlobFetches {
  /**
   * Gets a blob from the disk or from peers, and asks again for one that nobody had. Asks for a look at the execution
   * when it has come, or when it is time to want it again.
   *
   * @param use Handed the bytes. Without it, a blob that has come is not asked for again.
   */
  want(execution: bigint, digest: Hex, use?: (bytes: Uint8Array) => void): void;
  forget(execution: bigint): void;
}

interface Fetch {
  /** How often in a row nobody had it. */
  readonly failures: number;
  /** When it may be asked for again, by the engine's clock; infinite while it is asked for, and once it is here. */
  readonly atMs: number;
}

export function createBlobFetches(modules: {
  readonly blobs: Blobs;
  readonly gossip: Gossip;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends all. */
  readonly stopping: AbortSignal;
  /** Asks for a look at an execution: now, or after so many milliseconds. */
  readonly wake: (execution: bigint, delayMs?: number) => void;
}): BlobFetches {
  const { clock, logger, stopping, wake } = modules;
  const executions = new Map<bigint, Map<Hex, Fetch>>();

  async function fetch(digest: Hex): Promise<Uint8Array | PleiadError> {
    try {
      return await bytesOf(digest, stopping, modules);
    } catch (error) {
      if (error instanceof PleiadError) return error;
      throw error;
    }
  }

  return {
    want(execution, digest, use) {
      const fetches = executions.get(execution) ?? new Map<Hex, Fetch>();
      const { failures, atMs } = fetches.get(digest) ?? { failures: 0, atMs: 0 };
      const waitMs = atMs - clock.monotonicMs();
      if (waitMs > 0) {
        if (Number.isFinite(waitMs)) wake(execution, waitMs);
        return;
      }
      executions.set(execution, fetches.set(digest, { failures, atMs: Number.POSITIVE_INFINITY }));
      void fetch(digest).then((fetched) => {
        if (stopping.aborted) return;
        if (fetched instanceof PleiadError) {
          const delayMs = retryDelayMs(failures + 1);
          fetches.set(digest, { failures: failures + 1, atMs: clock.monotonicMs() + delayMs });
          logger.debug({ execution, digest, code: fetched.code, delayMs }, "blob will be asked for again");
          wake(execution, delayMs);
          return;
        }
        if (use === undefined) return;
        fetches.delete(digest);
        use(fetched);
        wake(execution);
      });
    },
    forget: (execution) => void executions.delete(execution),
  };
}
