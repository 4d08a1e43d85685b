import { z } from "zod";
import { addressSchema, bigintSchema, decodeRecord, encodeRecord } from "./codec.ts";
import type { Draft, Records } from "./records.ts";

/** Turns that are kept one by one, the newest; sums go on counting what is gone. */
export const USAGE_ROWS_KEPT = 20_000;
/** How many are dropped at once, so that not each turn has to. */
const PRUNED_AT_ONCE = 64;
/** Agents, clusters, users and days, of each so many sums; the one longest untouched goes, and begins anew. */
export const USAGE_SUMS_MAX = 10_000;

const ROWS = "usage/row/";
const SUMS = "usage/sum/";
const COUNTS = "usage/counts";
/** Rows are counted without end: digits of a number that never wraps. */
const ID_DIGITS = 15;

const count = z.int().nonnegative();
const prices = z.object({
  currency: z.string(),
  inputMicrosPerMillion: bigintSchema,
  outputMicrosPerMillion: bigintSchema,
  cachedMicrosPerMillion: bigintSchema,
});
const kindSchema = z.enum(["agent", "cluster", "user", "day"]);
export const usageRowSchema = z.object({
  id: z.string(),
  atMs: count,
  run: z.string(),
  agent: z.string(),
  service: z.string(),
  task: z.object({ execution: bigintSchema, index: count }).optional(),
  cluster: bigintSchema.optional(),
  user: addressSchema.optional(),
  model: z.string().optional(),
  /** Left out is what nobody told. */
  inputTokens: count.optional(),
  outputTokens: count.optional(),
  cachedTokens: count.optional(),
  reportedMicros: bigintSchema.optional(),
  /** Rows of before were of turns that had ended. */
  isWhole: z.boolean().default(true),
  prices: prices.optional(),
  computedMicros: bigintSchema.optional(),
  charge: z.object({ currency: z.string(), micros: bigintSchema }).optional(),
});
export const usageSumSchema = z.object({
  kind: kindSchema,
  key: z.string(),
  turns: count,
  unknownTurns: count.default(0),
  inputTokens: count,
  outputTokens: count,
  cachedTokens: count,
  micros: z.record(z.string(), bigintSchema),
  updatedAtMs: count,
});
const countsSchema = z.object({
  next: count,
  rows: count,
  sums: z.record(kindSchema, count),
});

type Kind = z.output<typeof kindSchema>;
type Key = { readonly kind: Kind; readonly key: string };
type Sum = z.output<typeof usageSumSchema>;
type Counts = z.output<typeof countsSchema>;
type Row = z.output<typeof usageRowSchema>;
/** A row as it is given: what is left out may also be named and undefined. */
type NewRow = { readonly [Name in keyof Omit<Row, "id">]: Omit<Row, "id">[Name] | undefined } & {
  readonly atMs: number;
  readonly isWhole: boolean;
};

const pathOf = ({ kind, key }: Key): string => `${SUMS}${kind}/${encodeURIComponent(key)}`;
const rowPath = (number: number): string => ROWS + String(number).padStart(ID_DIGITS, "0");

