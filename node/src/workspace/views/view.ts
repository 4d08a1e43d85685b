import type { Hex } from "viem";
import { wallMsOf } from "../log/stamp.ts";
import type { LogEntry } from "../log/types.ts";
import type { PartyId } from "../types.ts";
import type { Said } from "./entryTypes.ts";
import { type Order, orderOf } from "./order.ts";
import { partyOf } from "./party.ts";

/**
 * A fold of the log that does not depend on the order in which entries of different nodes come, nor on when: a key or a peer
 * may be late by days. So it keeps sets and the latest by the log's order, and judges what belongs together when it is asked.
 */
export interface View {
  apply(said: Said): void;
  /** Forgets everything; the log is told again. */
  reset(): void;
  /** What it holds, as canonical text: equal folds give equal bytes. */
  dump(): string;
}

/** What every thing of a view says of its entry. */
export interface Noted {
  readonly id: Hex;
  readonly order: Order;
  /** The node that signed. */
  readonly node: bigint;
  readonly party: PartyId;
  readonly atMs: number;
}

export function noted(entry: LogEntry): Noted {
  const { id, feed, stamp, author } = entry;
  return {
    id,
    order: orderOf(entry),
    node: feed.node,
    party: partyOf(author, feed.node),
    atMs: wallMsOf(stamp),
  };
}

/** The group under which a node's things are kept. */
export function groupOf({ node }: Noted): string {
  return String(node);
}
