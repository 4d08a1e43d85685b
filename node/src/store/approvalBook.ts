import { z } from "zod";
import { bigintSchema, decodeRecord, encodeRecord } from "./codec.ts";
import type { Draft, Records } from "./records.ts";

/** Questions that are over, kept for people who ask what was allowed. */
export const APPROVALS_ENDED_KEPT = 2_000;
/** What was allowed for good; beyond it the oldest is asked about again. */
export const APPROVALS_REMEMBERED_MAX = 1_000;

const WAITING = "approval/waiting/";
const ENDED = "approval/ended/";
const REMEMBERED = "approval/remembered/";

const timeMs = z.int().nonnegative();
const bySchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("operator") }),
  z.object({ kind: z.literal("owner"), user: z.string() }),
  z.object({ kind: z.literal("rule"), rule: z.string() }),
]);
const approvalSchema = z.object({
  id: z.string(),
  agent: z.string(),
  cluster: bigintSchema.nullable(),
  what: z.string(),
  tool: z.string().nullable(),
  input: z.string().nullable(),
  options: z
    .array(
      z.object({
        id: z.string(),
        label: z.string(),
        kind: z.enum(["allowOnce", "allowAlways", "rejectOnce", "rejectAlways"]),
      }),
    )
    .readonly(),
  createdAtMs: timeMs,
  deadlineMs: timeMs,
  state: z.enum(["waiting", "answered", "timedOut", "cancelled"]),
  answer: z.string().nullable(),
  by: bySchema.nullable(),
  endedAtMs: timeMs.nullable(),
  reason: z.string().nullable(),
});
const rememberedSchema = z.object({
  id: z.string(),
  agent: z.string(),
  cluster: bigintSchema.nullable(),
  tool: z.string().nullable(),
  input: z.string().nullable(),
  what: z.string(),
  allow: z.boolean(),
  createdAtMs: timeMs,
  untilMs: timeMs.nullable(),
  by: bySchema,
});

/** What is nullable on disk is undefined in memory. */
type Plain<T> = {
  readonly [Key in keyof T]: null extends T[Key] ? Exclude<T[Key], null> | undefined : T[Key];
};
type Approval = Plain<z.output<typeof approvalSchema>>;
type Remembered = Plain<z.output<typeof rememberedSchema>>;

/** Agents' questions over records: `ApprovalStore` of `agents/approvals`. Ids sort by time. */
export function createApprovalBook(modules: { readonly records: Records }) {
  const { records } = modules;

  async function all<T extends z.ZodObject>(
    prefix: string,
    schema: T,
    options: { readonly reverse?: boolean; readonly limit?: number } = {},
  ): Promise<Plain<z.output<T>>[]> {
    const found: Plain<z.output<T>>[] = [];
    for await (const [key, payload] of records.entries(prefix, options))
      found.push(fromDisk(decodeRecord(key, schema, payload)) as Plain<z.output<T>>);
    return found;
  }

  /** Drops the oldest below a prefix. Only their keys are read. */
  async function trim(draft: Draft, prefix: string, max: number): Promise<void> {
    const keys: string[] = [];
    for await (const [key] of records.entries(prefix)) keys.push(key);
    for (const key of keys.slice(0, Math.max(0, keys.length - max))) draft.delete(key);
  }

  const change = (step: (draft: Draft) => Promise<void>) => records.update(step, { flush: true });

  return {
    put: (row: Approval): Promise<void> =>
      change(async (draft) => {
        const payload = encodeRecord(approvalSchema, toDisk(row) as z.output<typeof approvalSchema>);
        if (row.state === "waiting") return draft.put(WAITING + row.id, payload);
        await trim(draft, ENDED, APPROVALS_ENDED_KEPT - 1);
        draft.delete(WAITING + row.id);
        draft.put(ENDED + row.id, payload);
      }),
    async get(id: string): Promise<Approval | undefined> {
      for (const key of [WAITING + id, ENDED + id]) {
        const payload = await records.get(key);
        if (payload !== undefined) return fromDisk(decodeRecord(key, approvalSchema, payload)) as Approval;
      }
      return undefined;
    },
    waiting: (): Promise<readonly Approval[]> => all(WAITING, approvalSchema),
    ended: (limit: number): Promise<readonly Approval[]> =>
      all(ENDED, approvalSchema, { reverse: true, limit }),
    remember: (answer: Remembered): Promise<void> =>
      change(async (draft) => {
        await trim(draft, REMEMBERED, APPROVALS_REMEMBERED_MAX - 1);
        const payload = toDisk(answer) as z.output<typeof rememberedSchema>;
        draft.put(REMEMBERED + answer.id, encodeRecord(rememberedSchema, payload));
      }),
    remembered: (): Promise<readonly Remembered[]> => all(REMEMBERED, rememberedSchema),
    forget: (id: string): Promise<boolean> =>
      records.update(
        async (draft) => {
          const isThere = (await draft.get(REMEMBERED + id)) !== undefined;
          if (isThere) draft.delete(REMEMBERED + id);
          return isThere;
        },
        { flush: true },
      ),
  };
}

export type ApprovalBook = ReturnType<typeof createApprovalBook>;

function toDisk(record: object): object {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, value === undefined ? null : value]),
  );
}

function fromDisk(record: object): object {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, value === null ? undefined : value]),
  );
}
