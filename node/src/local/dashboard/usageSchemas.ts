import { z } from "zod";
import { SUM_KINDS } from "../../agents/money/types.ts";

const micros = z.string().meta({ description: "millionths of a currency's unit, as digits" });
const id = z.string().meta({ description: "a whole number as digits" });

export const usageQuery = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000)
    .default(100)
    .meta({ description: "turns that are told one by one" }),
});

const sumOf = (kind: z.ZodType, key: string) =>
  z.object({
    kind,
    key: z.string().meta({ description: key }),
    turns: z.number(),
    unknownTurns: z.number().meta({ description: "of these, those that used more than is counted" }),
    inputTokens: z.number(),
    outputTokens: z.number(),
    cachedTokens: z.number(),
    micros: z.record(z.string(), micros).meta({ description: "what they cost, by currency" }),
  });

const sums = (key: string) =>
  z.array(
    sumOf(z.enum(SUM_KINDS), key).extend({
      updatedAtMs: z.number().meta({ description: "Unix milliseconds" }),
    }),
  );

/** What `GET /usage` answers. */
export const usageSchema = z.object({
  agent: sums("agent 12, or helper 3/tester: its node and its name"),
  cluster: sums("the cluster's number"),
  user: sums("an address"),
  day: sums("a day of UTC, as 2026-01-31"),
  task: z.array(sumOf(z.literal("task"), "execution/task")),
  turns: z
    .array(
      z.object({
        id: z.string(),
        atMs: z.number().meta({ description: "Unix milliseconds" }),
        agent: z.string(),
        service: z.string(),
        run: z.string().meta({ description: "the same for all turns of one run" }),
        task: z.object({ execution: id, index: z.number() }).optional(),
        cluster: id.optional(),
        user: z.string().optional(),
        model: z.string().optional(),
        inputTokens: z.number().optional(),
        outputTokens: z.number().optional(),
        cachedTokens: z.number().optional(),
        isWhole: z.boolean(),
        charge: z.object({ currency: z.string(), micros }).optional(),
      }),
    )
    .meta({ description: "the newest first" }),
});
