import type { Logger } from "pino";
import type { BlockHeader } from "./cursor.ts";
import { chainFailure, hasCode } from "./errors.ts";
import type { Headers } from "./headers.ts";
import type { NamedTag, Rpc } from "./rpc.ts";

/** What a node acts on: blocks with so many on top, or what the chain itself calls `safe` or `finalized`. */
export type FinalityPolicy = number | NamedTag;

/** From three endpoints on the second highest tag counts: one that makes up a tag moves nothing by itself. */
const ENDPOINTS_OUTVOTING_MIN = 3;

/**
 * Which blocks the policy lets the node act on.
 *
 * | policy | a block is settled when |
 * |---|---|
 * | a depth N | N blocks followed stand on it; 0 is `latest` |
 * | `safe`, `finalized` | it is not above the block that the endpoints call so, and that block is one that was followed |
 */
export interface Finality {
  /** Asks for the tag, where the policy is one. @throws PleiadError FINALITY_UNSUPPORTED, those of `Rpc` */
  check(): Promise<void>;
  /** To be called after new blocks were followed. What cannot be read leaves things as they are. */
  look(followed: Pick<Headers, "head" | "at">): Promise<void>;
  /** To be called when all blocks after `number` were removed. */
  rolledBack(number: bigint): void;
  /** Number of the last settled block, as of `head`; undefined while there is none. */
  settledUpTo(head: BlockHeader | undefined): bigint | undefined;
  /** No reorganisation may reach this block: the chain has called it finalized. Undefined while it has called none so. */
  finalized(): bigint | undefined;
}

export function createFinality(
  options: { readonly policy: FinalityPolicy },
  modules: { readonly rpc: Rpc; readonly logger: Logger },
): Finality {
  const { policy } = options;
  const { rpc, logger } = modules;
  /** The last block with the tag. */
  let tagged: bigint | undefined;

  /** The block that the endpoints give the tag to: none above what most of them say, or the lowest where they are few. */
  async function read(tag: NamedTag): Promise<{ readonly number: bigint; readonly hash: string }> {
    const known = rpc.health().length;
    if (known === 1) return told(await rpc.blockByNumber(tag), tag);
    const providers = rpc.providers();
    const quick = providers.filter(({ isSlow }) => !isSlow);
    const asked = quick.length >= 2 ? quick : providers;
    const answers = await Promise.allSettled(asked.map((provider) => provider.blockByNumber(tag)));
    const blocks = answers.flatMap((answer) =>
      answer.status === "fulfilled" && answer.value !== null ? [answer.value] : [],
    );
    // While the others are away, one that makes up a tag would be the only one.
    if (blocks.length === 1 && known >= ENDPOINTS_OUTVOTING_MIN) {
      const what = `eth_getBlockByNumber ["${tag}",false]: of ${known} endpoints only one tells its ${tag} block`;
      throw chainFailure("RPC_DISAGREEMENT", what, { details: { finality: tag } });
    }
    const sorted = blocks.sort((a, b) => Number(b.number - a.number));
    const block = sorted.length >= ENDPOINTS_OUTVOTING_MIN ? sorted[1] : sorted.at(-1);
    return block ?? told(await rpc.blockByNumber(tag), tag);
  }

  return {
    async check() {
      if (typeof policy === "number") return;
      try {
        await read(policy);
      } catch (error) {
        // What an endpoint says of a tag that it does not know: that its parameters are wrong, or the block unknown.
        if (!hasCode(error, "RPC_FAILED", "RPC_BLOCK_UNKNOWN")) throw error;
        throw unsupported(policy, error);
      }
    },
    async look(followed) {
      if (typeof policy === "number") return;
      try {
        const { number, hash } = await read(policy);
        const known = followed.at(number);
        // Not followed yet, or of another branch: the next look tells.
        if (number > (followed.head()?.number ?? -1n)) return;
        // Older than what is remembered: long canonical.
        if (known !== undefined && known.hash !== hash) return;
        if (tagged === undefined || number > tagged) tagged = number;
      } catch (error) {
        if (hasCode(error, "RPC_STOPPED")) return;
        logger.warn({ policy, reason: (error as Error).message }, "the settled block could not be read");
      }
    },
    rolledBack(number) {
      if (policy === "safe" && tagged !== undefined && tagged > number) tagged = number;
    },
    settledUpTo(head) {
      if (head === undefined) return undefined;
      if (typeof policy !== "number")
        return tagged === undefined || tagged < head.number ? tagged : head.number;
      const number = head.number - BigInt(policy);
      return number < 0n ? undefined : number;
    },
    finalized: () => (policy === "finalized" ? tagged : undefined),
  };
}

function told<T>(block: T | null, tag: NamedTag): T {
  if (block === null) throw unsupported(tag);
  return block;
}

function unsupported(policy: NamedTag, cause?: unknown): Error {
  const what = `eth_getBlockByNumber ["${policy}",false]: the endpoint knows no ${policy} block`;
  return chainFailure("FINALITY_UNSUPPORTED", what, { details: { finality: policy }, cause });
}
