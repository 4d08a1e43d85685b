import type { Json } from "../../workspace/http/operationDoc.ts";
import { folderPaths } from "../team/folderOpenapi.ts";
import { makingPaths } from "./making.ts";
import { offersSchema } from "./offersSchemas.ts";
import { operatePaths } from "./operateDocs.ts";
import { readOperation as read } from "./operations.ts";
import {
  agentsSchema,
  CHANGE_TOPICS,
  clusterSchema,
  clustersSchema,
  executionSchema,
  executionsQuery,
  executionsSchema,
  meSchema,
  modelsSchema,
  nodesSchema,
  overviewSchema,
  pageQuery,
  versionSchema,
} from "./schemas.ts";
import { viewPaths } from "./viewPaths.ts";

/** Paths of what the dashboard reads, for the daemon's OpenAPI document. */
export function dashboardPaths(): Json {
  const page = { query: pageQuery };
  return {
    "/me": read("me", "What this token may, and for whom", meSchema),
    "/overview": read(
      "overview",
      "Problems first, then clusters, executions in flight and money",
      overviewSchema,
    ),
    "/offers": read("offers", "What a helper can be started with on this node", offersSchema),
    "/chain/clusters": read(
      "list_clusters",
      "List the chain's clusters, the newest first",
      clustersSchema,
      page,
    ),
    "/chain/clusters/{cluster}": read("cluster", "One cluster with its members and versions", clusterSchema, {
      ids: ["cluster"],
    }),
    "/chain/clusters/{cluster}/versions/{version}": read(
      "version",
      "What a version says: its tasks, agents and prices",
      versionSchema,
      { ids: ["cluster", "version"] },
    ),
    "/chain/executions": read("list_executions", "List executions, the newest first", executionsSchema, {
      query: executionsQuery,
    }),
    "/chain/executions/{execution}": read(
      "execution",
      "One execution from its creation to its end, with who may answer what from when on",
      executionSchema,
      { ids: ["execution"] },
    ),
    "/chain/nodes": read("list_nodes", "List the chain's nodes, the newest first", nodesSchema, page),
    "/chain/models": read(
      "list_models",
      "List the chain's models with their prices, the newest first",
      modelsSchema,
      page,
    ),
    "/chain/agents": read(
      "list_chain_agents",
      "List the chain's agents, the newest first",
      agentsSchema,
      page,
    ),
    ...makingPaths(),
    ...viewPaths(),
    "/changes": { get: changesOperation() },
    ...operatePaths(),
    ...folderPaths(),
  };
}

function changesOperation(): Json {
  return {
    operationId: "changes",
    summary: "A WebSocket that tells what of the daemon's state changed: one JSON object a message",
    description:
      "Protocol `pleiad.workspace.v1`; where no header can be set, the token is a second protocol, `bearer.TOKEN`. " +
      'Messages: `{"kind":"open","topics"}`, then `{"kind":"changes","changes":[{"topic","ids"}]}`, the first after a rest within 20 ms, then at most one in 50 ms; `ids` is null where too much changed to name. ' +
      `Topics: ${CHANGE_TOPICS.join(", ")}. It says what to read anew, and nothing else; what agents share is told by \`/workspace/{cluster}/events\`. ` +
      "Close codes: 1001 the daemon stops, 4403 the token is no more, 4408 the reader was too slow: read anew and connect again.",
    responses: {
      "101": { description: "Switched to WebSocket" },
      default: { $ref: "#/components/responses/Refusal" },
    },
  };
}
