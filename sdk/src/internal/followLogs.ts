import type { Hex, Log } from "viem";
import { PleiadError } from "../errors/base.ts";
import { sdkError } from "../errors/sdkError.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import { type BlockHead, headOf } from "./head.ts";
import { type LogFilter, logsOf } from "./logs.ts";
import { sleep } from "./sleep.ts";

/**
 * Follows the chain by parent hash and derives logs from its blocks, so that a reorganisation takes back what it
 * removed before the new branch is told.
 *
 * | the newest block | what is done |
 * |---|---|
 * | is the last one followed | nothing |
 * | is below it, and was followed | nothing: the endpoint lags |
 * | any other | roll back to the last block that is still canonical, then follow to the newest, block by block |
 */
export interface FollowOptions {
  readonly deployment: Deployment;
  readonly filter: LogFilter;
  /** The first block to look at. @default the next one */
  readonly fromBlock?: bigint | undefined;
  readonly pollingIntervalMs: number;
  /** Called with the logs of one block, or of many where they are old; `removed` where a reorganisation took them back. */
  readonly onLogs: (logs: readonly Log[], removed: boolean) => void;
  /** Called with each failure; the following goes on, after a wait that grows with each one in a row. */
  readonly onError: (error: PleiadError) => void;
  /** From 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: () => number;
}

/** Longest wait after failures, in polling intervals: an endpoint that is down is asked less often, one that is back is found soon. */
export const FAILURE_WAIT_FACTOR_MAX = 8;

/** A reorganisation deeper than this cannot be told: deeper than any that a public chain has seen in years. */
export const KEPT_BLOCKS_MAX = 128;

interface FollowedBlock {
  readonly number: bigint;
  readonly hash: Hex;
  readonly logs: readonly Log[];
}

/** Starts to follow; answers the function that stops it. */
export function followLogs(client: ReadClient, options: FollowOptions): () => void {
  const controller = new AbortController();
  const follower = createFollower(client, options, controller.signal);
  const { pollingIntervalMs, random = Math.random } = options;
  const run = async (): Promise<void> => {
    let failures = 0;
    while (!controller.signal.aborted) {
      try {
        await follower.tick();
        failures = 0;
      } catch (error) {
        // A bug, in the caller's functions or here, is nobody's to swallow.
        if (!(error instanceof PleiadError)) throw error;
        if (!controller.signal.aborted) options.onError(error);
        failures += 1;
      }
      const factor = Math.min(2 ** failures, FAILURE_WAIT_FACTOR_MAX);
      // Watchers that failed together do not come back together.
      const waits = failures === 0 ? 1 : factor / 2 + (factor / 2) * random();
      await sleep(pollingIntervalMs * waits, controller.signal);
    }
  };
  void run();
  return () => controller.abort();
}

function createFollower(
  client: ReadClient,
  options: FollowOptions,
  signal: AbortSignal,
): { tick(): Promise<void> } {
  const { deployment, filter, onLogs } = options;
  /** Blocks that were told, oldest first, without a gap. */
  let kept: FollowedBlock[] = [];
  /** The next block to tell, where none is kept. */
  let start = options.fromBlock;

  const rollBack = async (head: BlockHead): Promise<boolean> => {
    for (let last = kept.at(-1); last !== undefined; last = kept.at(-1)) {
      if (last.number > head.number) {
        if (kept.some((block) => block.hash === head.hash)) return false;
      } else if ((await headOf(client, last.number)).hash === last.hash) {
        return true;
      }
      if (signal.aborted) return false;
      kept.pop();
      if (last.logs.length > 0) onLogs(last.logs.toReversed(), true);
      if (kept.length === 0) {
        start = last.number;
        const message = `a reorganisation reached below block ${last.number}, beyond what is kept`;
        throw sdkError("RPC_INCONSISTENT", message, { details: { block: last.number } });
      }
    }
    return true;
  };

  /** Old blocks in one request: deep enough to be taken as final here. */
  const catchUp = async (head: BlockHead): Promise<void> => {
    start ??= head.number + 1n;
    const toBlock = head.number - BigInt(KEPT_BLOCKS_MAX);
    if (kept.length > 0 || start > toBlock) return;
    const logs = await logsOf(client, deployment, filter, { fromBlock: start, toBlock });
    if (signal.aborted) return;
    start = toBlock + 1n;
    if (logs.length > 0) onLogs(logs, false);
  };

  const advance = async (head: BlockHead): Promise<void> => {
    for (;;) {
      const last = kept.at(-1);
      const number = last === undefined ? (start ?? head.number) : last.number + 1n;
      if (number > head.number) return;
      const block = number === head.number ? head : await headOf(client, number);
      // The chain changed while it was followed: the next tick rolls back.
      if (last !== undefined && block.parentHash !== last.hash) return;
      const logs = await logsOf(client, deployment, filter, { blockHash: block.hash });
      if (signal.aborted) return;
      kept = [...kept, { number, hash: block.hash, logs }].slice(-KEPT_BLOCKS_MAX);
      if (logs.length > 0) onLogs(logs, false);
    }
  };

  const tick = async (): Promise<void> => {
    const head = await headOf(client);
    if (head.hash === kept.at(-1)?.hash) return;
    if (!(await rollBack(head))) return;
    await catchUp(head);
    if (!signal.aborted) await advance(head);
  };
  return { tick };
}
