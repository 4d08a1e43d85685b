import type { Readable, Writable } from "node:stream";
import { SdkHttpError, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import {
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type RequestId,
} from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";
import { FACE_BODY_BYTES_MAX } from "../face/limits.ts";
import { MCP_PATH } from "./mount.ts";
import { socketFetch } from "./socketFetch.ts";

/** What a server that cannot be reached answers, by JSON-RPC's range for servers. */
const UNREACHABLE = -32_000;

/** A refusal as the daemon's API writes it. */
const refusalSchema = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });

/**
 * Hands what an agent's host says on standard input to a running daemon, and its answers back, until the input ends. To
 * standard output goes the protocol and nothing else.
 *
 * @param note told, for standard error, what went wrong on the way
 */
export async function bridgeStdio(
  options: {
    readonly apiUrl: string;
    readonly token: string;
    /** A Unix socket that leads there, for a sandbox without a network. @default the address itself is reached */
    readonly socketPath?: string | undefined;
    readonly signal?: AbortSignal;
  },
  modules: { readonly stdin: Readable; readonly stdout: Writable; readonly note: (text: string) => void },
): Promise<void> {
  const { apiUrl, token, socketPath, signal } = options;
  const { stdin, stdout, note } = modules;
  const host = new StdioServerTransport(stdin, stdout, { maxBufferSize: FACE_BODY_BYTES_MAX });
  const daemon = new StreamableHTTPClientTransport(new URL(MCP_PATH, apiUrl), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
    ...(socketPath === undefined ? {} : { fetch: socketFetch(socketPath) }),
  });
  const ended = Promise.withResolvers<void>();
  const begun = new Set<RequestId>();
  // The transport tells of an error that it also throws.
  const noted = new WeakSet<Error>();
  const noteOnce = (error: Error) => {
    if (noted.has(error)) return;
    noted.add(error);
    note(wordsOf(error));
  };

  const tellHost = (message: JSONRPCMessage) =>
    host.send(message).catch((error: Error) => {
      note(error.message);
      ended.resolve();
    });
  daemon.onmessage = (message) => {
    // From here on each request names the revision that was agreed upon.
    if (isJSONRPCResultResponse(message) && begun.delete(message.id)) {
      const { protocolVersion } = message.result as { readonly protocolVersion?: unknown };
      if (typeof protocolVersion === "string") daemon.setProtocolVersion(protocolVersion);
    }
    void tellHost(message);
  };
  daemon.onerror = noteOnce;
  host.onerror = (error) => note(error.message);
  host.onclose = () => ended.resolve();
  host.onmessage = (message) => {
    if (isJSONRPCRequest(message) && message.method === "initialize") begun.add(message.id);
    daemon.send(message).catch((error: Error) => {
      noteOnce(error);
      if (!isJSONRPCRequest(message)) return;
      begun.delete(message.id);
      void tellHost({
        jsonrpc: "2.0",
        id: message.id,
        error: { code: UNREACHABLE, message: `the daemon at ${apiUrl} did not take it: ${wordsOf(error)}` },
      });
    });
  };
  signal?.addEventListener("abort", () => ended.resolve(), { once: true });
  await daemon.start();
  await host.start();
  await ended.promise;
  if (daemon.sessionId !== undefined)
    await daemon.terminateSession().catch((error: Error) => note(error.message));
  await daemon.close();
  await host.close();
}

/** What went wrong, as the daemon said it where it did: code, what is the matter, and what to do. */
function wordsOf(error: Error): string {
  if (error instanceof SdkHttpError) {
    const refusal = refusalOf(String(error.data.text));
    if (refusal !== undefined)
      return [`${refusal.code}: ${refusal.message}`, refusal.hint ?? []].flat().join("; ");
  }
  const { cause } = error;
  return cause instanceof Error && "code" in cause ? `${error.message} (${cause.code})` : error.message;
}

function refusalOf(text: string): z.infer<typeof refusalSchema> | undefined {
  try {
    return refusalSchema.safeParse(JSON.parse(text)).data;
  } catch {
    // A proxy's page, or nothing.
    return undefined;
  }
}
