import { MANAGER_ENDPOINTS } from "@pleiad/sdk/manager/endpoints";
import type { WorkspaceEndpoint } from "@pleiad/sdk/workspace/endpoint";
import { WORKSPACE_ENDPOINTS } from "@pleiad/sdk/workspace/endpointTable";
import { z } from "zod";
import { type Json, queryOf, schemaOf } from "./operationDoc.ts";
import { aboutAgentSchema, talkQuery, talkSchema } from "./teamSchemas.ts";
import { terminalsSchema, terminalTextSchema } from "./terminalMessages.ts";

const CLUSTER_PARAMETER = {
  name: "cluster",
  in: "path",
  required: true,
  description: "The cluster's number, as digits",
  schema: { type: "string", pattern: "^[0-9]{1,78}$" },
};

/**
 * How the workspace is asked over HTTP, as OpenAPI 3.1: made of the schemas that the daemon checks with.
 *
 * @param furtherPaths of what else the daemon serves
 */
export function openApiDocument(version: string, furtherPaths: Json = {}): Json {
  return {
    openapi: "3.1.0",
    info: {
      title: "Pleiad workspace",
      version,
      summary:
        "What the agents of a cluster share: messages, context, memory, threads, jobs, rules, files; and the manager that keeps clusters well",
      description:
        "Served by a node's daemon on this machine alone. The token names who asks: the API's own is the operator's; " +
        "`pleiad workspace token create` makes those of agents, helpers and users.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [
      { url: "http://127.0.0.1:8645", description: "A daemon; daemon.json in its folder says where" },
    ],
    security: [{ token: [] }],
    paths: {
      ...pathsOf(WORKSPACE_ENDPOINTS, "/workspace/{cluster}", [CLUSTER_PARAMETER]),
      ...pathsOf(MANAGER_ENDPOINTS, "/manager", []),
      "/manager/events": { get: managerEventsOperation() },
      "/workspace": { get: listOperation() },
      "/workspace/{cluster}/events": { get: eventsOperation() },
      "/workspace/{cluster}/talk": { get: talkOperation() },
      "/workspace/{cluster}/agents/{name}": { get: aboutAgentOperation() },
      "/workspace/{cluster}/terminals": { get: terminalsOperation() },
      "/workspace/{cluster}/terminals/{name}": { get: terminalOperation() },
      ...furtherPaths,
    },
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      schemas: { Refusal: refusalSchema() },
      responses: {
        Refusal: {
          description: "Refused: `code` says why, docs/errors.md explains each",
          content: { "application/json": { schema: { $ref: "#/components/schemas/Refusal" } } },
        },
      },
    },
  };
}

function pathsOf(endpoints: readonly WorkspaceEndpoint[], base: string, parameters: readonly Json[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const endpoint of endpoints) {
    const path = `${base}/${endpoint.path}`;
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operationOf(endpoint, parameters) };
  }
  return paths;
}

function operationOf(
  { name, method, summary, input, output }: WorkspaceEndpoint,
  parameters: readonly Json[],
): Json {
  const given = schemaOf(input, "input");
  const isRead = method === "GET";
  return {
    operationId: name,
    summary,
    parameters: [...parameters, ...(isRead ? queryOf(given) : [])],
    ...(isRead
      ? {}
      : { requestBody: { required: true, content: { "application/json": { schema: given } } } }),
    responses: {
      "200": {
        description: "Done",
        content: { "application/json": { schema: schemaOf(output, "output") } },
      },
      default: { $ref: "#/components/responses/Refusal" },
    },
  };
}

function listOperation(): Json {
  return {
    operationId: "list_workspaces",
    summary: "List the clusters that are open on this node, as far as the token may see them",
    responses: {
      "200": {
        description: "Done",
        content: { "application/json": { schema: schemaOf(workspacesSchema, "output") } },
      },
      default: { $ref: "#/components/responses/Refusal" },
    },
  };
}

/** What `GET /workspace` answers. */
export const workspacesSchema = z.object({
  workspaces: z.array(
    z.object({
      cluster: z.string().meta({ description: "a whole number as digits" }),
      unknown: z
        .int()
        .meta({ description: "entries of the log that no view knows: of a later version, say" }),
      invalid: z.int().meta({ description: "entries that are not what their type says" }),
      own: z.object({ bytes: z.int(), bytesMax: z.int(), kept: z.int(), keptMax: z.int() }).meta({
        description:
          "what this node has said: bytes, and entries kept below its feed's base; LOG_FULL is near where one nears its most",
      }),
    }),
  ),
});

