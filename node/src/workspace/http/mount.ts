import websocket from "@fastify/websocket";
import { PleiadError } from "@pleiad/sdk/errors";
import type { WorkspaceEndpoint } from "@pleiad/sdk/workspace/endpoint";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { WebSocket } from "ws";
import { workspaceError } from "../errors.ts";
import { type FaceCounters, outcomeOf } from "../face/counters.ts";
import { FACE_BODY_BYTES_MAX, TERMINAL_MESSAGE_BYTES_MAX } from "../face/limits.ts";
import { FACE_OPERATIONS } from "../face/operations.ts";
import { type Authenticate, type FaceWorkspace, operationsOf, type Speaker } from "../face/speaker.ts";
import type { FaceTerminals } from "../face/terminals.ts";
import { credentialSchema } from "../tokens/credential.ts";
import type { Credential } from "../types.ts";
import { ACTS, OPERATES, VIEWS } from "./access.ts";
import { createEventStreams, EVENTS_PROTOCOL, type EventFeed } from "./events.ts";
import { openApiDocument } from "./openapi.ts";
import { inputOfQuery } from "./query.ts";
import { refusalOf, tokenOfHeaders } from "./refusal.ts";
import { addTeamRoutes } from "./teamRoutes.ts";
import { createTerminalRoutes } from "./terminals.ts";

export const WORKSPACE_PATH = "/workspace";
/** Whether a credential would be let in. */
export const CHECK_PATH = `${WORKSPACE_PATH}/check`;
export const OPENAPI_PATH = "/openapi.json";

const NO_TERMINALS: FaceTerminals = { list: () => [], find: () => undefined };

/** Something of another part of the daemon that is told of as it changes. */
export interface WatchedFeed {
  readonly path: string;
  /** What one speaker is told; while it lasts, its token may be revoked. */
  readonly of: (speaker: Speaker) => EventFeed;
  /** @throws PleiadError where whoever asks may not hear of it */
  readonly requireMay: (speaker: Speaker) => void;
}

export interface HttpModules {
  readonly face: FaceWorkspace;
  readonly authenticate: Authenticate;
  /** What else is told over WebSockets, by its path. @default nothing */
  readonly feeds?: readonly WatchedFeed[];
  /** Terminals of this node's agents. @default there are none */
  readonly terminals?: FaceTerminals;
  readonly version: string;
  /** What else the daemon serves, for its OpenAPI document. @default nothing */
  readonly furtherPaths?: Readonly<Record<string, unknown>>;
  readonly logger: Logger;
  /** @default nothing is counted */
  readonly counters?: FaceCounters;
}

