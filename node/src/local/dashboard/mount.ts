import websocket from "@fastify/websocket";
import { PleiadError } from "@pleiad/sdk/errors";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { WebSocket } from "ws";
import { z } from "zod";
import { ANYBODY_VIEWS, OPERATOR_VIEWS } from "../../api/access.ts";
import type { Authenticate, Speaker } from "../../workspace/face/speaker.ts";
import { EVENTS_PROTOCOL } from "../../workspace/http/events.ts";
import { refusalOf, tokenOfHeaders } from "../../workspace/http/refusal.ts";
import type { TokenCredential } from "../../workspace/tokens/credential.ts";
import type { ChainReads } from "./chainReads.ts";
import type { ChangeHub } from "./changeHub.ts";
import { createChangeStreams } from "./changeStreams.ts";
import { idIn } from "./ids.ts";
import { CHANGE_MESSAGE_BYTES_MAX } from "./limits.ts";
import { type MakingModules, mountMaking } from "./making.ts";
import type { offersSchema } from "./offersSchemas.ts";
import { addOperateRoutes, OPERATE_PATHS, type OperateModules } from "./operateRoutes.ts";
import { executionsQuery, type Me, type Overview, pageQuery } from "./schemas.ts";
import { mountViews, type ViewModules } from "./viewRoutes.ts";

/** Paths of what the dashboard reads. */
export const DASHBOARD_PATHS = [
  "/me",
  "/overview",
  "/offers",
  "/chain",
  "/changes",
  ...OPERATE_PATHS,
] as const;

export interface DashboardModules {
  readonly reads: ChainReads;
  readonly views: Omit<ViewModules, "reads">;
  readonly overview: () => Promise<Overview>;
  /** What whoever asks can start a helper with. */
  readonly offers: (credential: TokenCredential) => z.output<typeof offersSchema>;
  readonly hub: ChangeHub;
  /** The cluster that a token's speaker is in now. */
  readonly clusterOf: (credential: TokenCredential) => bigint | undefined;
  readonly operate: OperateModules;
  readonly authenticate: Authenticate;
  readonly version: string;
  readonly chainId: number;
  /** Whether this node takes part in workspaces. */
  readonly hasWorkspace: boolean;
  readonly making: MakingModules;
  readonly logger: Logger;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Adds what the dashboard's page reads to the daemon's API. Who may, the API looks at; the page itself is `page.ts`. */
export function mountDashboard(app: FastifyInstance, modules: DashboardModules): void {
  const {
    reads,
    views,
    overview,
    offers,
    hub,
    clusterOf,
    operate,
    authenticate,
    version,
    chainId,
    hasWorkspace,
    making,
    logger,
    now,
  } = modules;
  const streams = createChangeStreams({}, hub, clusterOf);
  const speakers = new WeakMap<FastifyRequest, Speaker>();
  const anybody = { config: { access: ANYBODY_VIEWS } };
  const operator = { config: { access: OPERATOR_VIEWS } };

  app.register(websocket, {
    options: {
      maxPayload: CHANGE_MESSAGE_BYTES_MAX,
      // The token among the protocols is not to be said back.
      handleProtocols: (protocols) => protocols.has(EVENTS_PROTOCOL) && EVENTS_PROTOCOL,
    },
    preClose: () => streams.stop(),
  });
  answerErrors(app, logger);

  app.get("/me", anybody, async (request) =>
    meOf(await authenticate(tokenOfHeaders(request.headers)), {
      version,
      chainId,
      hasWorkspace,
      nowMs: now(),
    }),
  );
  app.get("/overview", operator, async () => overview());
  app.get("/offers", anybody, async ({ headers }) =>
    offers((await authenticate(tokenOfHeaders(headers))).credential),
  );
  app.get("/chain/clusters", anybody, async ({ query }) => reads.clusters(pageQuery.parse(query)));
  app.get("/chain/clusters/:cluster", anybody, async ({ params }) => reads.cluster(idIn(params, "cluster")));
  app.get("/chain/clusters/:cluster/versions/:version", anybody, async ({ params }) =>
    reads.version(idIn(params, "cluster"), idIn(params, "version")),
  );
  app.get("/chain/executions", anybody, async ({ query }) => reads.executions(executionsQuery.parse(query)));
  app.get("/chain/executions/:execution", anybody, async ({ params }) =>
    reads.execution(idIn(params, "execution")),
  );
  app.get("/chain/nodes", anybody, async ({ query }) => reads.nodes(pageQuery.parse(query)));
  app.get("/chain/models", anybody, async ({ query }) => reads.models(pageQuery.parse(query)));
  app.get("/chain/agents", anybody, async ({ query }) => reads.agents(pageQuery.parse(query)));
  addOperateRoutes(app, operate);
  mountMaking(app, making);
  mountViews(app, { reads, ...views });
  // A plugin of its own: only there is the WebSocket's yet known.
  app.register(async (plugin) => {
    plugin.get(
      "/changes",
      {
        websocket: true,
        ...anybody,
        preValidation: async (request) => {
          if (!request.ws) {
            throw new PleiadError("changes are told over a WebSocket", {
              code: "EVENTS_WANT_WEBSOCKET",
              hint: "connect with ws:// in place of http://",
            });
          }
          const speaker = await authenticate(tokenOfHeaders(request.headers));
          streams.requireRoom(speaker);
          speakers.set(request, speaker);
        },
      },
      (socket: WebSocket, request: FastifyRequest) => {
        const speaker = speakers.get(request);
        if (speaker === undefined) throw new Error("a request came past the check of its token");
        streams.open(socket, speaker);
      },
    );
  });
}

function meOf(
  { role, credential, expiresAtMs }: Speaker,
  daemon: Pick<Me, "version" | "chainId" | "hasWorkspace" | "nowMs">,
): Me {
  const { kind } = credential;
  return {
    role,
    who: {
      kind: kind === "node" ? "operator" : kind,
      cluster: credential.cluster === undefined ? null : String(credential.cluster),
      name: kind === "helper" ? credential.name : null,
      agent: kind === "agent" ? String(credential.agent) : null,
      user: kind === "node" ? null : credential.user,
    },
    expiresAtMs: expiresAtMs ?? null,
    ...daemon,
  };
}

function answerErrors(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (error instanceof z.ZodError) {
      const [issue] = error.issues;
      const message = `${issue?.path.join(".") || "the query"}: ${issue?.message ?? "is wrong"}`;
      return reply.code(400).send({ code: "API_REQUEST_INVALID", message, retryable: false });
    }
    if (error instanceof PleiadError) {
      const { status, body, headers } = refusalOf(error);
      // What the API itself refuses, as a wrong Host, says its status.
      const { statusCode = status } = error as { readonly statusCode?: number };
      return reply.code(statusCode).headers(headers).send(body);
    }
    if (error.statusCode !== undefined && error.statusCode < 500)
      return reply.code(error.statusCode).send({ code: "API_REQUEST_INVALID", message: error.message });
    logger.error({ err: error }, "a request met a bug");
    return reply.code(500).send({ code: "API_INTERNAL", message: "the daemon has a bug; see its log" });
  });
}
