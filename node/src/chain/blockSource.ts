import type { Hex } from "viem";
import { bloomMayContain } from "./bloom.ts";
import { chainFailure } from "./errors.ts";
import type { ChainEvent, EventDecoder } from "./events.ts";
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
  /** The last block of the range, whether it holds our events or not. */
  readonly end: RpcBlock;
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

export function createBlockSource(modules: {
  readonly rpc: Rpc;
  readonly decoder: EventDecoder;
}): BlockSource {
  const { rpc, decoder } = modules;
  const { addresses } = decoder;

  /** What the bloom of a block must have, for logs that are said to be in it. */
  function itemsOf(logs: readonly RpcLog[]): ReadonlySet<Hex> {
    const items = new Set<Hex>();
    for (const { address, topics } of logs) {
      items.add(address);
      for (const topic of topics) items.add(topic);
    }
    return items;
  }

  function checkBloom(block: RpcBlock, items: ReadonlySet<Hex>): void {
    for (const item of items) {
      if (!bloomMayContain(block.logsBloom, item))
        throw new AnswerError(`a log with ${item} is not in block ${block.number} (${block.hash})`);
    }
  }

  async function eventsOf(block: RpcBlock): Promise<readonly ChainEvent[]> {
    if (!addresses.some((address) => bloomMayContain(block.logsBloom, address))) return [];
    let events: readonly ChainEvent[] = [];
    const ask = () =>
      rpc.logs({ blockHash: block.hash }, addresses, (logs) => {
        const stray = logs.find(({ blockNumber }) => blockNumber !== block.number);
        if (stray !== undefined)
          throw new AnswerError(`log ${stray.logIndex} is not in block ${block.number}`);
        checkBloom(block, itemsOf(logs));
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
      const missing = numbers.filter((number) => !knownByNumber.has(number));
      for (const [index, block] of (await rpc.blocksByNumber(missing)).entries())
        knownByNumber.set(missing[index] ?? 0n, block ?? unknownBlock(missing[index] ?? 0n));
      const blocks = numbers.map((number) => knownByNumber.get(number) ?? unknownBlock(number));
      for (const [index, block] of blocks.entries()) {
        const before = blocks[index - 1];
        if (before !== undefined && block.parentHash !== before.hash) {
          throw impossible(block, `does not follow block ${before.number} (${before.hash})`);
        }
      }
      return blocks;
    },
    async range(from, to) {
      const said = digest(await rpc.logs({ fromBlock: from, toBlock: to }, addresses));
      const numbers = said.map(({ number }) => number);
      const blocks = await rpc.blocksByNumber(numbers.at(-1) === to ? numbers : [...numbers, to]);
      return {
        end: blocks.at(-1) ?? unknownBlock(to),
        blocks: said.map(({ number, hash, items, events }, index) => {
          const block = blocks[index] ?? unknownBlock(number);
          const request = `eth_getLogs ${from} to ${to}`;
          if (hash !== block.hash) throw impossible(block, `has logs of another block (${request})`);
          try {
            checkBloom(block, items);
          } catch (error) {
            throw error instanceof AnswerError ? impossible(block, `${error.message} (${request})`) : error;
          }
          return { block, events };
        }),
        logCount: said.reduce((sum, { events }) => sum + events.length, 0),
      };
    },
  };

  /**
   * What logs say of each block. The logs themselves, which are many times larger, are let go of before the next request
   * is waited for: whatever outlives a turn or two goes to the old generation, and stays for long.
   */
  function digest(logs: readonly RpcLog[]) {
    const byBlock = new Map<bigint, RpcLog[]>();
    for (const log of logs) {
      const before = byBlock.get(log.blockNumber);
      if (before === undefined) byBlock.set(log.blockNumber, [log]);
      else before.push(log);
    }
    return [...byBlock].map(([number, own]) => {
      const hash = own[0]?.blockHash;
      const other = own.find(({ blockHash }) => blockHash !== hash);
      if (other !== undefined) {
        throw chainFailure("RPC_INVALID_ANSWER", `eth_getLogs: two hashes of block ${number}`, {
          details: { number, hashes: [hash, other.blockHash] },
        });
      }
      return { number, hash, items: itemsOf(own), events: decoder.decode(own) };
    });
  }
}

function unknownBlock(number: bigint): never {
  throw chainFailure("RPC_BLOCK_UNKNOWN", `eth_getBlockByNumber ${number}: there is no such block`, {
    details: { number },
  });
}

function impossible({ number, hash }: RpcBlock, what: string): Error {
  return chainFailure("RPC_INVALID_ANSWER", `block ${number} (${hash}): ${what}`, {
    details: { number, hash },
  });
}
