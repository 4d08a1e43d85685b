import type { IncomingHttpHeaders } from "node:http";
import { createServer } from "node:net";
import { Readable } from "node:stream";
import { isRetryable, PleiadError } from "@pleiad/sdk/errors";
import { type FastifyInstance, type FastifyRequest, fastify } from "fastify";
import type { Logger } from "pino";
import { type Hex, isHash } from "viem";
import {
  type AccessEntry,
  type Caller,
  collectAccess,
  OPEN,
  OPERATES,
  OPERATOR_ACTS,
  OPERATOR_VIEWS,
  requireAccess,
} from "./access.ts";
import { ApiRefused, checkToken, refuseWebPages, tokenRefused } from "./guard.ts";
import { toJson } from "./json.ts";

/** The largest blob that peers pass on. */
export const BODY_BYTES_MAX = 1_048_576;
/** A machine with more daemons than that has ports in its configuration. */
export const PORT_TRIES_MAX = 20;
/** A blob from a slow peer. */
export const REQUEST_TIMEOUT_MS = 30_000;

/** Of this server's own routes those that its own page asks with its origin said: it hands over what is too large for the chain. */
const PAGE_PATHS = ["/blobs"];

export interface ApiOptions {
  /** A loopback address. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly token: string;
}

/** One thing that a daemon needs to do its work. */
export interface ReadyCheck {
  readonly ok: boolean;
  /** Why not, in one sentence without secrets: who asks shows no token. */
  readonly reason: string | null;
}

/** What does not keep a daemon from its work now, and somebody should see to. */
export interface ReadyWarning {
  readonly code: string;
  /** One sentence without secrets. */
  readonly message: string;
}

/** Whether a daemon can do its work. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, ReadyCheck>>;
  readonly warnings: readonly ReadyWarning[];
}

/** Routes of another part of the daemon, each of which says who may ask it. Host and Origin stay this server's to check. */
export interface ApiMount {
  /** Paths that pages of this server may ask and whose refusals it words itself, and all below them: `/mcp`. */
  readonly paths: readonly string[];
  readonly add: (app: FastifyInstance) => void;
}

/**
 * What the routes answer with. Values may hold bigints; they are written as decimal strings. While the daemon starts,
 * those that need it at work throw API_STARTING.
 */
export interface ApiModules {
  readonly ready: () => Promise<Readiness>;
  readonly status: () => Promise<unknown>;
  readonly jobs: () => Promise<unknown>;
  /** What this node did for an execution. */
  readonly execution: (id: bigint) => Promise<unknown>;
  readonly putBlob: (bytes: Uint8Array) => Promise<Hex>;
  /** @throws PleiadError BLOB_MISSING */
  readonly getBlob: (digest: Hex, signal: AbortSignal) => Promise<Uint8Array>;
  /** A backup of the daemon's store as it is now. @default there is none to be had */
  readonly backup?: () => AsyncIterable<Uint8Array>;
  /**
   * A cluster's log, line by line, as `Workspace.exportLog` gives it to the operator. @default there is none to be had
   */
  readonly exportLog?: (
    cluster: bigint,
    options: { readonly withKeys: boolean },
  ) => Promise<AsyncIterable<string>>;
  /** Prometheus text. */
  readonly metrics: () => Promise<string>;
  /**
   * Tells by the token among a request's headers who sends it. @throws PleiadError TOKEN_…
   *
   * @default who has the API's token is the operator, and nobody else is anybody
   */
  readonly identify?: (headers: IncomingHttpHeaders) => Promise<Caller>;
  /** @default none */
  readonly mounts?: readonly ApiMount[];
  readonly logger: Logger;
}

export interface Api {
  /** Where it listens. */
  readonly url: string;
  /** Each route with what it wants of who asks it. */
  readonly access: readonly AccessEntry[];
  stop(): Promise<void>;
}

/**
 * Starts the daemon's HTTP interface; see the folder's README for its routes.
 *
 * @throws PleiadError API_PORTS_BUSY when the port and those after it are taken; API_HOST_NOT_LOOPBACK
 */
export async function startApi(options: ApiOptions, modules: ApiModules): Promise<Api> {
  if (!/^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(options.host)) {
    throw new PleiadError(`the API cannot listen on ${options.host}`, {
      code: "API_HOST_NOT_LOOPBACK",
      hint: "set api.host to 127.0.0.1; put a proxy of your own in front of it to reach it from elsewhere",
      details: { host: options.host },
    });
  }
  const port = await freePort(options.host, options.port, modules.logger);
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
  });
  let listening = port;
  const { mounts = [], identify = identifyBy(options.token) } = modules;
  const access = collectAccess(app);
  app.addHook("onRequest", async (request) => {
    const isElsewhere = mounts.some(({ paths }) => isBelow(paths, request));
    const isForPages = isElsewhere || isBelow(PAGE_PATHS, request);
    refuseWebPages(request, listening, isForPages ? "own" : "none");
    await requireAccess(request, async () => {
      try {
        return await identify(request.headers);
      } catch (error) {
        throw error instanceof PleiadError && !isElsewhere ? tokenRefused(error) : error;
      }
    });
  });
  // One that asked to be a WebSocket and was refused is no connection that Node keeps count of: it would outlive the server.
  app.addHook("onResponse", async (request) => {
    if (request.headers.upgrade !== undefined) request.raw.socket.destroy();
  });
  answerErrors(app, modules.logger);
  addRoutes(app, modules);
  for (const { add } of mounts) app.register(async (plugin) => add(plugin));
  const address = await app.listen({ host: options.host, port });
  listening = Number(new URL(address).port);
  return { url: address, access, stop: () => app.close() };
}

