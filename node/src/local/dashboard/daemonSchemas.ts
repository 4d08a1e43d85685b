import { z } from "zod";
import { ENDED_JOB_STATES, LIVE_JOB_STATES } from "../../chain/journal.ts";
import { JOB_ROWS_DEFAULT, JOB_ROWS_MAX } from "./limits.ts";

/** What this daemon says of itself and of its jobs. */

const id = z.string().meta({ description: "a whole number as digits" });
const wei = z.string().meta({ description: "an amount in wei, as digits" });
const millis = z.number().meta({ description: "unix milliseconds" });
const seconds = z.string().meta({ description: "unix seconds as digits" });
const fault = z.object({ code: z.string(), message: z.string() });

const readySchema = z.object({
  ready: z.boolean(),
  checks: z.record(z.string(), z.object({ ok: z.boolean(), reason: z.string().nullable() })),
  warnings: z.array(fault),
});

const errorLineSchema = z.object({
  atMs: millis,
  level: z.enum(["warn", "error", "fatal"]),
  code: z.string().nullable(),
  message: z.string(),
});

const startingSchema = z.object({
  version: z.string(),
  pid: z.number(),
  startedAtMs: millis,
  ready: readySchema,
  chain: z.object({
    state: z.string(),
    head: z.object({ number: id, hash: z.string(), timestamp: seconds }).nullable(),
    newest: id.nullable(),
    lagBlocks: z.number(),
    headAgeSeconds: z.number().nullable(),
    error: fault.nullable(),
    hinted: z.boolean().nullable().meta({ description: "null: no WebSocket is configured" }),
    endpoints: z.array(
      z.object({
        name: z.string(),
        state: z.string(),
        lagBlocks: z.number(),
        latencyMs: z.number().nullable(),
        error: fault.nullable(),
      }),
    ),
    contradiction: fault.nullable(),
  }),
  errors: z.array(errorLineSchema).meta({ description: "the last warnings and errors, the newest first" }),
});

const atWorkSchema = startingSchema.extend({
  node: id,
  account: z.object({
    address: z.string(),
    nonce: z.number().nullable(),
    balanceWei: wei.nullable(),
    readAtMs: millis.nullable(),
    inFlight: z.number().meta({ description: "signed, and not mined" }),
    waiting: z.number(),
    spentWei: wei,
    spendingLimitWei: wei.nullable(),
    alert: fault.nullable(),
  }),
  earnings: z.array(z.object({ currency: z.string(), amount: wei })).nullable(),
  peers: z.array(
    z.object({
      peer: z.string(),
      state: z.enum(["connected", "certified"]),
      node: id.optional(),
      address: z.string(),
      direction: z.enum(["inbound", "outbound"]),
      connectedMs: z.number(),
      points: z.number(),
    }),
  ),
  nodesUp: z.array(
    z.object({
      node: id,
      certificate: z.string(),
      models: z.array(id),
      startedAt: seconds,
      silentMs: z.number(),
    }),
  ),
  peerAddresses: z.array(z.string()),
  activeJobs: z.number(),
  waitingJobs: z.number(),
  places: z.number(),
  draining: z.boolean(),
  jobs: z.object({
    live: z.object(countsOf(LIVE_JOB_STATES)),
    ended: z.object(countsOf(ENDED_JOB_STATES)),
  }),
  models: z.array(id),
  sandbox: z.object({ about: z.string(), notKept: z.string() }),
});

/** While it starts there is less of it. */
export const statusSchema = z.union([atWorkSchema, startingSchema.extend({ starting: z.literal(true) })]);

const JOB_STATES = [...LIVE_JOB_STATES, ...ENDED_JOB_STATES] as const;

const failureSchema = z.object({
  code: z.string(),
  message: z.string(),
  attempt: z.number(),
  atMs: millis,
});

/** `GET /jobs`: those that are not over. */
export const liveJobsSchema = z.array(
  z.object({
    execution: id,
    task: z.number(),
    state: z.enum(JOB_STATES),
    attempt: z.number(),
    contextHash: z.string(),
    outputDigest: z.string().nullable(),
    outputBytes: z.number().nullable(),
    transactionHash: z.string().nullable(),
    failures: z.array(failureSchema),
    end: fault.nullable(),
    reasonDigest: z.string().nullable(),
    updatedAtMs: millis,
  }),
);

