import { createMutex } from "../../chain/mutex.ts";
import { decodeRecord, encodeRecord } from "../../store/codec.ts";
import { managerError } from "../errors.ts";
import { ENDED_PLANS_KEPT_MAX, OPEN_PLANS_MAX, PLANS_PER_LIST_MAX } from "../limits.ts";
import type { ManagerTable, PlanBook } from "../ports.ts";
import { recordSchema } from "./codec.ts";
import { isOver, NEW_PROGRESS, type PlanRecord } from "./records.ts";

/** Plans with how far they are. What a call answered is durable. */
export interface PlanRecords extends PlanBook {
  record(id: string): Promise<PlanRecord | undefined>;
  /**
   * Writes a record, and other entries of the same table with it: all or none.
   *
   * @throws PleiadError PLANS_FULL for a new one where too many are open
   */
  write(record: PlanRecord, others?: readonly (readonly [key: string, value: unknown])[]): Promise<void>;
  /** Those that are not over, the oldest first. */
  openRecords(): Promise<readonly PlanRecord[]>;
  /** The newest first, over or not. */
  recent(limit: number): Promise<readonly PlanRecord[]>;
  /** One that no plan of this table ever had, and that sorts behind those of all earlier ones. */
  newId(nowMs: number): Promise<string>;
}

const PREFIX = "plan/";
/** Digits of base 36 of a time in milliseconds: enough for 3,000 years. */
const TIME_DIGITS = 9;
/** Digits of base 36 for plans of the same millisecond. */
const SEQUENCE_DIGITS = 2;
const SEQUENCE_MAX = 36 ** SEQUENCE_DIGITS - 1;

export interface PlanBookOptions {
  /** @default ENDED_PLANS_KEPT_MAX */
  readonly endedKeptMax?: number;
  /** @default OPEN_PLANS_MAX */
  readonly openMax?: number;
}

/** Plans in a table. Only those that are open are kept in memory. */
export function createPlanBook(
  { endedKeptMax = ENDED_PLANS_KEPT_MAX, openMax = OPEN_PLANS_MAX }: PlanBookOptions,
  { table }: { readonly table: ManagerTable },
): PlanRecords {
  const open = new Map<string, PlanRecord>();
  /** The oldest first. */
  const ended: string[] = [];
  const alone = createMutex();
  let lastId = "";
  let loading: Promise<void> | undefined;

  const loaded = () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };

  async function load(): Promise<void> {
    open.clear();
    ended.length = 0;
    for await (const [key, value] of table.list(PREFIX)) {
      const record = decodeRecord(key, recordSchema, value);
      const { id } = record.plan;
      if (isOver(record.plan)) ended.push(id);
      else open.set(id, record);
      if (id > lastId) lastId = id;
    }
  }

  async function record(id: string): Promise<PlanRecord | undefined> {
    await loaded();
    const held = open.get(id);
    if (held !== undefined) return held;
    const key = keyOf(id);
    const value = await table.get(key);
    return value === undefined ? undefined : decodeRecord(key, recordSchema, value);
  }

  async function write(next: PlanRecord, others: readonly (readonly [string, unknown])[]): Promise<void> {
    await loaded();
    const { id } = next.plan;
    const isNew = !open.has(id) && !ended.includes(id);
    if (isNew && open.size >= openMax) {
      throw managerError("PLANS_FULL", `${open.size} plans are open, and no more are kept`, {
        hint: "Apply or refuse some of them: pleiad manager plan",
        details: { open: open.size, max: openMax },
      });
    }
    await table.put([[keyOf(id), encodeRecord(recordSchema, next)], ...others]);
    if (id > lastId) lastId = id;
    if (!isOver(next.plan)) {
      open.set(id, next);
      return;
    }
    open.delete(id);
    if (!ended.includes(id)) insert(ended, id);
    // A crash in between leaves some more than the limit, which the next end takes along.
    if (ended.length <= endedKeptMax) return;
    const surplus = ended.slice(0, ended.length - endedKeptMax);
    await table.delete(surplus.map(keyOf));
    ended.splice(0, surplus.length);
  }

  async function recent(limit: number): Promise<readonly PlanRecord[]> {
    const found: PlanRecord[] = [];
    if (limit <= 0) return found;
    for await (const [key, value] of table.list(PREFIX, { limit, newestFirst: true })) {
      found.push(decodeRecord(key, recordSchema, value));
    }
    return found;
  }

  return {
    record,
    write: (next, others = []) => alone(() => write(next, others)),
    async get(id) {
      return (await record(id))?.plan;
    },
    async put(plan) {
      const held = await record(plan.id);
      await alone(() => write({ plan, progress: held?.progress ?? NEW_PROGRESS }, []));
    },
    async list(limit) {
      return (await recent(Math.min(limit, PLANS_PER_LIST_MAX))).map(({ plan }) => plan);
    },
    recent,
    async open() {
      await loaded();
      return [...open.values()].map(({ plan }) => plan);
    },
    async openRecords() {
      await loaded();
      return [...open.values()];
    },
    newId: (nowMs) =>
      alone(async () => {
        await loaded();
        lastId = idAfter(lastId, nowMs);
        return lastId;
      }),
  };
}

function keyOf(id: string): string {
  return `${PREFIX}${id}`;
}

/** The time and a number within it; where the clock was set back, the next after the last one. */
function idAfter(lastId: string, nowMs: number): string {
  const time = digits(Math.max(0, Math.floor(nowMs)), TIME_DIGITS);
  const lastTime = lastId.slice(0, TIME_DIGITS);
  if (time > lastTime) return `${time}${digits(0, SEQUENCE_DIGITS)}`;
  const next = Number.parseInt(lastId.slice(TIME_DIGITS), 36) + 1;
  if (next <= SEQUENCE_MAX) return `${lastTime}${digits(next, SEQUENCE_DIGITS)}`;
  return `${digits(Number.parseInt(lastTime, 36) + 1, TIME_DIGITS)}${digits(0, SEQUENCE_DIGITS)}`;
}

function digits(value: number, count: number): string {
  return value.toString(36).padStart(count, "0");
}

/** Puts an id where it belongs in an ascending list; most belong near its end. */
function insert(ids: string[], id: string): void {
  let at = ids.length;
  while (at > 0 && (ids[at - 1] as string) > id) at -= 1;
  ids.splice(at, 0, id);
}
