import { z } from "zod";
import { idSchema, timeSchema, word } from "../workspace/schemas/common.ts";
import { GOAL_CHARS_MAX, NEEDS_MAX, TOLD_CHARS_MAX } from "./limits.ts";

/** An amount in the smallest unit of its currency, as digits. */
export const amountSchema = z
  .string()
  .regex(/^\d{1,78}$/, { error: "expected an amount in wei as digits" })
  .meta({ description: "an amount in wei, as digits" });
const addressSchema = z.string().regex(/^0x[0-9a-fA-F]{40}$/, { error: "expected 0x and 40 hex digits" });
const share = z.number().min(0).max(1);
const nodesSchema = z.array(idSchema);

const of = <Name extends string, Shape extends z.ZodRawShape>(act: Name, shape: Shape) =>
  z.object({ act: z.literal(act), ...shape });

/** One act of a plan. */
export const stepSchema = z.discriminatedUnion("act", [
  of("publish", { slug: z.string(), yaml: z.string(), from: z.int(), owner: addressSchema.optional() }),
  of("serve-model", { node: idSchema, model: idSchema }),
  of("leave-model", { node: idSchema, model: idSchema }),
  of("set-places", { node: idSchema, from: z.int(), to: z.int() }),
  of("set-share", { node: idSchema, cluster: idSchema, from: z.int().optional(), to: z.int().optional() }),
  of("start-helper", { cluster: idSchema, name: z.string(), service: z.string() }),
  of("stop-helper", { cluster: idSchema, name: z.string(), service: z.string() }),
  of("restart-member", { cluster: idSchema, name: z.string() }),
  of("drain-node", { node: idSchema }),
  of("resume-node", { node: idSchema }),
  of("set-route", { cluster: idSchema, member: z.string(), from: nodesSchema, to: nodesSchema }),
  of("connect", { cluster: idSchema, nodes: nodesSchema }),
  of("write-rules", { cluster: idSchema, text: z.string() }),
  of("write-context", { cluster: idSchema, key: z.string(), value: z.string() }),
  of("broadcast", { cluster: idSchema, topic: z.string(), text: z.string(), to: z.string().optional() }),
]);

const problemSchema = z.object({ code: z.string(), message: z.string() });

export const planSchema = z.object({
  id: z.string(),
  kind: z.enum(["FORMATION", "COMMUNICATION", "SCALING", "STABILITY"]),
  cluster: idSchema.meta({ description: "0 for one that is to be formed" }),
  title: z.string(),
  steps: z.array(
    z.object({
      step: stepSchema,
      why: z.string(),
      cost: z.object({
        gas: amountSchema,
        gasWei: amountSchema,
        feesWei: amountSchema,
        currency: addressSchema,
      }),
    }),
  ),
  basis: z.string(),
  madeAtMs: timeSchema,
  expiresAtMs: timeSchema,
  state: z.enum([
    "proposed",
    "approved",
    "applying",
    "applied",
    "verified",
    "reverted",
    "failed",
    "refused",
    "stale",
    "expired",
  ]),
  consent: z.string().optional().meta({ description: "why somebody has to say yes" }),
  done: z.int().meta({ description: "how many steps are done" }),
  outcomes: z.array(z.string().nullish()).meta({ description: "what a step led to, by its index" }),
  problem: problemSchema.optional(),
});

export const alertSchema = z.object({
  id: z.string(),
  name: z.enum(["cluster_size", "communication_latency", "resource_usage", "stability_score"]),
  subject: z.string().meta({ description: "cluster/7, node/3" }),
  state: z.enum(["pending", "firing", "acknowledged", "resolved"]),
  value: z.number(),
  threshold: z.number(),
  summary: z.string(),
  sinceMs: timeSchema,
  firedAtMs: timeSchema.optional(),
  resolvedAtMs: timeSchema.optional(),
  acknowledgedBy: z.string().optional(),
});

