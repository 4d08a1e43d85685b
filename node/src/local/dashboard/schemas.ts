import { EXECUTION_STATES, NODE_STATUSES, ROLES } from "@pleiad/sdk/types/states";
import { TOKEN_ROLES } from "@pleiad/sdk/types/tokenRole";
import { z } from "zod";
import { PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX, SEARCH_CHARACTERS_MAX } from "./limits.ts";

/** What the dashboard's routes answer: ids and amounts are digits in a string, times of the chain unix seconds in one. */

export const id = z.string().meta({ description: "a whole number as digits" });
export const wei = z
  .string()
  .meta({ description: "an amount in the smallest unit of its currency, as digits" });
export const seconds = z.string().meta({ description: "unix seconds as digits" });
export const millis = z.number().meta({ description: "unix milliseconds" });
export const hash = z.string().meta({ description: "0x and 64 hex digits" });
export const address = z.string().meta({ description: "0x and 40 hex digits" });

export const pageQuery = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(PAGE_ROWS_MAX)
    .default(PAGE_ROWS_DEFAULT)
    .meta({ description: "rows at most" }),
  before: z
    .string()
    .regex(/^\d{1,78}$/)
    .optional()
    .meta({ description: "the `next` of the page before this one" }),
  q: z
    .string()
    .max(SEARCH_CHARACTERS_MAX)
    .optional()
    .meta({ description: "only what has this in its number, name, address or other text" }),
});
export const executionsQuery = pageQuery.extend({
  cluster: z
    .string()
    .regex(/^\d{1,78}$/)
    .optional()
    .meta({ description: "of one cluster" }),
  state: z.enum(["running", "ended"]).optional().meta({ description: "those that run, or that have ended" }),
});

/** The next page's `before`; null where this is the last. */
export const next = id.nullable();

export const meSchema = z.object({
  role: z.enum(TOKEN_ROLES).meta({ description: "what the token is good for" }),
  who: z.object({
    kind: z.enum(["operator", "agent", "helper", "user"]),
    cluster: id.nullable().meta({ description: "the only cluster it is for" }),
    name: z.string().nullable().meta({ description: "of a helper" }),
    agent: id.nullable(),
    user: address.nullable().meta({ description: "on whose behalf" }),
  }),
  expiresAtMs: millis.nullable(),
  version: z.string().meta({ description: "of the daemon" }),
  chainId: z.number(),
  hasWorkspace: z.boolean().meta({ description: "whether this node takes part in clusters' workspaces" }),
  nowMs: millis.meta({ description: "the daemon's clock" }),
});

const placeSchema = z.object({
  blockNumber: id,
  blockHash: hash,
  transactionHash: hash,
  logIndex: z.number(),
  timestamp: seconds,
  settled: z
    .boolean()
    .meta({ description: "as deep as this node's policy demands, and its endpoints agree on it" }),
  final: z.boolean().meta({ description: "so deep that nothing takes it away" }),
});

export const executionRowSchema = z.object({
  execution: id,
  cluster: id,
  clusterName: z.string().nullable(),
  version: id,
  requester: address,
  state: z.enum(EXECUTION_STATES),
  createdAt: seconds,
  deadline: seconds,
  endedAt: seconds.nullable(),
  tasks: z.number().nullable().meta({ description: "null while this node has not read the version" }),
  completed: z.number(),
  failures: z.number().meta({ description: "reports of nodes that could not answer" }),
});

export const clusterRowSchema = z.object({
  cluster: id,
  slug: z.string(),
  name: z.string(),
  description: z.string(),
  owner: address,
  agents: z.number(),
  versions: z.number(),
  running: z.number(),
});

export const clustersSchema = z.object({ clusters: z.array(clusterRowSchema), total: z.number(), next });

export const clusterSchema = clusterRowSchema.extend({
  members: z.array(
    z.object({ agent: id, name: z.string(), owner: address.nullable(), model: id.nullable() }),
  ),
  published: z.array(z.object({ version: id, digest: hash, code: address })),
});

