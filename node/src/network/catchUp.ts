import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { createBoundedMap } from "./boundedMap.ts";
import type { Clock } from "./clock.ts";
import { askCompletions, type CompletionQuestion } from "./completionProtocol.ts";
import type { Completions } from "./completions.ts";
import { PeerInputError, reasonOf } from "./errors.ts";
import {
  CATCH_UP_DELAY_MS,
  CATCH_UP_INTERVAL_MS,
  CATCH_UP_PEERS_MAX,
  COMPLETIONS_ASK_CLUSTERS_MAX,
  COMPLETIONS_ASK_EXECUTIONS_MAX,
  COMPLETIONS_WANTED_MAX,
} from "./limits.ts";
import type { CertifiedPeer, Peers } from "./peers.ts";
import type { Misdeed } from "./reputation.ts";

/** Asks peers for the completions this node has missed. */
export interface CatchUp {
  /** Asks a peer soon, once however often it is called until then: for its clusters and the executions wanted. */
  soon(peer: string): void;
  /** Asks all certified peers now. */
  now(executions: readonly bigint[]): Promise<void>;
  stop(): void;
}

export function createCatchUp(modules: {
  readonly peers: Pick<Peers, "get" | "certified">;
  readonly completions: Completions;
  /** Clusters this node listens to. */
  readonly clusters: () => readonly bigint[];
  readonly wantedExecutions: () => Promise<readonly bigint[]>;
  readonly penalize: (peer: string, misdeed: Misdeed) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}): CatchUp {
  const { peers, completions, clock, logger } = modules;
  const due = new Map<string, () => void>();
  const askedMs = createBoundedMap<string, number>({ entriesMax: CATCH_UP_PEERS_MAX }, { clock });
  let stopped = false;

  async function askPeer(peer: CertifiedPeer, question: CompletionQuestion): Promise<void> {
    try {
      const messages = await askCompletions(peer, question);
      let taken = 0;
      for (const message of messages) if (await completions.take(message)) taken++;
      if (taken > 0) logger.debug({ peer: peer.id, taken }, "caught up on completions");
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      logger.debug({ peer: peer.id, ...reasonOf(error) }, "could not catch up");
      if (error instanceof PeerInputError && error.misdeed !== undefined)
        modules.penalize(peer.id, error.misdeed);
    }
  }

  async function askAll(
    peer: CertifiedPeer,
    clusters: readonly bigint[],
    executions: readonly bigint[],
  ): Promise<void> {
    for (const some of chunks(clusters, COMPLETIONS_ASK_CLUSTERS_MAX)) {
      await askPeer(peer, { clusters: some, executions: [] });
    }
    for (const some of chunks(executions.slice(0, COMPLETIONS_WANTED_MAX), COMPLETIONS_ASK_EXECUTIONS_MAX)) {
      await askPeer(peer, { clusters: [], executions: some });
    }
  }

  async function run(id: string): Promise<void> {
    due.delete(id);
    askedMs.set(id, clock.monotonicMs());
    const executions = await wanted();
    const peer = peers.get(id);
    if (peer !== undefined && !stopped) await askAll(peer, modules.clusters(), executions);
  }

  async function wanted(): Promise<readonly bigint[]> {
    try {
      return await modules.wantedExecutions();
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      logger.debug(reasonOf(error), "wanted executions not known now");
      return [];
    }
  }

  return {
    soon(peer) {
      if (stopped || due.has(peer)) return;
      const sinceMs = clock.monotonicMs() - (askedMs.get(peer) ?? Number.NEGATIVE_INFINITY);
      const waitMs = Math.max(CATCH_UP_DELAY_MS, CATCH_UP_INTERVAL_MS - sinceMs);
      const cancel = clock.after(waitMs, () => void run(peer));
      due.set(peer, cancel);
    },
    async now(executions) {
      await Promise.all(peers.certified().map((peer) => askAll(peer, [], executions)));
    },
    stop() {
      stopped = true;
      for (const cancel of due.values()) cancel();
      due.clear();
    },
  };
}

function chunks<T>(items: readonly T[], size: number): (readonly T[])[] {
  const cut: (readonly T[])[] = [];
  for (let at = 0; at < items.length; at += size) cut.push(items.slice(at, at + size));
  return cut;
}