/** Adds the workspace's routes to the daemon's API. Host and Origin are the API's to check; who asks, its token says. */
export function mountWorkspace(
  app: FastifyInstance,
  options: { readonly eventBufferBytesMax?: number | undefined },
  modules: HttpModules,
): void {
  const {
    face,
    authenticate,
    version,
    furtherPaths,
    logger,
    counters,
    terminals = NO_TERMINALS,
    feeds = [],
  } = modules;
  const { eventBufferBytesMax } = options;
  const events = createEventStreams(
    eventBufferBytesMax === undefined ? {} : { bufferBytesMax: eventBufferBytesMax },
    face,
  );
  /** Known from the first hook on: what is refused is refused before a body is read. */
  const speakers = new WeakMap<FastifyRequest, Speaker>();

  const terminalRoutes = createTerminalRoutes({ face, terminals, speakerOf, clusterOf, logger });

  app.register(websocket, {
    options: {
      maxPayload: TERMINAL_MESSAGE_BYTES_MAX,
      // The token among the protocols is not to be said back.
      handleProtocols: (protocols) => protocols.has(EVENTS_PROTOCOL) && EVENTS_PROTOCOL,
    },
    preClose: async () => {
      await Promise.all([events.stop(), terminalRoutes.stop()]);
    },
  });
  app.addHook("onRequest", async (request) => {
    speakers.set(request, await authenticate(tokenOfHeaders(request.headers)));
  });
  counters?.gauge("streams", events.count);
  const refusals = new WeakMap<FastifyRequest, string>();
  answerErrors(app, logger, (request, error) => refusals.set(request, outcomeOf(error)));
  app.addHook("onResponse", async (request) => {
    counters?.request("http", refusals.get(request) ?? "ok");
  });

  app.get(OPENAPI_PATH, { config: VIEWS }, async () => openApiDocument(version, furtherPaths));
  app.get(WORKSPACE_PATH, { config: VIEWS }, async (request) => {
    const { credential } = speakerOf(request);
    const own = credential.cluster ?? face.clusterOf(credential);
    const workspace = face.workspace();
    const seen = workspace
      .clusters()
      .filter((cluster) => (credential.kind === "node" && own === undefined) || cluster === own);
    return {
      workspaces: seen.map((cluster) => ({ ...workspace.status(cluster), cluster: String(cluster) })),
    };
  });
  // For who gives out tokens, and so no part of what tokens open.
  app.post(CHECK_PATH, { config: OPERATES, bodyLimit: FACE_BODY_BYTES_MAX }, async (request) => {
    const credential = credentialSchema.safeParse(request.body);
    if (!credential.success) throw workspaceError("FACE_BODY_INVALID", "that is no credential of a token");
    const { cluster } = credential.data;
    if (credential.data.kind !== "node" || cluster !== undefined)
      await face.workspace().check({ ...credential.data, cluster } as Credential);
    return { done: true };
  });
  for (const { endpoint, run } of FACE_OPERATIONS) {
    app.route({
      method: endpoint.method,
      url: `${WORKSPACE_PATH}/:cluster/${endpoint.path}`,
      bodyLimit: FACE_BODY_BYTES_MAX,
      config: isForViewers(endpoint) ? VIEWS : ACTS,
      handler: (request) => {
        const operations = operationsOf(face, speakerOf(request), clusterOf(request));
        const input =
          endpoint.method === "GET"
            ? inputOfQuery(endpoint, request.query as Readonly<Record<string, unknown>>)
            : (request.body ?? {});
        return run(operations, input);
      },
    });
  }
  addTeamRoutes(app, `${WORKSPACE_PATH}/:cluster`, (request) =>
    operationsOf(face, speakerOf(request), clusterOf(request)),
  );
  // A plugin of its own: only there is the WebSocket's yet known.
  app.register(async (plugin) => {
    plugin.get(
      `${WORKSPACE_PATH}/:cluster/events`,
      {
        websocket: true,
        config: VIEWS,
        preValidation: async (request) => {
          events.requireRoom(speakerOf(request));
          requireWebSocket(request);
          // Refused here it is an answer; once it is a WebSocket it would be a close.
          await operationsOf(face, speakerOf(request), clusterOf(request)).readRules();
        },
      },
      (socket: WebSocket, request: FastifyRequest) =>
        events.open(socket, speakerOf(request), clusterOf(request)),
    );
    for (const feed of feeds) {
      const preValidation = async (request: FastifyRequest) => {
        events.requireRoom(speakerOf(request));
        requireWebSocket(request);
        feed.requireMay(speakerOf(request));
      };
      plugin.get(
        feed.path,
        { websocket: true, config: VIEWS, preValidation },
        (socket: WebSocket, request: FastifyRequest) =>
          events.feed(socket, speakerOf(request), feed.of(speakerOf(request))),
      );
    }
    terminalRoutes.add(plugin, `${WORKSPACE_PATH}/:cluster/terminals`);
  });

  function speakerOf(request: FastifyRequest): Speaker {
    const speaker = speakers.get(request);
    if (speaker === undefined) throw new Error("a request came past the check of its token");
    return speaker;
  }
}

/** @throws PleiadError EVENTS_WANT_WEBSOCKET */
function requireWebSocket(request: FastifyRequest): void {
  if (request.ws) return;
  throw workspaceError("EVENTS_WANT_WEBSOCKET", "events are told over a WebSocket", {
    hint: "connect with ws:// in place of http://",
  });
}

function isForViewers({ method, isForViewers: isMarked }: WorkspaceEndpoint): boolean {
  return method === "GET" || isMarked === true;
}

/** @throws PleiadError CLUSTER_ID_INVALID */
function clusterOf(request: FastifyRequest): bigint {
  const { cluster } = request.params as { readonly cluster: string };
  if (/^\d{1,78}$/.test(cluster)) return BigInt(cluster);
  throw workspaceError("CLUSTER_ID_INVALID", `"${cluster.slice(0, 80)}" is no cluster`, {
    hint: "name a cluster by its number: /workspace/3/agents",
  });
}

/** What Fastify itself refuses, by its status. */
const BODY_ERRORS: Readonly<Record<number, readonly [code: string, hint: string]>> = {
  413: ["FACE_BODY_TOO_LARGE", `send at most ${FACE_BODY_BYTES_MAX} bytes; put what is long into a file`],
  415: ["FACE_BODY_TYPE", "send application/json"],
};

function answerErrors(
  app: FastifyInstance,
  logger: Logger,
  note: (request: FastifyRequest, error: unknown) => void,
): void {
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof PleiadError) {
      note(request, error);
      const { status, body, headers } = refusalOf(error);
      // What the API itself refuses, as a wrong Host, says its status.
      const { statusCode = status } = error as { readonly statusCode?: number };
      return reply.code(statusCode).headers(headers).send(body);
    }
    if (error.statusCode !== undefined && error.statusCode < 500) {
      const [code, hint] = BODY_ERRORS[error.statusCode] ?? ["FACE_BODY_INVALID", "send one JSON object"];
      note(request, workspaceError(code, error.message));
      return reply.code(error.statusCode).send({ code, message: error.message, hint, retryable: false });
    }
    note(request, error);
    logger.error({ err: error }, "a request met a bug");
    return reply.code(500).send({ code: "API_INTERNAL", message: "the daemon has a bug; see its log" });
  });
}
