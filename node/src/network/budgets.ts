import { createBoundedMap } from "./boundedMap.ts";
import type { Clock } from "./clock.ts";
import {
  ANSWER_BYTES_BURST,
  ANSWER_BYTES_PER_SECOND,
  BLOB_ASKS_BURST,
  BLOB_ASKS_PER_SECOND,
  BUDGETS_MAX,
  CERTIFICATE_ASKS_BURST,
  CERTIFICATE_ASKS_PER_SECOND,
  COMPLETION_ASKS_BURST,
  COMPLETION_ASKS_PER_SECOND,
  GOSSIP_BYTES_BURST,
  GOSSIP_BYTES_PER_SECOND,
  GOSSIP_DEAR_BURST,
  GOSSIP_DEAR_PER_SECOND,
  GOSSIP_FRAMES_BURST,
  GOSSIP_FRAMES_PER_SECOND,
  GOSSIP_MESSAGES_BURST,
  GOSSIP_MESSAGES_PER_SECOND,
  LOG_ASKS_BURST,
  LOG_ASKS_PER_SECOND,
  LOG_IGNORED_BURST,
  LOG_IGNORED_PER_SECOND,
  LOG_MESSAGES_BURST,
  LOG_MESSAGES_PER_SECOND,
  NODE_ASKS_BURST,
  NODE_ASKS_PER_SECOND,
} from "./limits.ts";
import { createTokenBucket, type TokenBucket } from "./tokenBucket.ts";

/** What one peer may make this node do. */
export interface PeerBudgets {
  readonly gossipBytes: TokenBucket;
  readonly gossipFrames: TokenBucket;
  readonly gossipDear: TokenBucket;
  readonly gossipMessages: TokenBucket;
  readonly logMessages: TokenBucket;
  readonly logIgnored: TokenBucket;
  readonly certificateAsks: TokenBucket;
  readonly completionAsks: TokenBucket;
  readonly blobAsks: TokenBucket;
  readonly logAsks: TokenBucket;
  readonly nodeAsks: TokenBucket;
  /** Of all answers together. */
  readonly answerBytes: TokenBucket;
}

/** The budgets of each peer, which outlive its connections: a reconnect brings no new burst. */
export interface Budgets {
  of(peer: string): PeerBudgets;
}

export function createBudgets(modules: { readonly clock: Clock }): Budgets {
  const budgets = createBoundedMap<string, PeerBudgets>({ entriesMax: BUDGETS_MAX }, modules);
  const bucket = (perSecond: number, burst: number) => createTokenBucket({ perSecond, burst }, modules);
  return {
    of(peer) {
      const held = budgets.get(peer);
      if (held !== undefined) return held;
      const made = {
        gossipBytes: bucket(GOSSIP_BYTES_PER_SECOND, GOSSIP_BYTES_BURST),
        gossipFrames: bucket(GOSSIP_FRAMES_PER_SECOND, GOSSIP_FRAMES_BURST),
        gossipDear: bucket(GOSSIP_DEAR_PER_SECOND, GOSSIP_DEAR_BURST),
        gossipMessages: bucket(GOSSIP_MESSAGES_PER_SECOND, GOSSIP_MESSAGES_BURST),
        logMessages: bucket(LOG_MESSAGES_PER_SECOND, LOG_MESSAGES_BURST),
        logIgnored: bucket(LOG_IGNORED_PER_SECOND, LOG_IGNORED_BURST),
        certificateAsks: bucket(CERTIFICATE_ASKS_PER_SECOND, CERTIFICATE_ASKS_BURST),
        completionAsks: bucket(COMPLETION_ASKS_PER_SECOND, COMPLETION_ASKS_BURST),
        blobAsks: bucket(BLOB_ASKS_PER_SECOND, BLOB_ASKS_BURST),
        logAsks: bucket(LOG_ASKS_PER_SECOND, LOG_ASKS_BURST),
        nodeAsks: bucket(NODE_ASKS_PER_SECOND, NODE_ASKS_BURST),
        answerBytes: bucket(ANSWER_BYTES_PER_SECOND, ANSWER_BYTES_BURST),
      };
      budgets.set(peer, made);
      return made;
    },
  };
}
