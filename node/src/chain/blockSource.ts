import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Hex } from "viem";
import { bloomMayContain } from "./bloom.ts";
import type { BlockHeader } from "./cursor.ts";
import { chainFailure, hasCode } from "./errors.ts";
import type { ChainEvent, EventDecoder } from "./events.ts";
import { createHeaderWitness } from "./headerWitness.ts";
import { AnswerError, type RpcBlock } from "./parse.ts";
import type { RpcLog } from "./parseLog.ts";
import { createRangeWitness, type RangeMarks, sayingOf } from "./rangeWitness.ts";
import type { LogTaker, Rpc } from "./rpc.ts";

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
  /** How many logs it brought; long ones count as several. */
  readonly weight: number;
}

/**
 * Blocks of a range without logs of ours whose headers are looked at all the same, where there is no second endpoint to ask:
 * one that leaves logs out is found out sooner or later, at the cost of a few more items in one request.
 */
export const RANGE_SPOTS = 4;
/** Logs that one range may bring: where few blocks held any, the next ones may hold many, and several ranges are read at once. */
export const RANGE_WEIGHT_MAX = 4_000;
/** For so much data a log counts as one more. Characters. */
const LOG_DATA_CHARS = 2_048;

/** What a range of the log says. */
interface LogDigest {
  readonly blocks: readonly BlockDigest[];
  readonly weight: number;
}

/** What it says of a block. */
interface BlockDigest {
  readonly number: bigint;
  readonly hash: Hex;
  /** What its bloom must have. */
  readonly items: Set<Hex>;
  /** What the logs say, where there is somebody to compare it with. */
  readonly logs: string[];
  readonly events: ChainEvent[];
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
  /** Makes sure that a block follows the one before. @throws PleiadError RPC_INVALID_ANSWER where it does not */
  link(before: BlockHeader, block: RpcBlock): Promise<void>;
  /** Our events in a block, asked for by its hash. @throws PleiadError RPC_INVALID_ANSWER for logs that cannot be */
  eventsOf(block: RpcBlock): Promise<readonly ChainEvent[]>;
  /**
   * The blocks of a range that hold our events, as `rangeWitness.ts` has them where there are several endpoints. Only for
   * blocks that no reorganisation can reach any more.
   *
   * @throws PleiadError RPC_RANGE_TOO_LARGE, also where several blocks hold more than is to be held; RPC_INVALID_ANSWER also where the only endpoint left out logs of a block that
   * was looked at, drawn by lot
   */
  range(from: bigint, to: bigint): Promise<BlockRange>;
}

