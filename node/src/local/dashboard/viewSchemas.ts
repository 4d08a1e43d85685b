import { CREDIT_KINDS, NODE_STATUSES, VERSION_STATUSES } from "@pleiad/sdk/types/states";
import { z } from "zod";
import { FEEDBACK_IDS_MAX, VERSIONS_PAGE_MAX } from "./limits.ts";
import { address, hash, id, millis, next, pageQuery, seconds, wei } from "./schemas.ts";

/** What the chain's views are told beside lists and stories: versions, costs, checks, single things, finality, credits. */

export const versionsQuery = pageQuery.extend({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(VERSIONS_PAGE_MAX)
    .default(VERSIONS_PAGE_MAX)
    .meta({ description: "rows at most" }),
});

export const versionsSchema = z.object({
  versions: z.array(
    z.object({
      version: id,
      digest: hash,
      publishedAt: seconds,
      status: z
        .enum(VERSION_STATUSES)
        .nullable()
        .meta({ description: "null where the chain could not be asked" }),
      tasks: z
        .number()
        .nullable()
        .meta({ description: "null, as what follows, where the version could not be read now" }),
      agents: z.number().nullable(),
      windowSeconds: z.number().nullable(),
      quoteWei: wei.nullable(),
      currency: address.nullable(),
    }),
  ),
  total: z.number(),
  next,
  error: z.string().nullable().meta({ description: "why something could not be read" }),
});

export const versionFileSchema = z.object({
  yaml: z.string().meta({ description: "a cluster.yaml that publishes the same again" }),
});

export const costsSchema = z.object({
  transactions: z.array(
    z.object({
      transactionHash: hash,
      gasUsed: id.meta({
        description: "of the whole transaction, which may carry more than this execution's",
      }),
      gasPriceWei: wei,
      feeWei: wei.meta({ description: "what whoever sent it paid for its gas" }),
    }),
  ),
  missing: z.number().meta({ description: "transactions whose receipts were not to be had" }),
  error: z.string().nullable(),
});

export const verificationSchema = z.object({
  verified: z.boolean(),
  checks: z.array(
    z.object({
      name: z.string(),
      outcome: z.enum(["passed", "failed", "skipped"]),
      text: z.string().meta({ description: "what was compared with what" }),
    }),
  ),
  outputsMissing: z.array(z.number()).meta({ description: "tasks whose outputs' bytes were not to be had" }),
  checkedAtMs: millis,
});

/** Count and mean of what requesters of paid runs said. */
const feedbackSchema = z.object({
  count: z.number(),
  mean: z.string().nullable().meta({ description: "of 100, as a decimal; null where nobody rated" }),
});

export const feedbackQuery = z.strictObject({
  of: z.enum(["agent", "model"]).meta({ description: "of a model: of the agents on it" }),
  ids: z
    .string()
    .regex(/^\d{1,78}(,\d{1,78})*$/)
    .refine((text) => text.split(",").length <= FEEDBACK_IDS_MAX, `more than ${FEEDBACK_IDS_MAX} ids`)
    .meta({ description: "numbers, with commas between them" }),
});
export const feedbackAnswerSchema = z.object({
  isKept: z.boolean().meta({ description: "whether this deployment has a contract that keeps feedback" }),
  block: id.nullable().meta({ description: "as of which it was read" }),
  feedback: z.array(feedbackSchema.extend({ id })),
  error: z.string().nullable().meta({ description: "why it could not be read now" }),
});

const servedSchema = z.object({
  joinedAt: seconds,
  leftAt: seconds.nullable().meta({ description: "when it last left" }),
  active: z.boolean(),
});

export const nodeSchema = z.object({
  node: id,
  owner: address,
  key: address.meta({ description: "that signs its completions" }),
  status: z.enum(NODE_STATUSES),
  registeredAt: seconds,
  metadataURI: z.string(),
  metadataDigest: hash.nullable(),
  isThis: z.boolean().meta({ description: "whether it is this daemon's own" }),
  silentMs: z
    .number()
    .nullable()
    .meta({ description: "since its last sign of life; null where it is not up, or unknown" }),
  serves: z.array(
    servedSchema.extend({
      model: id,
      name: z.string(),
      priceWei: wei,
      currency: address,
      nodeShareBps: z.number(),
    }),
  ),
  seen: z
    .object({
      answered: z.number(),
      agreed: z.number().meta({ description: "to another node's answer" }),
      failed: z.number().meta({ description: "reports that it could not answer" }),
      lastAt: seconds.nullable(),
      executions: z.number().meta({ description: "that this daemon remembers" }),
    })
    .meta({ description: "in the executions that this daemon remembers" }),
  bond: z
    .object({ bondedWei: wei, unbondingWei: wei, releasesAt: seconds.nullable(), equivocations: id })
    .nullable()
    .meta({ description: "null where this deployment has no bonds, or they could not be read" }),
  bondError: z.string().nullable(),
});

