import type { SignedCompletion } from "./journal.ts";

/**
 * What this node holds against others: two completions that one node signed for the same execution, task and context with
 * different outputs. `store` keeps it on disk; every call that changes something answers when it is flushed.
 *
 * | from | to | call | condition |
 * |---|---|---|---|
 * | – | open | `keep` | none is kept of this node, execution and task |
 * | open | closed | `close` | proven on chain, by whomever, or never to be proven |
 * | open | – | `keep` of another | there are too many: the oldest goes |
 * | closed | – | `keep` of another | there are too many: the oldest goes |
 */
export interface EquivocationBook {
  /**
   * Keeps a proof. Of a node, execution and task one is kept, the first: a second takes nothing more from the node, for a
   * context is all that differs.
   *
   * @returns false where one is kept already, or its node has `EQUIVOCATIONS_OPEN_PER_NODE_MAX` open ones
   */
  keep(a: SignedCompletion, b: SignedCompletion): Promise<boolean>;
  /** Those that are open, the oldest first. */
  open(): Promise<readonly Equivocation[]>;
  /** Nothing more is done about one; it stays known for a while. */
  close(equivocation: EquivocationKey, reason: string): Promise<void>;
}

/** What a proof is keyed by. */
export interface EquivocationKey {
  readonly node: bigint;
  readonly execution: bigint;
  readonly task: number;
}

export interface Equivocation extends EquivocationKey {
  readonly a: SignedCompletion;
  readonly b: SignedCompletion;
  /** Unix milliseconds. */
  readonly foundAtMs: number;
  /** Why nothing more is done about it; null while it is open. */
  readonly end: string | null;
}

/** Proofs that are still to be brought: about 3 KiB each. */
export const EQUIVOCATIONS_OPEN_MAX = 256;
/** Of one node: each takes half of what is left of its bond, and after sixteen nothing worth a transaction is. */
export const EQUIVOCATIONS_OPEN_PER_NODE_MAX = 16;
/** Proofs that are over and still known, so that the same messages, heard again, are not looked into again. */
export const EQUIVOCATIONS_CLOSED_KEPT = 256;
