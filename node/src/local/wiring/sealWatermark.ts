import { PleiadError } from "@pleiad/sdk/errors";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { Logger } from "pino";
import { agreementNeeded } from "../../chain/agreement.ts";
import { backoffMs } from "../../chain/backoff.ts";
import { type Clock, sleep, systemClock } from "../../chain/clock.ts";
import { FOLLOWER_BACKOFF_BASE_MS, FOLLOWER_BACKOFF_MAX_MS } from "../../chain/followerTypes.ts";
import type { Projection } from "../../chain/projection.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { readSeenChain, type SeenChain } from "../../chain/seenChain.ts";
import type { Config } from "../../config/table.ts";
import type { Store } from "../../store/open.ts";

export interface SealModules {
  readonly rpc: Rpc;
  readonly projection: Projection;
  readonly logger: Logger;
  /** @default the machine's clock */
  readonly clock?: Clock;
  /** Ends the wait for endpoints that agree. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * After a gap in the node's memory: what the chain has by now, as most of its endpoints tell it, is of before, and nothing new
 * is signed for it. As long as they contradict each other nothing is signed at all, so the start waits for them.
 */
export async function sealWatermark(
  config: { readonly chain: Pick<Config["chain"], "rpcUrls" | "agreement"> },
  { clusterExecutions }: Pick<Deployment, "clusterExecutions">,
  { watermark }: Pick<Store, "watermark">,
  modules: SealModules,
): Promise<void> {
  const { projection, logger } = modules;
  if (watermark.facts === undefined) return;
  if (!watermark.facts.isSealed) {
    const needed = config.chain.agreement ?? agreementNeeded(config.chain.rpcUrls.length);
    await watermark.seal(
      await untilSeen(() => readSeenChain(modules.rpc, clusterExecutions, needed), modules),
    );
  }
  const barred = projection
    .runningExecutions()
    .filter(({ execution, createdAt }) => watermark.barrierOf({ execution, createdAt }) !== "none");
  if (barred.length === 0) return;
  const { reason, atSeconds } = watermark.facts;
  logger.warn(
    { reason, atSeconds, executions: barred.length },
    "nothing new is signed for executions of before the restore, until they have ended",
  );
}

async function untilSeen(
  read: () => Promise<SeenChain>,
  { logger, clock = systemClock(), signal }: SealModules,
): Promise<SeenChain> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof PleiadError) || !error.retryable) throw error;
      const { code, message, details } = error;
      logger.warn({ code, reason: message, ...details, limitAs: code }, "waiting for endpoints that agree");
      const backoff = {
        baseMs: FOLLOWER_BACKOFF_BASE_MS,
        maxMs: FOLLOWER_BACKOFF_MAX_MS,
        random: Math.random,
      };
      if (!(await sleep(clock, backoffMs(failures, backoff), signal))) throw error;
    }
  }
}
