import type { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Hex } from "viem";
import type { BlockEvents, BlockSource } from "./blockSource.ts";
import type { BlockHeader, Cursor } from "./cursor.ts";
import { chainFailure, hasCode } from "./errors.ts";
import type { ChainEvent } from "./events.ts";
import type { Finality } from "./finality.ts";
import {
  type BlockHandler,
  type ChainListener,
  FOLLOW_BLOCKS_MAX,
  type FollowerState,
  RANGE_BLOCKS_MIN,
  SUSPICIONS_MAX,
} from "./followerTypes.ts";
import { genesisHashOf } from "./genesis.ts";
import type { Headers } from "./headers.ts";
import { mapParallel } from "./parallel.ts";
import type { RpcBlock } from "./parse.ts";
import { createRangesAhead } from "./rangesAhead.ts";
import { type Provider, RPC_PARALLEL_MAX, type Rpc } from "./rpc.ts";

/** What a step came to. */
export interface StepOutcome {
  readonly state: FollowerState;
  /** There is more to do at once. */
  readonly isMore: boolean;
  /** It stands on the newest block there is. */
  readonly isCaughtUp: boolean;
}

/** The follower's work, cut into steps; who calls them decides when, and what happens after a failure. */
export interface FollowerSteps {
  /** Finds out where the cursor stands on this chain. To be called until it no longer answers `suspicious`. */
  begin(): Promise<StepOutcome>;
  /** Replays, catches up or follows a little further. */
  next(): Promise<StepOutcome>;
  newest(): RpcBlock | undefined;
  /** What was followed of this block is not so: the next step takes it back, and follows it again. */
  doubt(number: bigint): void;
}

export interface FollowerStepsOptions {
  readonly fromBlock: bigint;
  readonly finalDepth: number;
}

export interface FollowerStepsModules {
  readonly rpc: Rpc;
  readonly source: BlockSource;
  readonly cursor: Cursor;
  readonly headers: Headers;
  readonly finality: Finality;
  readonly handler: BlockHandler;
  readonly listeners: ReadonlySet<ChainListener>;
  readonly logger: Logger;
}

/** Logs, and blocks, that are handed over before the cursor is moved behind them: what a crash makes come again. */
const CURSOR_LOGS_MAX = 10_000;
const CURSOR_BLOCKS_MAX = 2_000n;
/** Moves of the cursor between two looks at the newest block: some seconds of catching up. */
const CURSOR_MOVES_MAX = 8;

const REPLAYING: StepOutcome = { state: "replaying", isMore: true, isCaughtUp: false };
const BEHIND: StepOutcome = { state: "behind", isMore: false, isCaughtUp: false };
const SUSPICIOUS: StepOutcome = { state: "suspicious", isMore: false, isCaughtUp: false };

