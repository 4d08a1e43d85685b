import { isRetryable, PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { stringToBytes } from "viem";
import { OUTPUT_INLINE_BYTES_MAX } from "../chain/journal.ts";
import type { Heard } from "./heardBook.ts";
import type { Plan } from "./plan.ts";
import type { Blobs, ExecutionFacts, Gossip, SettlementItem, Settler } from "./ports.ts";

/** Most completions in one transaction; the contract takes 64. */
export const SETTLEMENT_ITEMS_MAX = 64;
/** What stands in place of an output that peers serve by its digest. */
const REFERENCE = stringToBytes("pleiad:");
/** Below this an output costs less inline than the blob costs to keep. Bytes. */
const REFERENCE_BYTES_MIN = 32;

/** Completions of one execution that are due. */
export interface DueSettlement {
  readonly facts: ExecutionFacts;
  readonly plan: Plan<Heard>;
}

/**
 * Sends everything that is due in one transaction. Where that fails in a way that may pass, the caller asks again
 * after it has looked at the chain.
 *
 * @returns whether something was sent and mined
 */
export async function settleDue(
  due: readonly DueSettlement[],
  modules: {
    readonly settler: Settler;
    readonly blobs: Blobs;
    readonly gossip: Pick<Gossip, "enabled">;
    readonly logger: Logger;
  },
): Promise<boolean> {
  const items: SettlementItem[] = [];
  for (const { facts, plan } of due) {
    for (const heard of plan.settle) {
      const item = await itemOf(heard, facts, modules);
      // An output that is nowhere cannot be sent, and what depends on it neither.
      if (item === undefined || items.length >= SETTLEMENT_ITEMS_MAX) break;
      items.push(item);
    }
  }
  if (items.length === 0) return false;
  try {
    const sent = await modules.settler.settle(items);
    if ("reason" in sent) {
      modules.logger.info({ items: items.length, reason: sent.reason }, "settlement not needed");
      return false;
    }
    modules.logger.info({ items: items.length, transaction: sent.transactionHash }, "completions settled");
    return true;
  } catch (error) {
    if (!(error instanceof PleiadError)) throw error;
    const level = isRetryable(error) ? "warn" : "error";
    modules.logger[level](
      { items: items.length, code: error.code, reason: error.message },
      "settlement failed",
    );
    return false;
  }
}

/** A heard completion as the contract takes it. */
async function itemOf(
  heard: Heard,
  facts: ExecutionFacts,
  { blobs, gossip }: { readonly blobs: Blobs; readonly gossip: Pick<Gossip, "enabled"> },
): Promise<SettlementItem | undefined> {
  const { completion, signature } = heard.message;
  // Without peers nobody could ask for the bytes.
  if (
    facts.outputsByReference &&
    gossip.enabled &&
    (heard.message.output?.length ?? Infinity) > REFERENCE_BYTES_MIN
  ) {
    return { completion, signature, output: REFERENCE };
  }
  const output = heard.message.output ?? (await blobs.get(completion.outputDigest));
  if (output === undefined) return undefined;
  if (output.length <= OUTPUT_INLINE_BYTES_MAX) return { completion, signature, output };
  return facts.outputsByReference ? { completion, signature, output: REFERENCE } : undefined;
}
