import { bloomMayContain } from "./bloom.ts";
import { chainFailure } from "./errors.ts";
import type { ChainEvent, EventDecoder } from "./events.ts";
import { mapParallel } from "./parallel.ts";
import { AnswerError, type RpcBlock, type RpcLog } from "./parse.ts";
import type { Rpc } from "./rpc.ts";

/** A block with the events of our contracts in it. */
export interface BlockEvents {
  readonly block: RpcBlock;
  readonly events: readonly ChainEvent[];
}

/** What a range of the log brought. */
export interface BlockRange {
  readonly blocks: readonly BlockEvents[];
  readonly logCount: number;
}

/** Reads blocks and what our contracts said in them. */
export interface BlockSource {
  /**
   * Blocks `from` to `to`, each following the one before.
   *
   * @param known Blocks that need not be fetched, by their numbers.
   * @throws PleiadError RPC_INVALID_ANSWER when they do not link (retryable: the chain may have been reorganised
   * between two answers), RPC_BLOCK_UNKNOWN when one is not there
   */
  blocks(from: bigint, to: bigint, known: readonly RpcBlock[]): Promise<readonly RpcBlock[]>;
  /** Our events in a block, asked for by its hash. @throws PleiadError RPC_INVALID_ANSWER for logs that cannot be */
  eventsOf(block: RpcBlock): Promise<readonly ChainEvent[]>;
  /**
   * The blocks of a range that hold our events. Only for blocks that no reorganisation can reach any more.
   *
   * @throws PleiadError RPC_RANGE_TOO_LARGE
   */
  range(from: bigint, to: bigint): Promise<BlockRange>;
}

/** Requests side by side: enough to hide the latency of a far endpoint, few enough for the limits of a free one. */
export const FOLLOWER_PARALLEL_MAX = 8;

export function createBlockSource(modules: {
  readonly rpc: Rpc;
  readonly decoder: EventDecoder;
}): BlockSource {
  const { rpc, decoder } = modules;
  const { addresses } = decoder;

  async function blockAt(number: bigint): Promise<RpcBlock> {
    const block = await rpc.blockByNumber(number);
    if (block !== null) return block;
    throw chainFailure("RPC_BLOCK_UNKNOWN", `eth_getBlockByNumber ${number}: there is no such block`, {
      details: { number },
    });
  }

  function checkBloom(block: RpcBlock, logs: readonly RpcLog[]): void {
    for (const { address, topics, logIndex, blockNumber } of logs) {
      const isThere = [address, ...topics].every((item) => bloomMayContain(block.logsBloom, item));
      if (isThere && blockNumber === block.number) continue;
      throw new AnswerError(`log ${logIndex} is not in block ${block.number} (${block.hash})`);
    }
  }

  async function eventsOf(block: RpcBlock): Promise<readonly ChainEvent[]> {
    if (!addresses.some((address) => bloomMayContain(block.logsBloom, address))) return [];
    let events: readonly ChainEvent[] = [];
    const ask = () =>
      rpc.logs({ blockHash: block.hash }, addresses, (logs) => {
        checkBloom(block, logs);
        events = decoder.decode(logs);
      });
    // An endpoint that lost the block a moment ago may answer nothing where there was something. Bits of a bloom
    // that are set by chance are rare enough for a second question.
    if ((await ask()).length === 0) await ask();
    return events;
  }

  return {
    eventsOf,
    async blocks(from, to, known) {
      const knownByNumber = new Map(known.map((block) => [block.number, block]));
      const numbers = Array.from({ length: Number(to - from) + 1 }, (_, index) => from + BigInt(index));
      const blocks = await mapParallel(
        numbers,
        FOLLOWER_PARALLEL_MAX,
        async (number) => knownByNumber.get(number) ?? blockAt(number),
      );
      for (const [index, block] of blocks.entries()) {
        const before = blocks[index - 1];
        if (before !== undefined && block.parentHash !== before.hash) {
          throw impossible(block, `does not follow block ${before.number} (${before.hash})`);
        }
      }
      return blocks;
    },
    async range(from, to) {
      const logs = await rpc.logs({ fromBlock: from, toBlock: to }, addresses);
      const byBlock = new Map<bigint, RpcLog[]>();
      for (const log of logs) {
        const before = byBlock.get(log.blockNumber);
        if (before === undefined) byBlock.set(log.blockNumber, [log]);
        else before.push(log);
      }
      const blocks = await mapParallel([...byBlock], FOLLOWER_PARALLEL_MAX, async ([number, own]) => {
        const block = await blockAt(number);
        checkOwn(block, own, `eth_getLogs ${from} to ${to}`);
        return { block, events: decoder.decode(own) };
      });
      return { blocks, logCount: logs.length };
    },
  };

  /** What one answer says of a block's logs, against what another says of the block. */
  function checkOwn(block: RpcBlock, logs: readonly RpcLog[], request: string): void {
    try {
      if (logs.some(({ blockHash }) => blockHash !== block.hash))
        throw new AnswerError("has logs of another block");
      checkBloom(block, logs);
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      throw impossible(block, `${error.message} (${request})`);
    }
  }
}

function impossible({ number, hash }: RpcBlock, what: string): Error {
  return chainFailure("RPC_INVALID_ANSWER", `block ${number} (${hash}): ${what}`, {
    details: { number, hash },
  });
}