export function createBlockSource(modules: {
  readonly rpc: Rpc;
  readonly decoder: EventDecoder;
  readonly logger: Logger;
  /** From 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: () => number;
  /** @default RANGE_WEIGHT_MAX */
  readonly rangeWeightMax?: number;
}): BlockSource {
  const { rpc, decoder, logger, random = Math.random, rangeWeightMax = RANGE_WEIGHT_MAX } = modules;
  const { addresses } = decoder;
  const witness = createRangeWitness({ rpc, addresses, logger });
  const headers = createHeaderWitness({ rpc });
  const isAlone = rpc.health().length === 1;

  /** Adds what the bloom of a block must have for a log that is said to be in it. */
  function addItems(items: Set<Hex>, { address, topics }: RpcLog): void {
    items.add(address);
    for (const topic of topics) items.add(topic);
  }

  function checkBloom(block: RpcBlock, items: ReadonlySet<Hex>): void {
    for (const item of items) {
      if (!bloomMayContain(block.logsBloom, item))
        throw new AnswerError(`a log with ${item} is not in block ${block.number} (${block.hash})`);
    }
  }

  /** What cannot be of a block is counted against whoever told it. */
  async function blaming<T>(read: () => Promise<T>, about?: RpcBlock): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (!hasCode(error, "RPC_INVALID_ANSWER", "RPC_BLOCK_UNKNOWN")) throw error;
      const number = about?.number ?? error.details.number;
      // A block that does not follow the one before: either of the two.
      if (typeof number === "bigint") await headers.object([number - 1n, number], error);
      throw error;
    }
  }

  function eventsOf(block: RpcBlock): Promise<readonly ChainEvent[]> {
    return blaming(() => readEvents(block), block);
  }

  async function readEvents(block: RpcBlock): Promise<readonly ChainEvent[]> {
    if (!addresses.some((address) => bloomMayContain(block.logsBloom, address))) return [];
    const events = await eventsBy(rpc, block);
    if (events.length > 0) return events;
    // An endpoint that lost the block a moment ago, or that leaves logs out, may answer nothing where there was something.
    // Bits of a bloom that are set by chance are rare enough for a second question.
    return isAlone ? eventsBy(rpc, block) : eventsByOthers(block);
  }

  async function eventsBy(endpoint: Pick<Rpc, "logs">, block: RpcBlock): Promise<readonly ChainEvent[]> {
    let events: readonly ChainEvent[] = [];
    await endpoint.logs({ blockHash: block.hash }, addresses, (logs) => {
      const stray = logs.find(({ blockNumber }) => blockNumber !== block.number);
      if (stray !== undefined) throw new AnswerError(`log ${stray.logIndex} is not in block ${block.number}`);
      const items = new Set<Hex>();
      for (const log of logs) addItems(items, log);
      checkBloom(block, items);
      events = decoder.decode(logs);
    });
    return events;
  }

  /** By each endpoint that is well, until one has events: who has none may be the one that leaves them out. */
  async function eventsByOthers(block: RpcBlock): Promise<readonly ChainEvent[]> {
    const well = new Set(rpc.health().flatMap(({ name, state }) => (state === "well" ? [name] : [])));
    let answers = 0;
    for (const provider of rpc.providers().filter(({ name, isSlow }) => well.has(name) && !isSlow)) {
      try {
        const events = await eventsBy(provider, block);
        if (events.length > 0) return events;
        answers += 1;
      } catch (error) {
        // It is away, or does not know the block: the others have their word.
        if (!(error instanceof PleiadError)) throw error;
      }
    }
    return answers > 0 ? [] : eventsBy(rpc, block);
  }

  return {
    eventsOf,
    link: (before, block) => blaming(async () => checkLink(before, block)),
    blocks: (from, to, known) => blaming(() => readBlocks(from, to, known)),
    range: (from, to) => blaming(() => readRange(from, to)),
  };

  async function readBlocks(
    from: bigint,
    to: bigint,
    known: readonly RpcBlock[],
  ): Promise<readonly RpcBlock[]> {
    const knownByNumber = new Map(known.map((block) => [block.number, block]));
    const numbers = Array.from({ length: Number(to - from) + 1 }, (_, index) => from + BigInt(index));
    const asked = headers.ask(numbers);
    const missing = numbers.filter((number) => !knownByNumber.has(number));
    for (const [index, block] of (await rpc.blocksByNumber(missing)).entries())
      knownByNumber.set(missing[index] ?? 0n, block ?? unknownBlock(missing[index] ?? 0n));
    const blocks = numbers.map((number) => knownByNumber.get(number) ?? unknownBlock(number));
    await headers.settle(blocks, asked);
    for (const [index, block] of blocks.entries()) checkLink(blocks[index - 1], block);
    return blocks;
  }

  async function readRange(from: bigint, to: bigint): Promise<BlockRange> {
    const request = `eth_getLogs ${from} to ${to}`;
    const asked = witness.ask(from, to);
    const weightMax = from === to ? Number.POSITIVE_INFINITY : rangeWeightMax;
    const digest = () => createDigest(weightMax, request);
    const said = await rpc.readLogs({ fromBlock: from, toBlock: to }, addresses, digest);
    const digests = new Map(said.blocks.map((digest) => [digest.number, digest]));
    const elsewhere = await witness.settle({ from, to }, asked, digests satisfies RangeMarks);
    const spots = new Set(isAlone ? drawSpots(from, to).filter((number) => !digests.has(number)) : []);
    const numbers = [...new Set([...digests.keys(), ...elsewhere.keys(), ...spots, to])].sort(byNumber);
    const askedHeaders = headers.askFinal(numbers);
    const blocks = (await rpc.blocksByNumber(numbers)).map(
      (block, index) => block ?? unknownBlock(numbers[index] ?? to),
    );
    await headers.settleFinal(blocks, askedHeaders);
    for (const [index, block] of blocks.entries()) checkLink(blocks[index - 1], block);
    const held: BlockEvents[] = [];
    for (const block of blocks) {
      const provider = elsewhere.get(block.number);
      const digest = digests.get(block.number);
      if (spots.has(block.number)) await checkSpot(block, request);
      else if (provider !== undefined) held.push({ block, events: await eventsBy(provider, block) });
      else if (digest !== undefined) held.push({ block, events: digestedEvents(block, digest, request) });
    }
    return { end: blocks.at(-1) ?? unknownBlock(to), blocks: held, weight: said.weight };
  }

  function digestedEvents(block: RpcBlock, digest: BlockDigest, request: string): readonly ChainEvent[] {
    if (digest.hash !== block.hash) throw impossible(block, `has logs of another block (${request})`);
    try {
      checkBloom(block, digest.items);
    } catch (error) {
      throw error instanceof AnswerError ? impossible(block, `${error.message} (${request})`) : error;
    }
    return digest.events;
  }

  function drawSpots(from: bigint, to: bigint): readonly bigint[] {
    const blocks = Number(to - from) + 1;
    return Array.from({ length: RANGE_SPOTS }, () => from + BigInt(Math.floor(random() * blocks)));
  }

  async function checkSpot(block: RpcBlock, request: string): Promise<void> {
    const events = await eventsOf(block);
    if (events.length > 0) throw impossible(block, `has logs that are left out of ${request}`);
  }

  /** What logs say of each block: a small part of what they are themselves, and all that is kept of them. */
  function createDigest(weightMax: number, request: string): LogTaker<LogDigest> {
    const blocks: BlockDigest[] = [];
    let last: BlockDigest | undefined;
    let weight = 0;
    return {
      end: () => ({ blocks, weight }),
      log(log) {
        weight += 1 + Math.floor(log.data.length / LOG_DATA_CHARS);
        if (weight > weightMax)
          throw chainFailure("RPC_RANGE_TOO_LARGE", `${request}: more than ${weightMax} logs at once`);
        if (last?.number !== log.blockNumber) {
          last = { number: log.blockNumber, hash: log.blockHash, items: new Set(), logs: [], events: [] };
          blocks.push(last);
        }
        if (last.hash !== log.blockHash)
          throw new AnswerError(`two hashes of block ${last.number}: ${last.hash} and ${log.blockHash}`);
        addItems(last.items, log);
        if (!isAlone) last.logs.push(sayingOf(log));
        const event = decoder.event(log);
        if (event !== undefined) last.events.push(event);
      },
    };
  }
}

/** A block names the one before by its hash, if that one is there. */
function checkLink(before: Pick<BlockHeader, "number" | "hash"> | undefined, block: RpcBlock): void {
  if (before?.number === block.number - 1n && block.parentHash !== before.hash)
    throw impossible(block, `does not follow block ${before.number} (${before.hash})`);
}

function byNumber(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
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
