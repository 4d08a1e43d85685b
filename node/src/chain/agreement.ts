import { createHash } from "node:crypto";
import type { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Hex } from "viem";
import { type Clock, systemClock } from "./clock.ts";
import { chainFailure } from "./errors.ts";
import type { ChainEvent, EventDecoder } from "./events.ts";
import type { Provider, Rpc } from "./rpc.ts";

/** Blocks whose comparison is remembered, or under way: a node acts on the newest ones. */
export const AGREEMENT_BLOCKS_MAX = 4_096;
/** Blocks that are compared at once. */
export const AGREEMENT_PARALLEL_MAX = 4;
/** How often endpoints must contradict each other over a block before the minority is left out: a reorganisation passes. */
export const OBJECTIONS_MAX = 3;
/** How soon a block that was not agreed on is compared again. Milliseconds. */
export const AGREEMENT_RETRY_MS = 2_000;
/** A contradiction that nobody has asked about again is over: its block is gone, or nobody needs it any more. Milliseconds. */
export const CONTRADICTION_KEPT_MS = 60_000;

/** A block as it was followed. */
export interface FollowedBlock {
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
}

/**
 * Whether the endpoints agree on a block: on its hash at its number, and on our events in it. What a node signs, sends
 * or counts as paid rests on blocks that they agree on. With one endpoint there is nobody to ask.
 *
 * | the endpoints that answer | the block is |
 * |---|---|
 * | all say what was followed, and they are enough | agreed, for good |
 * | all say what was followed, and they are too few | asked for again |
 * | contradict each other, some times | what more than half of them say is true: the others are left out. Where there is no majority, nothing is agreed until they stop |
 * | more than half say something else, some times | refuted: `onRefuted` hears of it |
 */
export interface Agreement {
  /** Notes what was followed: what the endpoints say later is compared with it. */
  saw(block: { readonly number: bigint; readonly hash: Hex }, events: readonly ChainEvent[]): void;
  /** Whether the block is agreed on. Where that is not known yet it is found out, and `onAgreed` told. */
  isAgreed(block: FollowedBlock): boolean;
  /** A contradiction that nothing has resolved, and that was found again within `CONTRADICTION_KEPT_MS`. */
  error(): PleiadError | undefined;
}

export interface AgreementOptions {
  /** How many endpoints must say the same. */
  readonly needed: number;
}

export interface AgreementModules {
  readonly rpc: Rpc;
  readonly decoder: EventDecoder;
  readonly logger: Logger;
  /** Called when a block is agreed on that was asked for. */
  readonly onAgreed: () => void;
  /** Called when most endpoints deny what was followed of a block: it has to be followed again, from others. */
  readonly onRefuted: (block: FollowedBlock) => void;
  /** @default the machine's clock */
  readonly clock?: Clock;
}

/** How many have to agree where nothing is configured: two from three endpoints on; below that, one, and none against it. */
export function agreementNeeded(endpoints: number): number {
  return endpoints >= 3 ? 2 : 1;
}

interface Comparison {
  isAgreed: boolean;
  isAsking: boolean;
  /** Looks in a row at which endpoints contradicted each other. */
  objections: number;
  askedAtMs: number;
}

/** What one endpoint says of a block. */
interface Statement {
  readonly provider: Provider;
  readonly text: string;
}

