import { type NodeIncomingMessageLike, toWebRequest } from "@modelcontextprotocol/node";
import { PleiadError } from "@pleiad/sdk/errors";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { errnoOf } from "../../config/files.ts";
import { FACE_BODY_BYTES_MAX, SPEAKERS_MAX } from "../face/limits.ts";
import type { Authenticate, Speaker } from "../face/speaker.ts";
import { ACTS } from "../http/access.ts";
import { bearerOf, refusalOf } from "../http/refusal.ts";
import type { McpModules } from "./context.ts";
import { respond } from "./respond.ts";
import { createSeat, type Seat, type SeatOptions } from "./seat.ts";

export const MCP_PATH = "/mcp";

/**
 * Adds the MCP server to the daemon's API: streamable HTTP, for the protocol of 2025 with sessions and for that of 2026
 * without. Host and Origin are the API's to check; who asks, its token says.
 */
export function mountMcp(
  app: FastifyInstance,
  options: SeatOptions,
  modules: McpModules & {
    readonly authenticate: Authenticate;
    /** Told whose token it is when somebody has connected the tools. @default nobody is told */
    readonly onToolsAsked?: (token: string) => void;
    readonly now?: () => number;
  },
): void {
  const { authenticate, onToolsAsked, logger } = modules;
  const seats = new Map<string, Seat>();

  function seatOf(speaker: Speaker): Seat {
    const known = seats.get(speaker.id);
    if (known !== undefined) return known;
    if (seats.size >= SPEAKERS_MAX) {
      // Speakers whose token is no more leave theirs behind.
      const [oldest] = [...seats].sort(([, a], [, b]) => a.lastUsedMs - b.lastUsedMs);
      if (oldest !== undefined) {
        seats.delete(oldest[0]);
        oldest[1]
          .close()
          .catch((error: unknown) => logger.warn({ err: error }, "an MCP session did not end"));
      }
    }
    const seat = createSeat(options, { ...modules, speaker });
    seats.set(speaker.id, seat);
    return seat;
  }

  modules.counters?.gauge("sessions", () =>
    [...seats.values()].reduce((total, seat) => total + seat.sessions(), 0),
  );
  app.addHook("onClose", async () => {
    await Promise.all([...seats.values()].map((seat) => seat.close()));
  });

  // Plugins have parsers of their own: what is no JSON is answered as the protocol wants it.
  app.register(async (plugin) => {
    plugin.removeContentTypeParser("application/json");
    plugin.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) =>
      done(null, body),
    );
    plugin.setErrorHandler((error, _request, reply) => {
      if (!(error instanceof PleiadError)) throw error;
      modules.counters?.request("mcp", error.code);
      const { status, body, headers } = refusalOf(error);
      // What the API itself refuses, as a wrong Host, says its status.
      const { statusCode = status } = error as { readonly statusCode?: number };
      return reply.code(statusCode).headers(headers).send(body);
    });
    plugin.route({
      method: ["GET", "POST", "DELETE"],
      url: MCP_PATH,
      // Which tool is called is in the body: who may but look asks over HTTP.
      config: ACTS,
      bodyLimit: FACE_BODY_BYTES_MAX,
      handler: answer,
    });
  });

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    let seat: Seat;
    let speaker: Speaker;
    try {
      speaker = await authenticate(bearerOf(request));
      seat = seatOf(speaker);
      modules.face.workspace();
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      modules.counters?.request("mcp", error.code);
      const { status, body, headers } = refusalOf(error);
      return reply.code(status).headers(headers).send(body);
    }
    const parsedBody = parse(request.body);
    if (parsedBody instanceof SyntaxError) {
      const error = { code: -32_700, message: "Parse error: the body is no JSON" };
      return reply.code(400).send({ jsonrpc: "2.0", error, id: null });
    }
    modules.counters?.request("mcp", "ok");
    reply.hijack();
    const gone = new AbortController();
    reply.raw.once("close", () => gone.abort());
    try {
      const asked = await toWebRequest(request.raw as NodeIncomingMessageLike, parsedBody, {
        signal: gone.signal,
      });
      await respond(await seat.handle(asked, parsedBody), reply.raw);
      if (asksForTools(parsedBody)) onToolsAsked?.(speaker.id);
    } catch (error) {
      // A program that is ended leaves in the middle of its requests.
      if (request.raw.socket.destroyed && errnoOf(error) === "ECONNRESET") {
        logger.debug({ speaker: speaker.id }, "an MCP client left before it was answered");
        return reply;
      }
      logger.error({ err: error }, "an MCP request met a bug");
      if (reply.raw.headersSent) reply.raw.destroy();
      else reply.raw.writeHead(500).end();
    }
    return reply;
  }
}

function parse(body: unknown): unknown {
  if (typeof body !== "string") return undefined;
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return error;
    throw error;
  }
}

/** Whoever has begun a session, or asks without one: from then on it has the tools. */
const CONNECTED: ReadonlySet<unknown> = new Set(["notifications/initialized", "tools/list"]);

function asksForTools(body: unknown): boolean {
  return typeof body === "object" && body !== null && "method" in body && CONNECTED.has(body.method);
}
