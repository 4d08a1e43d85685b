import { type Hex, isHex } from "viem";
import { z } from "zod";
import { EntryError } from "../errors.ts";
import { KEPT_ENTRIES_MAX } from "../limits.ts";
import type { FeedBase } from "./entryStore.ts";

/**
 * What a node says when it drops the beginning of a feed of its own: up to where, the entry that stood there, and which entries
 * below it are kept because something still stands by them. Each of those is signed for itself, so that it needs no
 * neighbours to be believed; what comes after links to the hash.
 */
export interface Pruning {
  readonly generation: number;
  readonly base: FeedBase;
  /** Numbers of the entries that are kept, ascending, all at or below the base. */
  readonly kept: readonly number[];
}

const schema = z.strictObject({
  generation: z.int().min(0),
  sequence: z.int().min(1),
  hash: z
    .string()
    .length(66)
    .refine((text): text is Hex => isHex(text)),
  stamp: z
    .string()
    .regex(/^(0|[1-9][0-9]{0,19})$/)
    .transform(BigInt),
  /** Distances between the numbers, as text in base 36: two or three letters each. */
  kept: z.string(),
});

export function encodePruning({ generation, base, kept }: Pruning): Uint8Array {
  const distances = kept.map((sequence, index) => (sequence - (kept[index - 1] ?? 0)).toString(36));
  const { sequence, hash, stamp } = base;
  return new TextEncoder().encode(
    JSON.stringify({ generation, sequence, hash, stamp: String(stamp), kept: distances.join(" ") }),
  );
}

/** @throws EntryError PRUNING_MALFORMED (reject) */
export function decodePruning(body: Uint8Array): Pruning {
  let parsed: z.output<typeof schema>;
  try {
    parsed = schema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)));
  } catch (cause) {
    throw malformed("it has another form", cause);
  }
  const { generation, sequence, hash, stamp } = parsed;
  const distances = parsed.kept === "" ? [] : parsed.kept.split(" ");
  if (distances.length > KEPT_ENTRIES_MAX) throw malformed(`it keeps more than ${KEPT_ENTRIES_MAX} entries`);
  const kept: number[] = [];
  for (const distance of distances) {
    const step = /^[0-9a-z]{1,10}$/.test(distance) ? Number.parseInt(distance, 36) : 0;
    const next = (kept.at(-1) ?? 0) + step;
    if (step === 0 || next > sequence) throw malformed("its kept entries are not in order");
    kept.push(next);
  }
  return { generation, base: { sequence, hash, stamp }, kept };
}

function malformed(reason: string, cause?: unknown): EntryError {
  return new EntryError("PRUNING_MALFORMED", `what a node says it has dropped is malformed: ${reason}`, {
    reaction: "reject",
    cause,
  });
}