/** What agents used, over records: `UsageStore` of `agents/money`. A turn and the sums that it changes are one step. */
export function createUsageBook(modules: { readonly records: Records }) {
  const { records } = modules;

  async function countsIn(draft: Draft): Promise<Counts> {
    const payload = await draft.get(COUNTS);
    if (payload === undefined) return { next: 0, rows: 0, sums: { agent: 0, cluster: 0, user: 0, day: 0 } };
    return decodeRecord(COUNTS, countsSchema, payload);
  }

  async function sumsOf(kind: Kind): Promise<Sum[]> {
    const found: Sum[] = [];
    for await (const [key, payload] of records.entries(`${SUMS}${kind}/`))
      found.push(decodeRecord(key, usageSumSchema, payload));
    return found;
  }

  /** Makes room for one more sum of a kind. Answers how many are left. */
  async function makeRoom(draft: Draft, kind: Kind, present: number): Promise<number> {
    if (present < USAGE_SUMS_MAX) return present;
    const sums = await sumsOf(kind);
    const oldest = sums
      .sort((a, b) => a.updatedAtMs - b.updatedAtMs)
      .slice(0, sums.length - USAGE_SUMS_MAX + 1);
    for (const one of oldest) draft.delete(pathOf(one));
    return sums.length - oldest.length;
  }

  async function prune(draft: Draft, counts: Counts): Promise<number> {
    if (counts.rows <= USAGE_ROWS_KEPT + PRUNED_AT_ONCE) return counts.rows;
    let dropped = 0;
    for await (const [key] of records.entries(ROWS, { limit: counts.rows - USAGE_ROWS_KEPT })) {
      draft.delete(key);
      dropped += 1;
    }
    return counts.rows - dropped;
  }

  return {
    add: (row: NewRow, keys: readonly Key[]): Promise<readonly Sum[]> =>
      records.update(
        async (draft) => {
          const counts = await countsIn(draft);
          const id = rowPath(counts.next).slice(ROWS.length);
          draft.put(ROWS + id, encodeRecord(usageRowSchema, { ...withoutUndefined(row), id } as Row));
          const sums: Sum[] = [];
          const counted = { ...counts.sums };
          for (const key of keys) {
            const path = pathOf(key);
            const payload = await draft.get(path);
            if (payload === undefined)
              counted[key.kind] = (await makeRoom(draft, key.kind, counted[key.kind])) + 1;
            const before =
              payload === undefined ? emptySum(key) : decodeRecord(path, usageSumSchema, payload);
            const sum = added(before, row);
            draft.put(path, encodeRecord(usageSumSchema, sum));
            sums.push(sum);
          }
          const rows = await prune(draft, { ...counts, rows: counts.rows + 1 });
          draft.put(COUNTS, encodeRecord(countsSchema, { next: counts.next + 1, rows, sums: counted }));
          return sums;
        },
        { flush: true },
      ),
    async sum(key: Key): Promise<Sum | undefined> {
      const path = pathOf(key);
      const payload = await records.get(path);
      return payload === undefined ? undefined : decodeRecord(path, usageSumSchema, payload);
    },
    sums: (kind: Kind): Promise<readonly Sum[]> => sumsOf(kind),
    async rows(limit: number) {
      const found = [];
      for await (const [key, payload] of records.entries(ROWS, { reverse: true, limit }))
        found.push(named(decodeRecord(key, usageRowSchema, payload)));
      return found;
    },
  };
}

export type UsageBook = ReturnType<typeof createUsageBook>;

function emptySum(key: Key): Sum {
  return {
    ...key,
    turns: 0,
    unknownTurns: 0,
    inputTokens: 0,
    outputTokens: 0,
    cachedTokens: 0,
    micros: {},
    updatedAtMs: 0,
  };
}

function added(before: Sum, row: NewRow): Sum {
  const { charge } = row;
  const micros = { ...before.micros };
  if (charge !== undefined) micros[charge.currency] = (micros[charge.currency] ?? 0n) + charge.micros;
  return {
    ...before,
    turns: before.turns + 1,
    unknownTurns: before.unknownTurns + (row.isWhole ? 0 : 1),
    inputTokens: before.inputTokens + (row.inputTokens ?? 0),
    outputTokens: before.outputTokens + (row.outputTokens ?? 0),
    cachedTokens: before.cachedTokens + (row.cachedTokens ?? 0),
    micros,
    updatedAtMs: row.atMs,
  };
}

/** Every field there, so that a reader sees what is not known. */
function named(row: Row) {
  const { task, cluster, user, model, reportedMicros, prices: table, computedMicros, charge } = row;
  const { inputTokens, outputTokens, cachedTokens } = row;
  const counts = { inputTokens, outputTokens, cachedTokens };
  return {
    ...row,
    ...counts,
    task,
    cluster,
    user,
    model,
    reportedMicros,
    prices: table,
    computedMicros,
    charge,
  };
}

function withoutUndefined<T extends object>(record: T): Partial<T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Partial<T>;
}