export const versionSchema = z.object({
  cluster: id,
  version: id,
  digest: hash,
  name: z.string(),
  slug: z.string(),
  description: z.string(),
  windowSeconds: z.number(),
  feeWei: wei,
  quoteWei: wei.meta({ description: "what a run costs, exactly" }),
  currency: address.meta({ description: "zero: the chain's own" }),
  attempts: z.number(),
  inputs: z.array(z.string()),
  agents: z.array(
    z.object({ agent: id, name: z.string(), role: z.string(), goal: z.string(), backstory: z.string() }),
  ),
  tasks: z.array(
    z.object({
      task: z.number(),
      name: z.string(),
      prompt: z.string(),
      tool: z.string(),
      agentIndex: z.number(),
      model: id,
      modelName: z.string().nullable(),
      priceWei: wei,
      nodeShareBps: z.number(),
      dependsOn: z.array(z.number()),
      quorum: z.number(),
    }),
  ),
});

export const executionsSchema = z.object({
  executions: z.array(executionRowSchema),
  next,
  remembered: z
    .number()
    .meta({ description: "ended executions that this node still knows; older ones are on the chain" }),
});

const textSchema = z.object({
  digest: hash,
  bytes: z.number().nullable().meta({ description: "null where it is given by reference" }),
  text: z.string().nullable().meta({ description: "null where it is no text, or given by reference" }),
  isCut: z.boolean(),
  uri: z.string().nullable().meta({ description: "where it may be had, where it is given by reference" }),
});

const windowSchema = z.object({
  node: id.nullable().meta({ description: "null: an owner" }),
  role: z.enum(ROLES),
  opensAt: seconds,
});

export const timelineTaskSchema = z.object({
  task: z.number(),
  name: z.string(),
  agent: id.meta({ description: "who is to answer it; empty where its version names nobody" }),
  agentName: z.string(),
  model: id,
  modelName: z.string().nullable(),
  priceWei: wei,
  dependsOn: z.array(z.number()),
  quorum: z.number(),
  state: z.enum(["waiting", "ready", "completed", "unanswered"]),
  windows: z
    .array(windowSchema)
    .meta({ description: "who may answer, and from when on; empty once it is answered" }),
  failedNodes: z.array(id),
  completion: z
    .object({
      node: id.nullable().meta({ description: "null: an owner answered" }),
      nodeOwner: address.nullable(),
      signer: address
        .nullable()
        .meta({ description: "the node's key as it is now; null where an owner signed" }),
      role: z.enum(ROLES),
      seconds: z.array(id).meta({ description: "nodes that agreed besides" }),
      output: textSchema,
      evidenceDigest: hash,
      tipWei: wei,
      place: placeSchema,
    })
    .nullable(),
});

/** Beside a story: how completions travelled, and what a reorganisation took back. */
const gossipSchema = z.object({
  task: z.number(),
  node: id,
  way: z.enum(["sent", "heard"]),
  peers: z.number().nullable().meta({ description: "that it was sent to at once; null for what was heard" }),
  outputDigest: hash,
  atMs: millis,
});
const takenBackSchema = z.object({
  kind: z.enum(["created", "accepted", "ended"]),
  task: z.number().nullable(),
  wasIn: placeSchema.pick({ blockNumber: true, blockHash: true, transactionHash: true, timestamp: true }),
  atMs: millis,
  isIn: id.nullable().meta({ description: "the block that it is in now; null where it is nowhere" }),
});

export const executionSchema = executionRowSchema.extend({
  thread: hash.nullable(),
  ownerMayAnswer: z.boolean(),
  outputsByReference: z.boolean(),
  readyAt: seconds.meta({ description: "when its last completion was accepted, or it was created" }),
  windowSeconds: z.number().nullable(),
  quoteWei: wei.nullable(),
  currency: address.nullable(),
  created: placeSchema,
  ended: placeSchema.nullable(),
  input: textSchema,
  taskList: z
    .array(timelineTaskSchema)
    .nullable()
    .meta({ description: "null where the version could not be read now" }),
  versionError: z.string().nullable(),
  responseDigest: hash.nullable(),
  runDigest: hash.nullable(),
  refundWei: wei,
  gossip: z
    .array(gossipSchema)
    .nullable()
    .meta({ description: "completions that this life of the daemon sent or heard; null without a network" }),
  takenBack: z.array(takenBackSchema).meta({
    description: "what reorganisations took back of it in this life of the daemon, the newest first",
  }),
});