function identifyBy(operatorToken: string): (headers: IncomingHttpHeaders) => Promise<Caller> {
  return async ({ authorization }) => {
    checkToken(/^Bearer (.+)$/.exec(authorization ?? "")?.[1], operatorToken);
    return { role: "operate", isOperators: true };
  };
}

/** By the route that was found, not by what was asked for: what leads to no route is nobody's. */
function isBelow(paths: readonly string[], request: FastifyRequest): boolean {
  const route = request.routeOptions.url;
  return route !== undefined && paths.some((path) => route === path || route.startsWith(`${path}/`));
}

function addRoutes(app: FastifyInstance, modules: ApiModules): void {
  app.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );
  const views = { config: { access: OPERATOR_VIEWS } };
  const operates = { config: { access: OPERATES } };
  // Who answers is alive. That says nothing of whether there is anything it can do.
  app.get("/health", { config: { access: OPEN } }, async () => ({ alive: true }));
  app.get("/ready", { config: { access: OPEN } }, async (_request, reply) => {
    const readiness = await modules.ready();
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });
  const json = (path: string, answer: (params: Record<string, string>) => Promise<unknown>) =>
    app.get(path, views, async (request, reply) =>
      reply.type("application/json").send(toJson(await answer(request.params as Record<string, string>))),
    );
  json("/status", () => modules.status());
  json("/jobs", () => modules.jobs());
  json("/executions/:id", ({ id }) => modules.execution(parseId(id)));
  app.get("/metrics", views, async (_request, reply) =>
    reply.type("text/plain; version=0.0.4").send(await modules.metrics()),
  );
  app.get("/backup", operates, async (_request, reply) => {
    if (modules.backup === undefined) return reply.callNotFound();
    return reply
      .type("application/octet-stream")
      .send(Readable.from(modules.backup(), { objectMode: false }));
  });
  app.get("/logs/:cluster/export", operates, async (request, reply) => {
    if (modules.exportLog === undefined) return reply.callNotFound();
    const { cluster } = request.params as { cluster: string };
    const { keys } = request.query as { keys?: unknown };
    const lines = await modules.exportLog(parseId(cluster), { withKeys: keys === "true" });
    return reply.type("application/x-ndjson").send(Readable.from(lines, { objectMode: false }));
  });
  app.post("/blobs", { config: { access: OPERATOR_ACTS } }, async (request) => {
    if (!Buffer.isBuffer(request.body) || request.body.length === 0) {
      throw badRequest(
        "API_BODY_EMPTY",
        "a blob has at least one byte",
        "send the bytes as application/octet-stream",
      );
    }
    return { digest: await modules.putBlob(request.body) };
  });
  app.get("/blobs/:digest", views, async (request, reply) => {
    const { digest } = request.params as { digest: string };
    if (!isHash(digest))
      throw badRequest("API_DIGEST_INVALID", `${digest} is no digest`, "name 32 bytes as 0x and 64 digits");
    const bytes = await modules.getBlob(digest, AbortSignal.timeout(REQUEST_TIMEOUT_MS));
    return reply.type("application/octet-stream").send(Buffer.from(bytes));
  });
}

function parseId(text: string | undefined): bigint {
  if (text === undefined || !/^\d{1,78}$/.test(text)) {
    throw badRequest("API_ID_INVALID", `${text} is no id`, "name an execution or a cluster by its number");
  }
  return BigInt(text);
}

class BadRequest extends PleiadError {
  readonly statusCode = 400;
}

function badRequest(code: string, message: string, hint: string): PleiadError {
  return new BadRequest(message, { code, hint });
}

/** Expected failures are answered with their code; anything else is a bug, answered 500 and logged as one. */
function answerErrors(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, _request, reply) => {
    if (error instanceof ApiRefused || error instanceof BadRequest) {
      return reply
        .code(error.statusCode)
        .send({ code: error.code, message: error.message, hint: error.hint });
    }
    if (error instanceof PleiadError) {
      const missing = error.code.endsWith("_MISSING") || error.code.endsWith("_UNKNOWN");
      return reply
        .code(missing ? 404 : 503)
        .send({ code: error.code, message: error.message, hint: error.hint, retryable: isRetryable(error) });
    }
    // Fastify's own refusals (body too large, unsupported type) have a status below 500.
    if (error.statusCode !== undefined && error.statusCode < 500) {
      return reply
        .code(error.statusCode)
        .send({ code: error.code ?? "API_REQUEST_INVALID", message: error.message });
    }
    logger.error({ err: error }, "a request met a bug");
    return reply.code(500).send({ code: "API_INTERNAL", message: "the daemon has a bug; see its log" });
  });
}

/** The wished port or the next free one, said in the log. */
async function freePort(host: string, wished: number, logger: Logger): Promise<number> {
  if (wished === 0) return 0;
  for (let port = wished; port < wished + PORT_TRIES_MAX; port++) {
    if (!(await isFree(host, port))) continue;
    if (port !== wished) logger.warn({ wished, port }, "the API's port is taken; using the next free one");
    return port;
  }
  throw new PleiadError(`ports ${wished} to ${wished + PORT_TRIES_MAX - 1} are taken`, {
    code: "API_PORTS_BUSY",
    hint: "set api.port to a free port, or to 0 for any",
    details: { wished },
  });
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
