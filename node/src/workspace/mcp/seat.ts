import { createMcpHandler, isInitializeRequest, isLegacyRequest } from "@modelcontextprotocol/server";
import {
  FACE_BODY_BYTES_MAX,
  NOTICE_STREAMS_MAX,
  SESSION_IDLE_MS,
  SESSIONS_PER_SPEAKER_MAX,
} from "../face/limits.ts";
import { operationsOf, type Speaker } from "../face/speaker.ts";
import type { McpContext, McpModules } from "./context.ts";
import { createNotices } from "./notices.ts";
import { type AddFixtures, createMcpServer } from "./server.ts";
import { openSession, type Session } from "./session.ts";
import { createWaits } from "./waiting.ts";

/**
 * One speaker's place: its sessions and streams. Each has its own, so that no session id of another token leads anywhere,
 * and what concerns another cluster is not even there to be filtered.
 */
export interface Seat {
  handle(request: Request, parsedBody: unknown): Promise<Response>;
  /** Sessions that are open. */
  sessions(): number;
  lastUsedMs: number;
  close(): Promise<void>;
}

export interface SeatOptions {
  /** What only tests have. @default nothing */
  readonly addFixtures?: AddFixtures | undefined;
}

export function createSeat(
  options: SeatOptions,
  modules: McpModules & { readonly speaker: Speaker; readonly now?: () => number },
): Seat {
  const { addFixtures } = options;
  const { speaker, logger, now = Date.now } = modules;
  const context: McpContext = {
    ...modules,
    waits: createWaits(),
    operations: () => operationsOf(modules.face, speaker),
  };
  const sessions = new Map<string, Session>();
  const report = (error: Error) => logger.debug({ err: error, speaker: speaker.id }, "an MCP request failed");
  const notices = createNotices(context, (reason) => {
    report(reason);
    close().catch(report);
  });
  const modern = createMcpHandler(() => createMcpServer(context, addFixtures), {
    legacy: "reject",
    bus: notices.bus,
    maxSubscriptions: NOTICE_STREAMS_MAX,
    maxRequestBodySize: FACE_BODY_BYTES_MAX,
    onerror: report,
  });

  async function begin(request: Request, parsedBody: unknown): Promise<Response> {
    await makeRoom();
    let leave: (() => void) | undefined;
    const session = await openSession(
      createMcpServer(context, addFixtures),
      {
        onOpen: (id) => sessions.set(id, session),
        onClose: (id) => sessions.delete(id),
        onWatching(isWatching) {
          if (isWatching) leave ??= notices.join(session);
          else {
            leave?.();
            leave = undefined;
          }
        },
        onError: report,
      },
      now,
    );
    return session.handle(request, parsedBody);
  }

  /** The session that was unused for longest ends for a new one. */
  async function makeRoom(): Promise<void> {
    const byUse = [...sessions.values()].sort((a, b) => a.lastUsedMs - b.lastUsedMs);
    const surplus = Math.max(0, byUse.length - SESSIONS_PER_SPEAKER_MAX + 1);
    const over = byUse.filter(
      ({ lastUsedMs }, index) => index < surplus || now() - lastUsedMs > SESSION_IDLE_MS,
    );
    await Promise.all(over.map((session) => session.close()));
  }

  async function close(): Promise<void> {
    notices.stop();
    await Promise.all([...sessions.values()].map((session) => session.close()));
    await modern.close();
  }

  const seat: Seat = {
    lastUsedMs: now(),
    sessions: () => sessions.size,
    async handle(request, parsedBody) {
      seat.lastUsedMs = now();
      if (!(await isLegacyRequest(request, parsedBody))) {
        notices.ask(resourcesIn(parsedBody));
        return modern.fetch(request, { parsedBody });
      }
      const id = request.headers.get("mcp-session-id");
      if (id === null) {
        if (isInitializeRequest(parsedBody)) return begin(request, parsedBody);
        return refuse(400, "this request needs a session: send initialize first");
      }
      const session = sessions.get(id);
      if (session === undefined)
        return refuse(404, "there is no such session any more: send initialize again");
      return session.handle(request, parsedBody);
    },
    close,
  };
  return seat;
}

/** Which resources a request for a stream of notices names; none for any other request. */
function resourcesIn(body: unknown): readonly string[] {
  const { method, params } = (body ?? {}) as {
    readonly method?: unknown;
    readonly params?: { readonly notifications?: { readonly resourceSubscriptions?: unknown } };
  };
  const uris = params?.notifications?.resourceSubscriptions;
  if (method !== "subscriptions/listen" || !Array.isArray(uris)) return [];
  return uris.filter((uri) => typeof uri === "string");
}

function refuse(status: 400 | 404, message: string): Response {
  return Response.json({ jsonrpc: "2.0", error: { code: -32_000, message }, id: null }, { status });
}
