import { PleiadError } from "@pleiad/sdk/errors";
import { type Hex, stringToBytes } from "viem";
import { OUTPUT_INLINE_BYTES_MAX, type TransactionJournal } from "../chain/journal.ts";
import { gasOf, SETTLEMENT_GAS_MAX } from "./batchGas.ts";
import type { Heard } from "./heardBook.ts";
import type { Plan } from "./plan.ts";
import type { Blobs, ExecutionFacts, Gossip, SettlementItem, Settler } from "./ports.ts";

/** Most completions in one transaction; the contract takes 64. */
export const SETTLEMENT_ITEMS_MAX = 64;
/** Most bytes of completions in one transaction: the pools of common clients take no transaction above 128 KiB. */
export const SETTLEMENT_BYTES_MAX = 98_304;
/** What an item weighs besides its output: the struct's words, the offsets and the signature, rounded up. Bytes. */
const ITEM_BYTES = 512;
/** What stands in place of an output that peers serve by its digest. */
const REFERENCE = stringToBytes("pleiad:");
/** Below this an output costs less inline than the blob costs to keep. Bytes. */
const REFERENCE_BYTES_MIN = 32;

/** A quorum's output stands with its first item; the others go without. */
const NO_OUTPUT = new Uint8Array();

/** Completions of one execution that are due. */
export interface DueSettlement {
  readonly facts: ExecutionFacts;
  readonly plan: Plan<Heard>;
  /**
   * Which member of a quorum stands first, modulo their number: the contract names what is wrong with the first alone, so
   * that after each failure another one does. @default 0
   */
  readonly turn?: number;
}

export interface SettlementModules {
  readonly settler: Settler;
  readonly blobs: Blobs;
  readonly gossip: Pick<Gossip, "enabled">;
}

/** What goes into one transaction, and what of each execution that is. */
export interface Batch {
  readonly items: readonly SettlementItem[];
  /** By execution; one that is not in it has to wait for the next transaction. */
  readonly carried: ReadonlyMap<bigint, readonly Heard[]>;
}

/** What came of a transaction. */
export type SettlementResult =
  | { readonly kind: "mined"; readonly transactionHash: Hex }
  | { readonly kind: "unneeded"; readonly reason: string }
  | { readonly kind: "failed"; readonly error: PleiadError };

/**
 * Fills a transaction with what is due, in the order in which it came. An execution that does not fit as a whole gives
 * what fits, for what comes first depends on nothing that comes after; a quorum goes as a whole.
 */
export async function batchOf(
  due: readonly DueSettlement[],
  modules: Pick<SettlementModules, "blobs" | "gossip">,
): Promise<Batch> {
  const items: SettlementItem[] = [];
  const carried = new Map<bigint, Heard[]>();
  let bytes = 0;
  for (const { facts, plan, turn = 0 } of due) {
    const own: Heard[] = [];
    for (const together of agreementsOf(plan.settle)) {
      const first = turn % together.length;
      const agreement = [...together.slice(first), ...together.slice(0, first)];
      const output = await outputOf(agreement, facts, modules);
      // An output that is nowhere cannot be sent, and what depends on it neither.
      if (output === undefined || items.length + agreement.length > SETTLEMENT_ITEMS_MAX) break;
      const added = itemsOf(agreement, output);
      const weight = added.reduce((sum, item) => sum + weightOf(item), 0);
      const gas = gasOf(items.length + added.length, bytes + weight);
      if (items.length > 0 && (bytes + weight > SETTLEMENT_BYTES_MAX || gas > SETTLEMENT_GAS_MAX)) break;
      bytes += weight;
      items.push(...added);
      own.push(...agreement);
    }
    if (own.length > 0) carried.set(facts.id, own);
  }
  return { items, carried };
}

/** Hands a batch to the settler. */
export async function settleBatch(
  { items }: Batch,
  { settler }: SettlementModules,
): Promise<SettlementResult> {
  try {
    const sent = await settler.settle(items);
    return "reason" in sent ? { kind: "unneeded", ...sent } : { kind: "mined", ...sent };
  } catch (error) {
    if (error instanceof PleiadError) return { kind: "failed", error };
    throw error;
  }
}

/** Names a completion by what it says. */
export function nameOf(completion: {
  readonly execution: bigint;
  readonly task: number;
  readonly node: bigint;
  readonly outputDigest: Hex;
}): string {
  const { execution, task, node, outputDigest } = completion;
  return `${execution}/${task}/${node}/${outputDigest.toLowerCase()}`;
}

/** Completions that a transaction of this node carries which was signed and may still be mined, by `nameOf`. */
export async function onTheirWay(
  transactions: Pick<TransactionJournal, "live">,
): Promise<ReadonlySet<string>> {
  const live = await transactions.live();
  const attempts = live.flatMap(({ state, attempts }) => (state === "mined" ? [] : attempts.slice(-1)));
  return new Set(attempts.flatMap(({ completions }) => completions.map(nameOf)));
}

/** Whether an output goes into its transaction as a reference. Without peers nobody could ask for the bytes. */
export function isReferred(heard: Heard, facts: ExecutionFacts, gossip: Pick<Gossip, "enabled">): boolean {
  const bytes = heard.message.output?.length ?? Number.POSITIVE_INFINITY;
  return facts.outputsByReference && gossip.enabled && bytes > REFERENCE_BYTES_MIN;
}

/** Completions that stand together: those of one task say the same, and count only together. */
function agreementsOf(settle: readonly Heard[]): readonly (readonly Heard[])[] {
  const agreements: Heard[][] = [];
  for (const heard of settle) {
    const last = agreements.at(-1);
    if (last?.[0]?.task === heard.task) last.push(heard);
    else agreements.push([heard]);
  }
  return agreements;
}

/** An agreement as the contract takes it: the first item has the output, whoever of them it came from. */
function itemsOf(agreement: readonly Heard[], output: Uint8Array): readonly SettlementItem[] {
  return agreement.map(({ message: { completion, signature } }, index) => {
    return { completion, signature, output: index === 0 ? output : NO_OUTPUT };
  });
}

/** What an agreement's first item brings: the bytes, or a reference to them; undefined where they are nowhere. */
async function outputOf(
  agreement: readonly Heard[],
  facts: ExecutionFacts,
  { blobs, gossip }: Pick<SettlementModules, "blobs" | "gossip">,
): Promise<Uint8Array | undefined> {
  const heard = agreement.find(({ message }) => message.output !== undefined) ?? agreement[0];
  if (heard === undefined || isReferred(heard, facts, gossip)) return REFERENCE;
  const output = heard.message.output ?? (await blobs.get(heard.outputDigest));
  if (output === undefined) return undefined;
  if (output.length <= OUTPUT_INLINE_BYTES_MAX) return output;
  return facts.outputsByReference ? REFERENCE : undefined;
}

function weightOf({ output }: SettlementItem): number {
  return ITEM_BYTES + output.length;
}