export const nodesSchema = z.object({
  nodes: z.array(
    z.object({
      node: id,
      owner: address,
      key: address,
      status: z.enum(NODE_STATUSES),
      metadataURI: z.string(),
      models: z.array(id).meta({ description: "that it serves" }),
    }),
  ),
  total: z.number(),
  next,
});

export const modelsSchema = z.object({
  models: z.array(
    z.object({
      model: id,
      owner: address,
      name: z.string(),
      currency: address,
      priceWei: wei,
      nodeShareBps: z.number(),
      open: z.boolean(),
      nodes: z.array(id),
    }),
  ),
  total: z.number(),
  next,
});

export const agentsSchema = z.object({
  agents: z.array(
    z.object({
      agent: id,
      owner: address,
      model: id.nullable(),
      cluster: id.nullable(),
      clusterName: z.string().nullable(),
      name: z.string().nullable().meta({ description: "in that cluster" }),
      uri: z.string(),
    }),
  ),
  total: z.number(),
  next,
});

export const PROBLEM_KINDS = [
  "chain",
  "node",
  "money",
  "budget",
  "approval",
  "lost",
  "stalled",
  "failing",
  "failed",
  "log",
] as const;

export const problemSchema = z.object({
  kind: z.enum(PROBLEM_KINDS),
  urgency: z.enum(["act", "watch"]).meta({ description: "act: somebody must do something" }),
  code: z.string().meta({ description: "of the errors' table, or empty" }),
  title: z.string(),
  text: z.string(),
  whatToDo: z.string(),
  execution: id.nullable(),
  approval: z.string().nullable(),
  sinceMs: millis.nullable(),
});

export const overviewSchema = z.object({
  node: id.nullable().meta({ description: "null while the daemon starts" }),
  isStarting: z.boolean(),
  version: z.string(),
  startedAtMs: millis,
  chain: z.object({
    chainId: z.number(),
    state: z.string(),
    head: z.object({ number: id, hash, timestamp: seconds }).nullable(),
    lagBlocks: z.number(),
    headAgeSeconds: z.number().nullable(),
    isHinted: z.boolean().nullable().meta({ description: "whether a WebSocket tells of new blocks" }),
  }),
  problems: z.array(problemSchema).meta({ description: "what somebody must do something about first" }),
  problemsLeftOut: z.number(),
  counts: z.object({
    clusters: z.number(),
    running: z.number(),
    nodes: z.number(),
    models: z.number(),
    agents: z.number(),
    peers: z.number(),
    approvalsWaiting: z.number(),
  }),
  clusters: z.array(clusterRowSchema),
  running: z.array(executionRowSchema),
  recent: z.array(executionRowSchema).meta({ description: "that ended last" }),
  money: z.object({
    account: address.nullable(),
    balanceWei: wei.nullable(),
    spentWei: wei.nullable().meta({ description: "gas of transactions of the chain's last day" }),
    spendingLimitWei: wei.nullable(),
    earnings: z
      .array(z.object({ currency: address, amount: wei }))
      .nullable()
      .meta({
        description: "that the node has earned and nobody withdrew; null where the chain could not be asked",
      }),
  }),
  agentsToday: z.object({
    turns: z.number(),
    inputTokens: z.number(),
    outputTokens: z.number(),
    cachedTokens: z.number(),
    micros: z.record(z.string(), wei).meta({ description: "by currency, in millionths" }),
  }),
});

export type Overview = z.output<typeof overviewSchema>;
export type Problem = z.output<typeof problemSchema>;
export type ExecutionRow = z.output<typeof executionRowSchema>;
export type ClusterRow = z.output<typeof clusterRowSchema>;
export type ExecutionStory = z.output<typeof executionSchema>;
export type TimelineTask = z.output<typeof timelineTaskSchema>;
export type Me = z.output<typeof meSchema>;

/** What the stream of changes tells. */
export const CHANGE_TOPICS = [
  ...(["head", "execution", "cluster", "agent", "model", "node", "approval"] as const),
  ...(["usage", "manager", "job", "status"] as const),
  ...(["folder", "merge", "terminal", "presence", "credit"] as const),
] as const;
export type ChangeTopic = (typeof CHANGE_TOPICS)[number];
