import { z } from "zod";

/** What `GET /usage` answers: amounts are millionths of a currency's unit, as digits. */

const micros = z.string().meta({ description: "millionths of a unit of the currency, as digits" });

export const usageQuery = z.strictObject({
  limit: z.coerce.number().int().min(0).optional().meta({ description: "turns at most" }),
});

const sumSchema = z.object({
  kind: z.enum(["agent", "cluster", "user", "day", "task"]),
  key: z.string(),
  turns: z.number(),
  unknownTurns: z
    .number()
    .meta({ description: "those of which not all is known: they used more than is counted" }),
  inputTokens: z.number(),
  outputTokens: z.number(),
  cachedTokens: z.number(),
  micros: z.record(z.string(), micros).meta({ description: "what counts for budgets, by currency" }),
  updatedAtMs: z.number().optional().meta({ description: "unix milliseconds" }),
});

export const usageSchema = z.object({
  agent: z.array(sumSchema),
  cluster: z.array(sumSchema),
  user: z.array(sumSchema),
  day: z.array(sumSchema).meta({ description: "a day is UTC's, as 2026-01-31" }),
  task: z.array(sumSchema).meta({ description: "of turns that are still kept; the key is execution/task" }),
  turns: z.array(
    z.object({
      id: z.string(),
      atMs: z.number().meta({ description: "unix milliseconds" }),
      run: z.string().meta({ description: "same for all turns of one run" }),
      agent: z.string(),
      service: z.string(),
      task: z.object({ execution: z.string(), index: z.number() }).optional(),
      cluster: z.string().optional(),
      user: z.string().optional(),
      model: z.string().optional(),
      inputTokens: z.number().optional().meta({ description: "not there: nobody told" }),
      outputTokens: z.number().optional(),
      cachedTokens: z.number().optional(),
      reportedMicros: micros.optional().meta({ description: "what the provider itself says that it cost" }),
      isWhole: z.boolean().meta({ description: "whether that is all of it" }),
      prices: z
        .object({
          currency: z.string(),
          inputMicrosPerMillion: micros,
          outputMicrosPerMillion: micros,
          cachedMicrosPerMillion: micros,
        })
        .optional()
        .meta({ description: "what the cost was computed from" }),
      computedMicros: micros.optional(),
      charge: z
        .object({ currency: z.string(), micros })
        .optional()
        .meta({ description: "what counts for budgets" }),
    }),
  ),
});
