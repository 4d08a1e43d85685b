import { randomUUID } from "node:crypto";
import {
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { FACE_BODY_BYTES_MAX, SESSION_RETRY_MS, WATCHED_RESOURCES_MAX } from "../face/limits.ts";
import { createEventStore } from "./eventStore.ts";
import type { NoticeSession } from "./notices.ts";

/** A client that said `initialize`: the protocol of 2025, in which the server remembers it. */
export interface Session extends NoticeSession {
  handle(request: Request, parsedBody: unknown): Promise<Response>;
  lastUsedMs: number;
  close(): Promise<void>;
}

export interface SessionHooks {
  onOpen(id: string): void;
  onClose(id: string): void;
  /** It watches its first resource, or its last one no longer. */
  onWatching(isWatching: boolean): void;
  onError(error: Error): void;
}

export async function openSession(
  server: McpServer,
  hooks: SessionHooks,
  now: () => number,
): Promise<Session> {
  const id = randomUUID();
  const watched = new Set<string>();
  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: () => id,
    onsessioninitialized: () => hooks.onOpen(id),
    eventStore: createEventStore(),
    retryInterval: SESSION_RETRY_MS,
    maxRequestBodySize: FACE_BODY_BYTES_MAX,
  });
  transport.onerror = hooks.onError;
  server.server.setRequestHandler("resources/subscribe", ({ params: { uri } }) => {
    if (watched.size >= WATCHED_RESOURCES_MAX && !watched.has(uri)) {
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `a session watches at most ${WATCHED_RESOURCES_MAX} resources`,
        { uri },
      );
    }
    watched.add(uri);
    hooks.onWatching(true);
    return {};
  });
  server.server.setRequestHandler("resources/unsubscribe", ({ params: { uri } }) => {
    watched.delete(uri);
    hooks.onWatching(watched.size > 0);
    return {};
  });
  await server.connect(transport);
  server.server.onclose = () => {
    watched.clear();
    hooks.onWatching(false);
    hooks.onClose(id);
  };
  const session: Session = {
    watched,
    lastUsedMs: now(),
    async handle(request, parsedBody) {
      session.lastUsedMs = now();
      return transport.handleRequest(request, { parsedBody });
    },
    async tell(uri) {
      // A session that was closed meanwhile has nobody to tell.
      if (server.isConnected()) await server.server.sendResourceUpdated({ uri });
    },
    close: () => server.close(),
  };
  return session;
}
