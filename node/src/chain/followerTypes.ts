import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { Logger } from "pino";
import type { Clock } from "./clock.ts";
import type { BlockHeader, Cursor } from "./cursor.ts";
import type { ChainEvent } from "./events.ts";
import type { Finality } from "./finality.ts";
import type { HeadHints } from "./headHints.ts";
import type { RpcBlock } from "./parse.ts";
import type { Rpc } from "./rpc.ts";

/** A local chain (chain id 31337) answers in a millisecond and costs nothing. Milliseconds. */
export const POLL_INTERVAL_LOCAL_MS = 250;
/** Three looks per block of a chain with 12-second blocks. Milliseconds. */
export const POLL_INTERVAL_DEFAULT_MS = 4_000;
/** While hints show each new block first, the chain is asked of its own accord only every so many intervals. */
export const HINTED_POLL_FACTOR = 4;
/** The chain id that every local development chain uses. */
export const LOCAL_CHAIN_ID = 31_337;
/** Deep enough for every chain that finalises at all, and inside the headers that a cursor keeps. Blocks. */
export const FINAL_DEPTH_MAX = 200;
/** What the chain must say so many times in a row before the follower stops because of it: one odd answer is none. */
export const SUSPICIONS_MAX = 5;
/** Blocks that are followed one by one before the cursor is looked at again. */
export const FOLLOW_BLOCKS_MAX = 32;
/** Below this many final blocks, following one by one costs less than asking for a range. Blocks. */
export const RANGE_BLOCKS_MIN = 64;
/** First wait after a failure, see `backoffMs`. Milliseconds. */
export const FOLLOWER_BACKOFF_BASE_MS = 250;
/** Longest wait after failures. Milliseconds. */
export const FOLLOWER_BACKOFF_MAX_MS = 15_000;

/** Who is handed the blocks. A failure that is retryable is answered by handing over the same block again. */
export interface BlockHandler {
  /**
   * A canonical block with our events in it. Handed over at least once, in order; blocks older than
   * `finalDepth` that hold no event of ours are left out. What it does is keyed by (block hash, transaction, log
   * index), so doing it twice changes nothing.
   *
   * @param replayed The block was handed over in an earlier life of this data folder: it rebuilds what is kept in
   * memory, and what was decided about it has been decided.
   */
  apply(block: RpcBlock, events: readonly ChainEvent[], replayed: boolean): void | Promise<void>;
  /** All blocks after `target` are canonical no more. May come twice. */
  rollback(target: BlockHeader): void | Promise<void>;
}

/** Who hears of blocks after the handler has finished with them and the cursor has moved. Must not throw. */
export interface ChainListener {
  block(block: RpcBlock): void;
  rollback(target: BlockHeader): void;
}

/** What is canonical, as the follower knows it. */
export interface CanonicalChain {
  /** The last block followed. */
  head(): BlockHeader | undefined;
  /** The canonical block of a number; undefined for one not followed (yet) or not remembered any more. */
  canonicalAt(number: bigint): BlockHeader | undefined;
  /** The newest block that the chain has shown, followed or not; its base fee is the best guess at the next one. */
  newest(): RpcBlock | undefined;
  /** The answer ends it. */
  subscribe(listener: ChainListener): () => void;
  /** Looks at the chain at once instead of at the next interval. */
  poke(): void;
}

/** See the table in the README. */
export type FollowerState =
  | "starting"
  | "replaying"
  | "following"
  | "behind"
  | "suspicious"
  | "failing"
  | "stopped";

export interface FollowerStatus {
  readonly state: FollowerState;
  /** The last block followed. */
  readonly head: BlockHeader | undefined;
  /** Number of the last block that `chain.finality` lets the node act on. */
  readonly settled: bigint | undefined;
  /** Number of the newest block that the chain has shown. */
  readonly newest: bigint | undefined;
  /** What it failed with last; undefined while all is well. */
  readonly error: unknown;
  /** Whether new blocks are heard of over a WebSocket, or undefined where none is configured. */
  readonly isHinted: boolean | undefined;
}

/** Follows the chain, block by block, linked by parent hash. */
export interface Follower extends CanonicalChain {
  /**
   * Begins. Answers once the chain is known to be the one that the cursor stands on; catching up goes on after that.
   *
   * @throws PleiadError CHAIN_ID_MISMATCH, CONTRACT_MISSING, FINALITY_UNSUPPORTED, CHAIN_REPLACED,
   * CHAIN_RESTORED_OLDER, FOLLOWER_REORG_TOO_DEEP, RPC_FAILED; what is retryable is retried until `stop`
   */
  start(): Promise<void>;
  /** Ends, after the handler has finished what it is at. */
  stop(): Promise<void>;
  /** Settled when it has caught up with the chain for the first time. */
  caughtUp(): Promise<void>;
  /**
   * Resolves when it was stopped; rejects with what stopped it: an error of `start` that came later, or a bug.
   * Whoever starts a follower awaits this.
   */
  readonly ended: Promise<void>;
  /** Takes back a block that was followed, and all after it, and follows them again: what was told of it is not so. */
  refollow(number: bigint): void;
  status(): FollowerStatus;
}

export interface FollowerOptions {
  readonly deployment: Deployment;
  /** Blocks with at least so many on top can no longer be removed; from 0 to `FINAL_DEPTH_MAX`. */
  readonly finalDepth: number;
  /** @default POLL_INTERVAL_LOCAL_MS on a local chain, else POLL_INTERVAL_DEFAULT_MS */
  readonly pollIntervalMs?: number;
}

export interface FollowerModules {
  readonly rpc: Rpc;
  readonly cursor: Cursor;
  readonly handler: BlockHandler;
  /** Which blocks the node may act on. @default those with `finalDepth` on top */
  readonly finality?: Finality | undefined;
  /** Tells of new blocks before the next interval. @default none */
  readonly hints?: HeadHints | undefined;
  readonly logger: Logger;
  /** @default the machine's clock */
  readonly clock?: Clock;
  /** From 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: () => number;
}
