import { z } from "zod";
import { addressSchema, bigintSchema, hash32Schema } from "../../store/codec.ts";
import type { Plan, PlanState, Step } from "../plans.ts";
import { MANAGER_CAPABILITIES, type PlanProgress, type PlanRecord } from "./records.ts";

/**
 * The shapes of plans on disk: big integers are decimal strings, and what is undefined stands as null. What is on disk is parsed as it
 * comes in; a shape may only change so that what stands there can still be read.
 */
const counter = z.int().nonnegative();
const timeMs = z.int().nonnegative();
const text = z.string();
const ids = z.array(bigintSchema).readonly();

/** A field that is always there and may hold nothing. */
function maybe<T extends z.ZodType>(schema: T) {
  const held = z.custom<z.output<T> | undefined>(() => true);
  return z.codec(z.nullable(schema), held, {
    decode: (value) => (value === null ? undefined : value) as z.output<T> | undefined,
    encode: (value) => (value === undefined ? null : value) as z.output<T> | null,
  });
}

const act = <A extends Step["act"]>(name: A) => z.literal(name);
const node = bigintSchema;
const cluster = bigintSchema;

const stepSchema = z.discriminatedUnion("act", [
  z.object({ act: act("publish"), slug: text, yaml: text, from: counter, owner: addressSchema.optional() }),
  z.object({ act: act("serve-model"), node, model: bigintSchema }),
  z.object({ act: act("leave-model"), node, model: bigintSchema }),
  z.object({ act: act("set-places"), node, from: counter, to: counter }),
  z.object({ act: act("set-share"), node, cluster, from: maybe(z.number()), to: maybe(z.number()) }),
  z.object({ act: act("start-helper"), cluster, name: text, service: text }),
  z.object({ act: act("stop-helper"), cluster, name: text, service: text }),
  z.object({ act: act("restart-member"), cluster, name: text }),
  z.object({ act: act("drain-node"), node }),
  z.object({ act: act("resume-node"), node }),
  z.object({ act: act("set-route"), cluster, member: text, from: ids, to: ids }),
  z.object({ act: act("connect"), cluster, nodes: ids }),
  z.object({ act: act("write-rules"), cluster, text }),
  z.object({ act: act("write-context"), cluster, key: text, value: text }),
  z.object({ act: act("broadcast"), cluster, topic: text, text, to: text.optional() }),
]) satisfies z.ZodType<Step>;

const costSchema = z.object({
  gas: bigintSchema,
  gasWei: bigintSchema,
  feesWei: bigintSchema,
  currency: addressSchema,
});

const STATES = [
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
] as const satisfies readonly PlanState[];

const problemSchema = z.object({ code: text, message: text });

const planSchema = z.object({
  id: text,
  kind: z.enum(["FORMATION", "COMMUNICATION", "SCALING", "STABILITY"]),
  cluster,
  title: text,
  steps: z.array(z.object({ step: stepSchema, why: text, cost: costSchema })).readonly(),
  basis: hash32Schema,
  madeAtMs: timeMs,
  expiresAtMs: timeMs,
  state: z.enum(STATES),
  consent: maybe(text),
  done: counter,
  outcomes: z.array(maybe(text)).readonly(),
  problem: maybe(problemSchema),
}) satisfies z.ZodType<Plan>;

const progressSchema = z.object({
  by: maybe(text),
  isUnasked: z.boolean(),
  planner: maybe(z.enum(MANAGER_CAPABILITIES)),
  before: maybe(z.record(text, z.number())),
  begun: maybe(counter),
  attempts: counter,
  nextTryAtMs: timeMs,
  chargedWei: bigintSchema,
  endedStepsAtMs: maybe(timeMs),
  back: maybe(
    z.object({
      to: z.enum(["failed", "reverted"]),
      why: problemSchema,
      next: counter,
      stays: z.array(text).readonly(),
    }),
  ),
  reserved: z
    .object({ step: counter, by: text, atMs: timeMs, weiPerGasMax: bigintSchema.optional() })
    .optional(),
}) satisfies z.ZodType<PlanProgress>;

/** A plan with how far it is. */
export const recordSchema = z.object({
  plan: planSchema,
  progress: progressSchema,
}) satisfies z.ZodType<PlanRecord>;