function eventsOperation(): Json {
  return {
    operationId: "events",
    summary: "A WebSocket that tells what changes: one JSON object a message",
    description:
      "Protocol `pleiad.workspace.v1`; where no header can be set, the token is a second protocol, `bearer.TOKEN`. " +
      'Messages: `{"kind":"open","cluster"}`, then `{"kind":"change","cluster","view","type"}`, with `id`, `author`, `about` and the start of its `text` where the token may read it. Close codes, each with the code of an ' +
      "error as its reason: 1001 the daemon stops, 4403 token or right is no more, 4408 the reader was too slow: read anew and connect again.",
    parameters: [CLUSTER_PARAMETER],
    responses: {
      "101": { description: "Switched to WebSocket" },
      default: { $ref: "#/components/responses/Refusal" },
    },
  };
}

function talkOperation(): Json {
  return {
    operationId: "talk",
    summary: "Who talked with whom, and what each said last: for the operator and the cluster's owner",
    parameters: [CLUSTER_PARAMETER, ...queryOf(schemaOf(talkQuery, "input"))],
    responses: {
      "200": {
        description: "Done",
        content: { "application/json": { schema: schemaOf(talkSchema, "output") } },
      },
      default: { $ref: "#/components/responses/Refusal" },
    },
  };
}

function aboutAgentOperation(): Json {
  return {
    operationId: "about_agent",
    summary: "One who takes part, and how it was spawned: for the operator and the cluster's owner",
    parameters: [CLUSTER_PARAMETER, TERMINAL_PARAMETER],
    responses: {
      "200": {
        description: "Done",
        content: { "application/json": { schema: schemaOf(aboutAgentSchema, "output") } },
      },
      default: { $ref: "#/components/responses/Refusal" },
    },
  };
}

function managerEventsOperation(): Json {
  return {
    operationId: "manager_events",
    summary: "A WebSocket that tells when something about the manager changed",
    description:
      'Protocol, token and close codes as for the events of a cluster. Messages: `{"kind":"open"}`, then `{"kind":"change"}` after a reconciliation, or when a plan or an alert ' +
      "became another; what, is read with the other routes.",
    parameters: [],
    responses: {
      "101": { description: "Switched to WebSocket" },
      default: { $ref: "#/components/responses/Refusal" },
    },
  };
}

const TERMINAL_PARAMETER = {
  name: "name",
  in: "path",
  required: true,
  description: "The agent's name",
  schema: { type: "string" },
};

function terminalsOperation(): Json {
  return {
    operationId: "list_terminals",
    summary: "List the terminals of this node's agents, as far as the token may look at them",
    parameters: [CLUSTER_PARAMETER],
    responses: {
      "200": {
        description: "Done",
        content: { "application/json": { schema: schemaOf(terminalsSchema, "output") } },
      },
      default: { $ref: "#/components/responses/Refusal" },
    },
  };
}

function terminalOperation(): Json {
  return {
    operationId: "terminal",
    summary:
      "What stands on an agent's terminal; or, as a WebSocket, the terminal to look at and to type into",
    description:
      "As a WebSocket (protocol and token as for events), one JSON object a message. It says `open`, then `screen`: text that brings a terminal of that size, " +
      "whatever its state, to what is shown; then `output`, which follows on it. Another `screen` may come at any time: the size changed, or the viewer was too " +
      "slow and was spared what lay between; its `leftOut` says how many characters that were. `end` is the last. What may be shown is filtered: it draws, and does nothing else. " +
      'A viewer whose token allows it may send `{"kind":"input","data"}` and `{"kind":"resize","columns","rows"}`; what is refused is answered with `refused`. ' +
      'Any viewer may send `{"kind":"pause"}`, is then told nothing but the end, and with `{"kind":"resume"}` gets the screen as it is then. ' +
      "Close codes, each with the code of an error as its reason: 1000 all was told, 1001 the daemon stops, 4400 that was no message, 4403 token or right is no more.",
    parameters: [
      CLUSTER_PARAMETER,
      TERMINAL_PARAMETER,
      {
        name: "part",
        in: "query",
        required: false,
        description: "The screen alone, or what has scrolled away too",
        schema: { type: "string", enum: ["screen", "all"], default: "screen" },
      },
    ],
    responses: {
      "101": { description: "Switched to WebSocket" },
      "200": {
        description: "Done",
        content: { "application/json": { schema: schemaOf(terminalTextSchema, "output") } },
      },
      default: { $ref: "#/components/responses/Refusal" },
    },
  };
}

function refusalSchema(): Json {
  return {
    type: "object",
    required: ["code", "message"],
    properties: {
      code: { type: "string", description: "Stable; `pleiad explain CODE` says more" },
      message: { type: "string" },
      hint: { type: "string", description: "What to do about it" },
      retryable: { type: "boolean", description: "Whether the same may succeed later" },
      details: { type: "object", additionalProperties: true },
    },
  };
}