export const routeSchema = z.object({
  cluster: idSchema,
  member: z.string(),
  nodes: nodesSchema.meta({ description: "the nearest that lives first" }),
  changedAtMs: timeSchema,
  roundTripMs: z.number().optional(),
  lossShare: z.number().optional(),
});

export const standingSchema = z.object({
  slug: z.string(),
  goal: z.string(),
  needs: z.array(z.object({ capability: z.string(), count: z.number() })),
  owner: addressSchema,
  by: z.string().meta({ description: "who asked for it" }),
  sinceMs: timeSchema,
  plan: z
    .string()
    .optional()
    .meta({ description: "the plan that shall form it; none where it is impossible yet" }),
});

export const statusSchema = z.object({
  id: z.string(),
  name: z.string(),
  capabilities: z.array(z.string()),
  formationIntervalMs: z.number(),
  scalingIntervalMs: z.number(),
  unasked: z.array(z.string()).meta({ description: "acts that need no person's yes" }),
  reconciled: z.object({ atMs: timeSchema, tookMs: z.number(), block: idSchema }).optional(),
  clusters: z.array(
    z.object({
      cluster: idSchema,
      slug: z.string(),
      version: z.int(),
      members: z.int(),
      ready: z.int(),
      waiting: z.int(),
      running: z.int(),
      places: z.number(),
      stability: z.object({
        score: share,
        parts: z.object({
          availability: share,
          success: share,
          punctuality: share,
          steadiness: share,
          latency: share,
        }),
      }),
      wanted: z.array(z.string()),
    }),
  ),
  missing: z
    .array(z.string())
    .optional()
    .meta({ description: "slugs of the manager's file that no cluster on the chain had at the last look" }),
  alerts: z.array(alertSchema),
  plans: z.array(planSchema),
  problem: problemSchema.optional(),
});

/** What a manager is asked for. */
export const requestSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("FORMATION"),
    goal: z
      .string()
      .min(1)
      .max(GOAL_CHARS_MAX)
      .meta({ description: "One sentence: what the cluster is for." }),
    slug: z
      .string()
      .regex(/^[a-z0-9-]{3,31}$/, { error: "expected 3 to 31 of a-z 0-9 -" })
      .meta({ description: "Its name on the chain: 3 to 31 of a-z 0-9 -." }),
    needs: z
      .array(
        z.strictObject({
          capability: word(64, "What some member must be able to do, in lower case."),
          count: z.int().min(1).max(NEEDS_MAX),
        }),
      )
      .min(1)
      .max(NEEDS_MAX)
      .meta({ description: "In the order in which they work." }),
    size: z.strictObject({ min: z.int().min(1).max(NEEDS_MAX), max: z.int().min(1).max(NEEDS_MAX) }),
    budgetWei: amountSchema.meta({ description: "What one run may cost at most, in wei." }),
    limits: z.strictObject({
      priceWeiMax: amountSchema.meta({ description: "Of one model, for one task, in wei." }),
      ratingMin: share.default(0),
      ratingsMin: z.int().min(0).max(1_000_000).default(0),
      roundTripMsMax: z.number().positive().max(600_000).optional(),
    }),
    owner: addressSchema.meta({ description: "Who will own the cluster." }),
  }),
  z.strictObject({
    kind: z.literal("COMMUNICATION"),
    cluster: idSchema,
    to: z.discriminatedUnion("how", [
      z.strictObject({ how: z.literal("route"), member: word(64, "Name of a member.") }),
      z.strictObject({ how: z.literal("broadcast") }),
      z.strictObject({ how: z.literal("topic"), topic: word(64, "Topic.") }),
      z.strictObject({ how: z.literal("gateway"), cluster: idSchema, topic: word(64, "Topic.") }),
    ]),
    text: z.string().min(1).max(TOLD_CHARS_MAX),
  }),
  z.strictObject({
    kind: z.literal("SCALING"),
    cluster: idSchema,
    places: z
      .int()
      .min(1)
      .max(1_024)
      .optional()
      .meta({ description: "Left out: what the manager finds right." }),
  }),
]);