export const modelSchema = z.object({
  model: id,
  owner: address,
  name: z.string(),
  currency: address,
  priceWei: wei,
  nodeShareBps: z.number(),
  open: z.boolean(),
  places: z.array(
    servedSchema.extend({ node: id, owner: address.nullable(), status: z.enum(NODE_STATUSES).nullable() }),
  ),
  agents: z.array(
    z.object({ agent: id, owner: address, cluster: id.nullable(), clusterName: z.string().nullable() }),
  ),
  agentsTotal: z.number(),
});

export const agentSchema = z.object({
  agent: id,
  owner: address,
  uri: z.string(),
  model: id.nullable(),
  modelName: z.string().nullable(),
  cluster: id.nullable(),
  clusterName: z.string().nullable(),
  nameInCluster: z.string().nullable(),
});

export const finalitySchema = z.object({
  chainId: z.number(),
  contract: address.meta({ description: "ClusterExecutions" }),
  fromBlock: id,
  state: z.string(),
  head: id.nullable(),
  settled: id.nullable().meta({ description: "the last block that the node acts on" }),
  final: id.nullable().meta({ description: "the last block that nothing takes away" }),
  policy: z.string().meta({ description: "chain.finality" }),
  finalDepth: z.number(),
  reorganisations: z
    .array(
      z.object({
        atMs: millis,
        depth: z.number().meta({ description: "blocks that were taken back" }),
        from: z.object({ number: id, hash }),
        to: z.object({ number: id, hash }).meta({ description: "the last block that stayed" }),
        takenBack: z.array(
          z.object({
            execution: id,
            kind: z.enum(["created", "accepted", "ended"]),
            task: z.number().nullable(),
            wasIn: id,
            isIn: id
              .nullable()
              .meta({ description: "the block that it is in now; null where it is nowhere" }),
          }),
        ),
        leftOut: z.number(),
      }),
    )
    .meta({ description: "that this life of the daemon saw, the newest first" }),
});

export const CREDIT_OF = z.strictObject({
  kind: z.enum(CREDIT_KINDS),
  id: z
    .string()
    .regex(/^\d{1,78}$/)
    .nullable()
    .meta({ description: "null for an account's own" }),
  account: address
    .regex(/^0x[0-9a-fA-F]{40}$/)
    .nullable()
    .meta({ description: "null for a token's" }),
  currency: address.regex(/^0x[0-9a-fA-F]{40}$/),
});
export const withdrawBody = CREDIT_OF;

export const withdrawalSchema = z.object({
  id: z.number(),
  kind: z.enum(CREDIT_KINDS),
  of: id.nullable(),
  currency: address,
  amountWei: wei.meta({ description: "what was on it when it was asked for" }),
  to: address,
  state: z.enum(["sending", "paid", "failed"]),
  transactionHash: hash.nullable(),
  reason: z.string().nullable(),
  atMs: millis,
});

export const creditsQuery = z.strictObject({
  of: address
    .regex(/^0x[0-9a-fA-F]{40}$/, "is no address")
    .optional()
    .meta({ description: "whose; the daemon's account and the node's owner where nobody is named" }),
});

export const creditsSchema = z.object({
  account: address.nullable().meta({ description: "that signs this daemon's transactions" }),
  owners: z.array(address).meta({ description: "whose credits are listed, with those of all that they own" }),
  credits: z.array(
    z.object({
      kind: z.enum(CREDIT_KINDS),
      id: id.nullable(),
      account: address.nullable(),
      name: z.string(),
      owner: address,
      currency: address,
      amountWei: wei,
      isDaemons: z.boolean().meta({ description: "whether this daemon's own account may withdraw it" }),
    }),
  ),
  leftOut: z.number().meta({ description: "holders that were not asked about" }),
  block: id.nullable(),
  error: z.string().nullable(),
  withdrawals: z
    .array(withdrawalSchema)
    .meta({ description: "that were asked for in this life of the daemon, the newest first" }),
});

export type ExecutionCosts = z.output<typeof costsSchema>;
export type Verification = z.output<typeof verificationSchema>;
export type Withdrawal = z.output<typeof withdrawalSchema>;
export type WithdrawBody = z.output<typeof withdrawBody>;
export type Credits = z.output<typeof creditsSchema>;
export type CreditsQuery = z.output<typeof creditsQuery>;