export function createAgreement(options: AgreementOptions, modules: AgreementModules): Agreement {
  const { needed } = options;
  const { rpc, decoder, logger, onAgreed, onRefuted, clock = systemClock() } = modules;
  const isAlone = rpc.health().length === 1;
  /** What was followed, by block hash; blocks without our events are not among them. Oldest first. */
  const followed = new Map<Hex, string>();
  const comparisons = new Map<Hex, Comparison>();
  const contradictions = new Map<Hex, { readonly error: PleiadError; readonly atMs: number }>();
  let asking = 0;

  function saw({ hash }: { readonly hash: Hex }, events: readonly ChainEvent[]): void {
    if (isAlone || events.length === 0) return;
    followed.set(hash, digestOf(events));
    cut(followed);
  }

  /** What an endpoint says of the block of a number; undefined where it says nothing. */
  async function ask(
    provider: Provider,
    { blockNumber, blockHash }: FollowedBlock,
  ): Promise<Statement | undefined> {
    try {
      const block = await provider.blockByNumber(blockNumber);
      if (block === null) return undefined;
      if (block.hash !== blockHash) return { provider, text: block.hash };
      let digest = "";
      await provider.logs({ blockHash: block.hash }, decoder.addresses, (logs) => {
        digest = digestOf(decoder.decode(logs));
      });
      return { provider, text: `${block.hash} ${digest}` };
    } catch {
      // That it failed is in its health; it says neither yes nor no.
      return undefined;
    }
  }

  /** What was followed; of a block whose events are not remembered, what most say who know it by its hash. */
  function ownText({ blockHash }: FollowedBlock, statements: readonly Statement[]): string {
    const digest = followed.get(blockHash);
    if (digest !== undefined) return `${blockHash} ${digest}`;
    const knowing = statements.filter(({ text }) => text.startsWith(blockHash));
    return majorityOf(knowing) ?? knowing[0]?.text ?? blockHash;
  }

  /** What the endpoints say; the slow ones are asked where the others do not settle it, or they would hold everything up. */
  async function statementsOf(block: FollowedBlock): Promise<readonly Statement[]> {
    const providers = rpc.providers();
    const askAll = async (some: readonly Provider[]) => {
      const answers = await Promise.all(some.map((provider) => ask(provider, block)));
      return answers.filter((statement) => statement !== undefined);
    };
    const quick = await askAll(providers.filter(({ isSlow }) => !isSlow));
    const isEnough = quick.length >= needed && quick.length > providers.length / 2;
    if (isEnough && quick.every(({ text }) => text === quick[0]?.text)) return quick;
    return [...quick, ...(await askAll(providers.filter(({ isSlow }) => isSlow)))];
  }

  async function compare(block: FollowedBlock, comparison: Comparison): Promise<void> {
    const statements = await statementsOf(block);
    const own = ownText(block, statements);
    const agreeing = statements.filter(({ text }) => text === own);
    if (agreeing.length === statements.length) {
      comparison.objections = 0;
      if (agreeing.length >= needed) agreed(block, comparison);
      return;
    }
    comparison.objections += 1;
    if (comparison.objections < OBJECTIONS_MAX) return;
    const most = majorityOf(statements);
    const error = disagreement(block, statements, own);
    if (most === undefined) {
      if (!contradictions.has(block.blockHash)) {
        const { code, message } = error;
        logger.error({ code, message, limitAs: code }, "endpoints contradict each other");
      }
      contradictions.delete(block.blockHash);
      contradictions.set(block.blockHash, { error, atMs: clock.monotonicMs() });
      cut(contradictions);
      return;
    }
    for (const { provider, text } of statements) if (text !== most) provider.distrust(error);
    if (most === own) {
      if (agreeing.length >= needed) agreed(block, comparison);
      return;
    }
    comparisons.delete(block.blockHash);
    const { code, message } = error;
    logger.error({ code, message, limitAs: code }, "what was followed of a block is not so");
    onRefuted(block);
  }

  function agreed({ blockHash }: FollowedBlock, comparison: Comparison): void {
    comparison.isAgreed = true;
    contradictions.delete(blockHash);
    onAgreed();
  }

  return {
    saw,
    isAgreed(block) {
      if (isAlone) return true;
      const comparison = comparisons.get(block.blockHash) ?? {
        isAgreed: false,
        isAsking: false,
        objections: 0,
        askedAtMs: Number.NEGATIVE_INFINITY,
      };
      if (comparison.isAgreed) return true;
      const isDue = clock.monotonicMs() - comparison.askedAtMs >= AGREEMENT_RETRY_MS;
      if (comparison.isAsking || !isDue || asking >= AGREEMENT_PARALLEL_MAX) return false;
      comparisons.set(block.blockHash, comparison);
      cut(comparisons);
      comparison.isAsking = true;
      comparison.askedAtMs = clock.monotonicMs();
      asking += 1;
      void compare(block, comparison).finally(() => {
        comparison.isAsking = false;
        asking -= 1;
      });
      return false;
    },
    error() {
      for (const [blockHash, { error, atMs }] of contradictions) {
        if (clock.monotonicMs() - atMs <= CONTRADICTION_KEPT_MS) return error;
        contradictions.delete(blockHash);
      }
      return undefined;
    },
  };
}

/** What more than half say, two at least; undefined where there is no such thing. */
function majorityOf(statements: readonly Statement[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { text } of statements) counts.set(text, (counts.get(text) ?? 0) + 1);
  for (const [text, count] of counts) if (count >= 2 && count > statements.length / 2) return text;
  return undefined;
}

function disagreement(block: FollowedBlock, statements: readonly Statement[], own: string): PleiadError {
  const against = statements.filter(({ text }) => text !== own).map(({ provider }) => provider.name);
  const what = `eth_getBlockByNumber ${block.blockNumber} and eth_getLogs of it (${block.blockHash}): ${against.join(", ")} say otherwise`;
  return chainFailure("RPC_DISAGREEMENT", what, { details: { ...block, against } });
}

function digestOf(events: readonly ChainEvent[]): string {
  const text = JSON.stringify(events, (_key, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
  return createHash("sha256").update(text).digest("hex");
}

/** Forgets the oldest. */
function cut(map: Map<Hex, unknown>): void {
  for (const key of map.keys()) {
    if (map.size <= AGREEMENT_BLOCKS_MAX) return;
    map.delete(key);
  }
}
