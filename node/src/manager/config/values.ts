import { parsePrice } from "@pleiad/sdk/blueprint/parsePrice";
import { z } from "zod";
import { didYouMean } from "../../config/didYouMean.ts";

/** What single values of a manager's file may be. A schema reads text or number and answers the value as settings have it. */

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const DURATION = /^([0-9]{1,12}(?:\.[0-9]{1,6})?) ?(ms|s|m|h|d)$/;

/** A value that `read` makes; undefined where it is not one, which is told in the words of the key. */
export function readWith<T>(read: (value: unknown) => T | undefined): z.ZodType<T> {
  return z.unknown().transform((value, context) => {
    const found = read(value);
    if (found !== undefined) return found;
    context.addIssue({ code: "custom", message: "" });
    return z.NEVER;
  });
}

/** A duration in milliseconds: a number in `bareMs`, or with its unit. */
export function duration(options: {
  readonly minMs: number;
  readonly maxMs: number;
  readonly bareMs: number;
}) {
  return readWith((value) => {
    const ms = durationMs(value, options.bareMs);
    if (ms === undefined || !Number.isFinite(ms) || ms < options.minMs || ms > options.maxMs)
      return undefined;
    return Math.round(ms);
  });
}

function durationMs(value: unknown, bareMs: number): number | undefined {
  if (typeof value === "number") return value * bareMs;
  const match = typeof value === "string" ? DURATION.exec(value) : null;
  if (match === null) return undefined;
  const [, amount = "", unit = ""] = match;
  return Number(amount) * (UNITS_MS[unit] ?? Number.NaN);
}

/** An amount of the chain's own currency, with its unit. */
export const amount: z.ZodType<bigint> = readWith((value) =>
  typeof value === "string" ? parsePrice(value) : undefined,
);

/** A number within bounds. */
export const share = (min: number, max: number) => z.number().min(min).max(max);

/** One of `words`, spelled exactly; another one is told with what may have been meant. */
export function oneOf<const W extends string>(words: readonly W[]): z.ZodType<W> {
  return z.unknown().transform((value, context) => {
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    const near = typeof value === "string" ? meant(value, words) : undefined;
    const message = near === undefined ? `expected one of ${words.join(", ")}` : `did you mean ${near}?`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
}

/** The nearest word, or the one that stands in what was written: `cluster_formation`. */
export function meant(word: string, words: readonly string[]): string | undefined {
  const lower = word.slice(0, 64).toLowerCase();
  return didYouMean(word, words) ?? words.find((known) => lower.includes(known));
}

/** A list without repetitions. */
export function listOf<T>(item: z.ZodType<T>, min: number, max: number): z.ZodType<readonly T[]> {
  return z
    .array(item)
    .min(min)
    .max(max)
    .superRefine((items, context) => {
      for (const [index, one] of items.entries()) {
        const first = items.indexOf(one);
        if (first < index)
          context.addIssue({ code: "custom", path: [index], message: "expected each of them once" });
      }
    });
}
