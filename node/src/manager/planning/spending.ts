import type { PleiadError } from "@pleiad/sdk/errors";
import { createMutex } from "../../chain/mutex.ts";
import { bigintSchema, decodeRecord } from "../../store/codec.ts";
import { managerError } from "../errors.ts";
import { SPENT_DAYS_KEPT_MAX } from "../limits.ts";
import type { ManagerTable } from "../ports.ts";
import { amount } from "./policy.ts";

/** What the plans of each day cost, on disk. A day is one of UTC by the wall clock. */
export interface Spending {
  /** In wei. */
  ofDay(nowMs: number): Promise<bigint>;
  /** One decision about money at a time, over all plans; nothing is charged meanwhile, so `task` must not charge. */
  deciding<T>(task: () => Promise<T>): Promise<T>;
  /**
   * Counts an amount before it is spent. `write` writes the entry that it is given with whatever says what it was spent for, all or
   * none, so a crash neither forgets an amount nor counts it twice.
   *
   * @returns BUDGET_EXCEEDED, retryable, where the day has not so much left and `dayWeiMax` is given: then nothing is written
   */
  charge(
    charge: { readonly wei: bigint; readonly nowMs: number; readonly dayWeiMax?: bigint },
    write: (entries: readonly (readonly [key: string, value: unknown])[]) => Promise<void>,
  ): Promise<PleiadError | undefined>;
}

const PREFIX = "spent/";
const DAY_MS = 86_400_000;
/** Digits of a day's number: enough for the time that fits a date. */
const DAY_DIGITS = 8;

export function createSpending({ table }: { readonly table: ManagerTable }): Spending {
  const alone = createMutex();

  async function read(key: string): Promise<bigint> {
    const value = await table.get(key);
    return value === undefined ? 0n : decodeRecord(key, bigintSchema, value);
  }

  async function forget(): Promise<void> {
    const keys: string[] = [];
    for await (const [key] of table.list(PREFIX, { newestFirst: true })) keys.push(key);
    const old = keys.slice(SPENT_DAYS_KEPT_MAX);
    if (old.length > 0) await table.delete(old);
  }

  return {
    ofDay: (nowMs) => read(keyOf(nowMs)),
    deciding: alone,
    charge: ({ wei, nowMs, dayWeiMax }, write) =>
      alone(async () => {
        if (wei === 0n) {
          await write([]);
          return undefined;
        }
        const key = keyOf(nowMs);
        const spent = await read(key);
        if (dayWeiMax !== undefined && spent + wei > dayWeiMax) {
          return managerError(
            "BUDGET_EXCEEDED",
            `the next step costs up to ${amount(wei)}, and ${amount(spent)} of the day's ${amount(dayWeiMax)} are spent`,
            {
              hint: "It goes on tomorrow, or when the policy's budget of a day is raised",
              retryable: true,
              details: { costWei: wei, spentWei: spent, dayWeiMax },
            },
          );
        }
        await write([[key, (spent + wei).toString()]]);
        if (spent === 0n) await forget();
        return undefined;
      }),
  };
}

function keyOf(nowMs: number): string {
  return `${PREFIX}${String(Math.floor(nowMs / DAY_MS)).padStart(DAY_DIGITS, "0")}`;
}
