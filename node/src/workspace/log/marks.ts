import { type Hex, isHex } from "viem";
import { z } from "zod";
import { EntryError } from "../errors.ts";
import { MARKED_FEEDS_MAX, MARKS_PER_GIVER_MAX } from "../limits.ts";
import { type FeedId, feedName } from "./entry.ts";

/**
 * What a member had of a leaver's feeds when it saw it go: up to there they go on to count, for newcomers as well. So what
 * a former member writes afterwards, however it dates it, counts nowhere.
 */
export interface LeaverMark {
  readonly node: bigint;
  readonly feeds: readonly {
    readonly generation: number;
    readonly sequence: number;
    /** Of the entry with that number. */
    readonly hash: Hex;
  }[];
}

const schema = z.strictObject({
  node: z
    .string()
    .regex(/^(0|[1-9][0-9]{0,19})$/)
    .transform(BigInt),
  feeds: z
    .array(
      z.strictObject({
        generation: z.int().min(0),
        sequence: z.int().min(1),
        hash: z
          .string()
          .length(66)
          .refine((text): text is Hex => isHex(text)),
      }),
    )
    .max(MARKED_FEEDS_MAX),
});

export function encodeMark({ node, feeds }: LeaverMark): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ node: String(node), feeds }));
}

/** @throws EntryError MARK_MALFORMED (reject) */
export function decodeMark(body: Uint8Array): LeaverMark {
  try {
    return schema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)));
  } catch (cause) {
    throw new EntryError("MARK_MALFORMED", "the mark of a leaver is malformed", {
      reaction: "reject",
      cause,
    });
  }
}

/** Up to where feeds of leavers count. */
export interface Marks {
  /** @param giver the member that says so; of each so many feeds are remembered */
  take(mark: LeaverMark, giver: bigint): void;
  /** Whether an entry of that number was there when its node left. */
  covers(feed: FeedId, sequence: number): boolean;
  /** Forgets all, before everything is taken again. */
  reset(): void;
}

export function createMarks(): Marks {
  const ends = new Map<string, number>();
  const counts = new Map<bigint, number>();
  return {
    take({ node, feeds }, giver) {
      for (const { generation, sequence } of feeds) {
        const name = feedName({ node, generation });
        const end = ends.get(name);
        const count = counts.get(giver) ?? 0;
        if (end === undefined && count >= MARKS_PER_GIVER_MAX) continue;
        if (end === undefined) counts.set(giver, count + 1);
        ends.set(name, Math.max(sequence, end ?? 0));
      }
    },
    covers: (feed, sequence) => sequence <= (ends.get(feedName(feed)) ?? 0),
    reset() {
      ends.clear();
      counts.clear();
    },
  };
}