export function createFollowerSteps(
  options: FollowerStepsOptions,
  modules: FollowerStepsModules,
): FollowerSteps {
  const { rpc, source, cursor, headers, finality, handler, listeners, logger } = modules;
  const finalDepth = BigInt(options.finalDepth);
  // Block 0 holds no log: contracts in a chain's first state were never deployed by a transaction.
  const firstBlock = options.fromBlock > 0n ? options.fromBlock : 1n;
  let newest: RpcBlock | undefined;
  let genesis: Hex | undefined;
  const ranges = createRangesAhead({ source });
  let logsSinceCursor = 0;
  let cursorAt = firstBlock - 1n;
  let followBlocks = BigInt(FOLLOW_BLOCKS_MAX);
  /** The last block handed over in this life; below the cursor while what it had seen is replayed. */
  let handed = firstBlock - 1n;
  let suspicions = 0;
  /** Number of the newest block when it was last seen to be older than where the follower stands. */
  let lastBehind: bigint | undefined;
  let doubted: bigint | undefined;
  /** Whether what was read last did not follow where the follower stands. */
  let isOffTop = false;

  async function readNewest(): Promise<RpcBlock> {
    const block = await rpc.blockByNumber("latest");
    if (block === null)
      throw chainFailure("RPC_INVALID_ANSWER", 'eth_getBlockByNumber "latest": there is no block');
    newest = block;
    return block;
  }

  async function readBlock(number: bigint): Promise<RpcBlock> {
    const block = await rpc.blockByNumber(number);
    if (block !== null) return block;
    throw chainFailure("RPC_BLOCK_UNKNOWN", `eth_getBlockByNumber ${number}: there is no such block`);
  }

  /** Where the follower stands. Called after `begin` only. */
  function here(): BlockHeader {
    const head = headers.head();
    if (head === undefined) throw new Error("the follower stands nowhere yet");
    return head;
  }

  // ------------------------------------------------------------------------------------------------ divergence

  /** Whether enough endpoints deny what was followed: all that there is, or two at least and most of those that answer. */
  async function isDenied(
    isFollowed: (block: RpcBlock | null) => boolean,
    number: bigint,
    error: PleiadError,
  ): Promise<boolean> {
    if (rpc.health().length === 1) return true;
    const providers = rpc.providers();
    const answers = await Promise.allSettled(providers.map((provider) => provider.blockByNumber(number)));
    const denying: Provider[] = [];
    const confirming: Provider[] = [];
    for (const [index, answer] of answers.entries()) {
      const provider = providers[index];
      // That one failed is in its health; it says neither yes nor no.
      if (provider === undefined || answer.status === "rejected") continue;
      (isFollowed(answer.value) ? confirming : denying).push(provider);
    }
    if (confirming.length > 1 && confirming.length > denying.length)
      for (const provider of denying) provider.distrust(error);
    return denying.length > 1 && denying.length > confirming.length;
  }

  /**
   * What the chain shows would end the follower: it has to show it some times in a row, and one endpoint of several is not
   * the chain.
   */
  async function suspect(
    error: PleiadError,
    number: bigint,
    isFollowed: (block: RpcBlock | null) => boolean,
  ): Promise<StepOutcome> {
    suspicions += 1;
    logger.warn(
      { code: error.code, details: error.details, suspicions },
      "the chain does not fit what was followed",
    );
    if (suspicions >= SUSPICIONS_MAX && (await isDenied(isFollowed, number, error))) throw error;
    return SUSPICIOUS;
  }

  /** The chain has no common ancestor with what was followed, or none that is near enough. */
  async function suspectDeep(seen: RpcBlock): Promise<StepOutcome> {
    const stands = here();
    const found = await genesisHashOf(rpc);
    if (found !== genesis) return suspectReplaced(genesis, found);
    const isThere = (block: RpcBlock | null) => block?.hash === stands.hash;
    const details = { cursor: stands, head: headerOf(seen), finalDepth: options.finalDepth };
    if (seen.number < stands.number) {
      const what = `the chain is at block ${seen.number}, the node has followed it up to ${stands.number}`;
      return suspect(chainFailure("CHAIN_RESTORED_OLDER", what, { details }), stands.number, isThere);
    }
    const finalized = finality.finalized();
    const beyond = `more than ${options.finalDepth}${finalized === undefined ? "" : `, or finalized block ${finalized},`}`;
    const what = `block ${stands.number} was removed with ${beyond} before it`;
    return suspect(chainFailure("FOLLOWER_REORG_TOO_DEEP", what, { details }), stands.number, isThere);
  }

  /** The chain's first block is another: see `genesisHashOf`. */
  function suspectReplaced(known: Hex | undefined, found: Hex): Promise<StepOutcome> {
    return suspect(chainReplaced(known, found), 1n, (block) => block?.parentHash === known);
  }

  /** The newest block is older than where the follower stands, and does not contradict it. */
  async function waitBehind(seen: RpcBlock, isAncestor: boolean): Promise<StepOutcome> {
    const before = lastBehind;
    lastBehind = seen.number;
    const stands = here();
    const isShallow = stands.number - seen.number <= finalDepth;
    if (isShallow || (await rpc.blockByHash(stands.hash)) !== null) {
      // An endpoint that lags. The cursor does not move back for that.
      suspicions = 0;
      return BEHIND;
    }
    // Far behind: one that lags comes nearer along our own blocks, which takes a second look to see.
    if (before === undefined) return SUSPICIOUS;
    if (!isAncestor || seen.number <= before) return suspectDeep(seen);
    suspicions = 0;
    return BEHIND;
  }

  /**
   * Makes sure that the follower stands on a canonical block: rolls back to the common ancestor if it does not.
   * Answers undefined once it does.
   */
  async function settle(seen: RpcBlock): Promise<StepOutcome | undefined> {
    const stands = here();
    if (seen.number < stands.number) {
      const known = headers.at(seen.number);
      if (known === undefined || known.hash === seen.hash) return waitBehind(seen, known !== undefined);
    }
    for (let number = min(seen.number, stands.number); ; number -= 1n) {
      const known = headers.at(number);
      const isFinal = stands.number - number > finalDepth || number < (finality.finalized() ?? 0n);
      if (known === undefined || isFinal) return suspectDeep(seen);
      const block = number === seen.number ? seen : await readBlock(number);
      if (block.hash !== known.hash) continue;
      suspicions = 0;
      lastBehind = undefined;
      if (number < stands.number) await rollBack(known);
      return undefined;
    }
  }

  async function rollBack(target: BlockHeader): Promise<void> {
    const stands = here();
    logger.info({ from: stands.number, to: target.number, hash: target.hash }, "the chain was reorganised");
    await handler.rollback(target);
    // After a start anew the cursor may reach less far back than what was followed since.
    if ((await cursor.headerAt(target.number)) === undefined) await startCursor(target);
    else await cursor.rollBack(target);
    headers.cut(target.number);
    finality.rolledBack(target.number);
    handed = min(handed, target.number);
    for (const listener of [...listeners]) listener.rollback(target);
  }

  function doubt(number: bigint): void {
    if (doubted === undefined || number < doubted) doubted = number;
  }

  /** Takes back what the endpoints have been found to contradict. What is not remembered only a new start mends. */
  async function takeBackDoubted(): Promise<void> {
    if (doubted === undefined) return;
    const number = doubted;
    const target = headers.at(number - 1n);
    if (target === undefined) {
      const what = `block ${number} was followed otherwise than most endpoints tell it, and lies too deep to be taken back`;
      throw chainFailure("RPC_DISAGREEMENT", what, { details: { number }, retryable: false });
    }
    if (here().number >= number) await rollBack(target);
    doubted = undefined;
  }

  // --------------------------------------------------------------------------------------------------- forward

  async function startCursor(header: BlockHeader): Promise<void> {
    if (genesis === undefined) throw new Error("the cursor is started before the chain is known");
    await cursor.start(genesis, headerOf(header));
  }

  /** Blocks from `from` on, up to `last`: as many as an endpoint that fails now and then lets through at once. */
  async function readEvents(from: bigint, last: bigint, seen: RpcBlock): Promise<readonly BlockEvents[]> {
    try {
      const blocks = await source.blocks(from, min(last, from + followBlocks - 1n), [seen]);
      const read = await mapParallel(blocks, RPC_PARALLEL_MAX, async (block) => ({
        block,
        events: await source.eventsOf(block),
      }));
      followBlocks = min(followBlocks * 2n, BigInt(FOLLOW_BLOCKS_MAX));
      return read;
    } catch (error) {
      followBlocks = max(followBlocks / 2n, 1n);
      // Of a block that was followed before another endpoint had it.
      const number = hasCode(error, "RPC_DISAGREEMENT") ? error.details.number : undefined;
      if (typeof number === "bigint" && number <= here().number) doubt(number);
      throw error;
    }
  }

  async function hand(block: RpcBlock, events: readonly ChainEvent[], replayed: boolean): Promise<void> {
    await handler.apply(block, events, replayed);
    handed = block.number;
  }

  /** The contracts' events of the next range of final blocks, up to `last`. @returns its last block */
  async function handRange(from: bigint, last: bigint, replayed: boolean): Promise<RpcBlock> {
    const { blocks, end, weight } = await ranges.next(from, last);
    logsSinceCursor += weight;
    for (const { block, events } of blocks) await hand(block, events, replayed);
    if (handed < end.number) await hand(end, [], replayed);
    return end;
  }

  /** What an earlier life has seen, up to where its cursor stands. */
  async function replay(seen: RpcBlock): Promise<StepOutcome> {
    const stands = here();
    const from = handed + 1n;
    const final = min(stands.number, seen.number - finalDepth);
    if (from <= final) {
      await handRange(from, final, true);
      return REPLAYING;
    }
    for (const { block, events } of await readEvents(from, min(stands.number, seen.number), seen)) {
      const known = headers.at(block.number);
      // Reorganised since the last look: the next step sees to it.
      if (known !== undefined && known.hash !== block.hash) break;
      await hand(block, events, true);
    }
    return REPLAYING;
  }

  /**
   * Final blocks, by ranges. The cursor is moved behind them now and then, and flushed while the next ranges are read: where it
   * stands matters after a crash alone, and then it may stand earlier. Whoever comes after this finds it at the end of the last
   * range.
   */
  async function catchUp(final: bigint): Promise<StepOutcome> {
    let moving = Promise.resolve();
    try {
      for (let moves = 0; ; ) {
        // After a failure in the middle of a range, some of it has been handed over.
        const end = await handRange(max(here().number, handed) + 1n, final, false);
        headers.add(end);
        for (const listener of [...listeners]) listener.block(end);
        // Whoever follows one by one needs the cursor here.
        const isDone = end.number >= final;
        if (!isDone && logsSinceCursor < CURSOR_LOGS_MAX && end.number - cursorAt < CURSOR_BLOCKS_MAX)
          continue;
        await moving;
        moving = startCursor(end);
        // It is awaited before it is moved again; until then nobody hears of its failure.
        moving.catch(() => undefined);
        logsSinceCursor = 0;
        cursorAt = end.number;
        moves += 1;
        if (isDone || moves >= CURSOR_MOVES_MAX)
          return { state: "following", isMore: true, isCaughtUp: false };
      }
    } finally {
      await moving;
    }
  }

  /** The next blocks, one by one. */
  async function follow(seen: RpcBlock): Promise<StepOutcome> {
    const blocks = await readEvents(here().number + 1n, seen.number, seen);
    const [first] = blocks;
    // Not on top of where we stand: the next step rolls back. If it finds no reason to, an endpoint contradicts itself.
    if (first?.block.parentHash !== here().hash) {
      if (isOffTop && first !== undefined) await source.link(here(), first.block);
      isOffTop = true;
      return { state: "following", isMore: true, isCaughtUp: false };
    }
    isOffTop = false;
    // A disk that was full when a range had been handed over left it behind: no block would follow it there.
    if ((await cursor.head())?.hash !== here().hash) await startCursor(here());
    for (const { block, events } of blocks) {
      await hand(block, events, false);
      await cursor.advance([headerOf(block)]);
      headers.add(block);
      for (const listener of [...listeners]) listener.block(block);
    }
    await finality.look(headers);
    const isCaughtUp = here().hash === seen.hash;
    return { state: "following", isMore: !isCaughtUp, isCaughtUp };
  }

  /** The block before the first that may hold our events: where a cursor that stands nowhere begins. */
  async function beginAnew(): Promise<void> {
    const anchor = await readBlock(firstBlock - 1n);
    await startCursor(anchor);
    headers.add(anchor);
  }

  return {
    newest: () => newest,
    doubt,
    async begin() {
      const seen = await readNewest();
      const stored = await cursor.genesisHash();
      const found = await genesisHashOf(rpc);
      if (stored !== undefined && stored !== found) return suspectReplaced(stored, found);
      genesis = found;
      if (headers.head() === undefined) {
        for (const header of (await cursor.history()).toReversed()) headers.add(header);
      }
      if (headers.head() === undefined) {
        await beginAnew();
        return REPLAYING;
      }
      return (await settle(seen)) ?? REPLAYING;
    },
    async next() {
      const seen = await readNewest();
      await takeBackDoubted();
      const stands = here();
      if (seen.hash === stands.hash && handed >= stands.number) {
        suspicions = 0;
        return { state: "following", isMore: false, isCaughtUp: true };
      }
      const isNext = seen.number === stands.number + 1n && seen.parentHash === stands.hash;
      const outcome = isNext ? undefined : await settle(seen);
      if (outcome?.state === "suspicious") return outcome;
      if (handed < min(here().number, seen.number)) return replay(seen);
      if (outcome !== undefined) return outcome;
      const final = seen.number - finalDepth;
      if (final - here().number >= BigInt(RANGE_BLOCKS_MIN)) return catchUp(final);
      return seen.number > here().number
        ? follow(seen)
        : { state: "following", isMore: false, isCaughtUp: true };
    },
  };
}

function chainReplaced(followed: Hex | undefined, found: Hex): PleiadError {
  const what = `the chain begins with ${found}, the node has followed one that begins with ${followed}`;
  return chainFailure("CHAIN_REPLACED", what, { details: { followed, found } });
}

function headerOf({ number, hash, parentHash, timestamp }: BlockHeader): BlockHeader {
  return { number, hash, parentHash, timestamp };
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