/** `GET /executions/{id}`: what this node did for it. */
export const executionReportSchema = z.object({
  node: id,
  execution: id,
  known: z.boolean(),
  running: z.boolean(),
  jobs: z.array(liveJobsSchema.element.extend({ reported: z.boolean(), elapsedMs: z.number().nullable() })),
  waits: z.array(
    z.object({
      task: z.number(),
      code: z.string(),
      message: z.string(),
      retryable: z.boolean(),
      refusal: z.string().optional(),
    }),
  ),
});

export const jobsQuery = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(JOB_ROWS_MAX)
    .default(JOB_ROWS_DEFAULT)
    .meta({ description: "ended ones at most" }),
});

export const jobRowSchema = z.object({
  id: z.string().meta({ description: "execution and task, as 12.0" }),
  execution: id,
  task: z.number(),
  taskName: z.string().nullable(),
  cluster: id.nullable(),
  clusterName: z.string().nullable(),
  state: z.enum(JOB_STATES),
  attempt: z.number(),
  failures: z.number(),
  why: fault.nullable().meta({ description: "why it ended, else why its last attempt failed" }),
  tookMs: z
    .number()
    .nullable()
    .meta({ description: "since it was taken up; null where this process has not seen it" }),
  updatedAtMs: millis,
});
export const jobRowsSchema = z.object({
  live: z.array(jobRowSchema),
  liveLeftOut: z.number(),
  ended: z.array(jobRowSchema).meta({ description: "the latest execution first" }),
});

export const MOMENTS = [
  "created",
  "ready",
  "seen",
  "begun",
  "answered",
  "signed",
  "gossiped",
  "sent",
  "mined",
  "final",
] as const;

export const jobStorySchema = jobRowSchema.extend({
  model: id.nullable(),
  modelName: z.string().nullable(),
  moments: z
    .array(
      z.object({
        moment: z.enum(MOMENTS),
        state: z.enum(["done", "now", "open", "unseen", "never"]).meta({
          description: "unseen: it was, and this process did not see when; never: it will not be",
        }),
        atMs: millis.nullable(),
        isChainTime: z.boolean().meta({ description: "by the block's time, which counts whole seconds" }),
        tookMs: z
          .number()
          .nullable()
          .meta({ description: "since the moment before, by the monotonic clock" }),
      }),
    )
    .meta({ description: "from the event on the chain to its settlement" }),
  attempts: z.array(
    z.object({
      fromMs: millis.nullable(),
      tookMs: z.number().nullable(),
      isRunning: z.boolean(),
      failure: fault.nullable(),
    }),
  ),
  attemptsUnseen: z.number().meta({ description: "of earlier lives of the daemon" }),
  output: z.object({ digest: z.string(), bytes: z.number().nullable() }).nullable(),
  contextHash: z.string(),
  reasonDigest: z.string().nullable(),
  isReported: z.boolean().meta({ description: "its failure stands on the chain" }),
  transaction: z
    .object({
      account: z.string(),
      nonce: z.number(),
      state: z.string(),
      hash: z.string().nullable().meta({ description: "the newest attempt's" }),
      attempts: z.number().meta({ description: "each with higher fees than the one before" }),
      completions: z.number().meta({ description: "that travel in it" }),
      maxFeePerGasWei: wei.nullable(),
      costWei: wei.nullable().meta({ description: "null while it is not mined" }),
      gasUsed: id.nullable(),
      end: fault.nullable(),
    })
    .nullable()
    .meta({ description: "of this node, that carries the completion" }),
  inclusion: z.object({ transactionHash: z.string(), blockNumber: id, blockHash: z.string() }).nullable(),
  log: z.object({
    isKept: z.boolean(),
    level: z.string().meta({ description: "the least level that is logged" }),
    lines: z.array(
      z.object({
        atMs: millis,
        level: z.enum(["trace", "debug", "info", "warn", "error", "fatal"]),
        module: z.string(),
        message: z.string(),
        fields: z.string().meta({ description: "what else the line says, as JSON" }),
      }),
    ),
  }),
});

export const errorSchema = z.object({
  code: z.string(),
  title: z.string(),
  cause: z.string(),
  whatToDo: z.string(),
  isRetryable: z.boolean(),
});

export type JobRows = z.output<typeof jobRowsSchema>;
export type JobRow = z.output<typeof jobRowSchema>;
export type JobStory = z.output<typeof jobStorySchema>;
export type ErrorWords = z.output<typeof errorSchema>;

function countsOf<State extends string>(states: readonly State[]): Record<State, z.ZodNumber> {
  return Object.fromEntries(states.map((state) => [state, z.number()])) as Record<State, z.ZodNumber>;
}
