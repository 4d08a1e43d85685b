import { z } from "zod";

/** What `/approvals` and `/budgets` answer. */

const millis = z.number().meta({ description: "unix milliseconds" });
const id = z.string().meta({ description: "a whole number as digits" });
const micros = z.string().meta({ description: "millionths of a unit of the currency, as digits" });
const wei = z.string().meta({ description: "an amount in wei, as digits" });

const bySchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("operator") }),
  z.object({ kind: z.literal("owner"), user: z.string() }),
  z.object({ kind: z.literal("rule"), rule: z.string() }),
]);

export const approvalSchema = z.object({
  id: z.string(),
  agent: z.string(),
  cluster: id.optional(),
  what: z.string().meta({ description: "what it wants to do, in its program's words" }),
  tool: z.string().optional(),
  input: z.string().optional(),
  options: z
    .array(
      z.object({
        id: z.string(),
        label: z.string(),
        kind: z.enum(["allowOnce", "allowAlways", "rejectOnce", "rejectAlways"]),
      }),
    )
    .meta({ description: "exactly what the agent offers" }),
  createdAtMs: millis,
  deadlineMs: millis,
  state: z.enum(["waiting", "answered", "timedOut", "cancelled"]),
  answer: z.string().optional().meta({ description: "the option's id; not there for none" }),
  by: bySchema.optional(),
  endedAtMs: millis.optional(),
  reason: z.string().optional().meta({ description: "why it was cancelled" }),
});

export const approvalsSchema = z.object({
  waiting: z.array(approvalSchema),
  ended: z.array(approvalSchema).meta({ description: "the newest first" }),
  remembered: z
    .array(
      z.object({
        id: z.string(),
        agent: z.string(),
        cluster: id.optional(),
        tool: z.string().optional(),
        input: z.string().optional(),
        what: z.string(),
        allow: z.boolean(),
        createdAtMs: millis,
        untilMs: millis.optional().meta({ description: "not there: until it is revoked" }),
        by: bySchema,
      }),
    )
    .meta({ description: "what is answered for good: the same agent, tool and input, to the letter" }),
  rules: z
    .array(
      z.object({
        tool: z.string(),
        pattern: z.string().optional(),
        answer: z.enum(["allowOnce", "rejectOnce", "ask"]),
        forMs: z.number().optional(),
      }),
    )
    .meta({ description: "of the configuration, the first that fits counts; the operator's alone" }),
});

export const approvalsQuery = z.strictObject({
  limit: z.coerce.number().int().min(0).optional().meta({ description: "ended ones at most" }),
});
export const answerBody = z.strictObject({
  option: z
    .string()
    .nullable()
    .meta({ description: "id of one of its options; null for none of them: the request is cancelled" }),
});
export const revokedSchema = z.object({ revoked: z.string() });

export const BUDGET_KINDS = ["run", "agent", "cluster", "user", "day"] as const;

export const budgetsSchema = z.object({
  currency: z.string(),
  limits: z.array(
    z.object({
      kind: z.enum(BUDGET_KINDS),
      limitMicros: micros.nullable().meta({ description: "null: as much as there is" }),
    }),
  ),
  used: z
    .array(
      z.object({
        kind: z.enum(["agent", "cluster", "user", "day"]),
        key: z.string(),
        limitMicros: micros.nullable(),
        usedMicros: micros.meta({ description: "in the budgets' currency" }),
        otherMicros: z
          .record(z.string(), micros)
          .meta({ description: "in other currencies, which count for no budget" }),
        turns: z.number(),
        unknownTurns: z
          .number()
          .meta({ description: "those of which not all is known: they used more than is counted" }),
        tokens: z.number(),
        updatedAtMs: millis,
      }),
    )
    .meta({ description: "what is nearest to its limit first; of days the last ones" }),
  usedLeftOut: z.number(),
  day: z.string().meta({ description: "today, UTC" }),
  dayEndsAtMs: millis,
  stops: z
    .array(
      z.object({
        code: z.enum(["BUDGET_USED_UP", "BUDGET_PRICE_MISSING"]),
        kind: z.enum(BUDGET_KINDS).nullable(),
        key: z.string().nullable(),
        agent: z.string(),
        service: z.string(),
        cluster: id.nullable(),
        job: z.string().nullable().meta({ description: "execution and task, as 12.0" }),
        wasRunning: z.boolean().meta({ description: "it was under way; else it was not begun" }),
        message: z.string(),
        count: z.number().meta({ description: "how often, since the daemon's start" }),
        firstAtMs: millis,
        atMs: millis,
      }),
    )
    .meta({ description: "what budgets kept from being run since the daemon's start, the last first" }),
  startedAtMs: millis,
  gas: z
    .object({
      spentWei: wei.meta({ description: "of the chain's last day, or may be at most" }),
      limitWei: wei.nullable(),
      balanceWei: wei.nullable(),
      alert: z.object({ code: z.string(), message: z.string() }).nullable(),
    })
    .nullable()
    .meta({ description: "null while the daemon starts" }),
});
export type BudgetsAnswer = z.output<typeof budgetsSchema>;
