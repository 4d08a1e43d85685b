import { schemaOf } from "../../workspace/http/operationDoc.ts";
import { readOperation } from "./operations.ts";
import {
  agentSchema,
  costsSchema,
  creditsQuery,
  creditsSchema,
  feedbackAnswerSchema,
  feedbackQuery,
  finalitySchema,
  modelSchema,
  nodeSchema,
  verificationSchema,
  versionFileSchema,
  versionsQuery,
  versionsSchema,
  withdrawalSchema,
  withdrawBody,
} from "./viewSchemas.ts";

/** Paths of what the chain's views ask beside lists and stories, for the daemon's OpenAPI document. */
export function viewPaths(): Readonly<Record<string, unknown>> {
  return {
    "/chain/clusters/{cluster}/versions": readOperation(
      "list_versions",
      "List a cluster's versions with their prices and whether they take runs, the newest first",
      versionsSchema,
      { ids: ["cluster"], query: versionsQuery },
    ),
    "/chain/clusters/{cluster}/versions/{version}/file": readOperation(
      "version_file",
      "A version as the cluster.yaml that publishes the same again",
      versionFileSchema,
      { ids: ["cluster", "version"] },
    ),
    "/chain/executions/{execution}/costs": readOperation(
      "execution_costs",
      "What the transactions of an execution cost in gas",
      costsSchema,
      { ids: ["execution"] },
    ),
    "/chain/executions/{execution}/receipt": receiptOperation(),
    "/chain/executions/{execution}/verification": readOperation(
      "verification",
      "Make an execution's receipt, and check it against this daemon's endpoints as pleiad verify does",
      verificationSchema,
      { ids: ["execution"] },
    ),
    "/chain/nodes/{node}": readOperation(
      "chain_node",
      "One node: what it serves, what this daemon saw of it, what stands behind it",
      nodeSchema,
      { ids: ["node"] },
    ),
    "/chain/models/{model}": readOperation(
      "chain_model",
      "One model: its price, its nodes, its agents",
      modelSchema,
      {
        ids: ["model"],
      },
    ),
    "/chain/agents/{agent}": readOperation(
      "chain_agent",
      "One agent: its owner, its model, its cluster",
      agentSchema,
      {
        ids: ["agent"],
      },
    ),
    "/chain/feedback": readOperation(
      "chain_feedback",
      "What requesters of paid runs said of agents, or of the agents of models",
      feedbackAnswerSchema,
      { query: feedbackQuery },
    ),
    "/chain/finality": readOperation(
      "finality",
      "How deep things are in the chain, and the last reorganisations that this daemon saw",
      finalitySchema,
    ),
    "/chain/credits": readOperation(
      "credits",
      "What the daemon's account and the node's owner, or another account, can withdraw",
      creditsSchema,
      { query: creditsQuery },
    ),
    "/chain/credits/withdraw": { post: withdrawOperation() },
  };
}

function receiptOperation() {
  const { get } = readOperation(
    "receipt",
    "An execution's receipt, as pleiad execution receipt writes it",
    costsSchema,
    {
      ids: ["execution"],
    },
  ) as { readonly get: Readonly<Record<string, unknown>> };
  return {
    get: {
      ...get,
      responses: {
        "200": {
          description: "The file, for pleiad verify",
          content: { "application/json": { schema: { type: "object", additionalProperties: true } } },
        },
        default: { $ref: "#/components/responses/Refusal" },
      },
    },
  };
}

function withdrawOperation() {
  return {
    operationId: "withdraw_credit",
    summary: "Pay a credit that the daemon's own account may withdraw to its owner",
    description:
      "Goes through the daemon's submitter: simulated, journaled, counted to the spending limit. It answers once the transaction is mined, or with `sending` where that takes longer.",
    requestBody: {
      required: true,
      content: { "application/json": { schema: schemaOf(withdrawBody, "input") } },
    },
    responses: {
      "200": {
        description: "Done",
        content: { "application/json": { schema: schemaOf(withdrawalSchema, "output") } },
      },
      default: { $ref: "#/components/responses/Refusal" },
    },
  };
}
