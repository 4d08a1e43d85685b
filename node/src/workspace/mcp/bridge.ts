import type { Readable, Writable } from "node:stream";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import {
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type RequestId,
} from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { FACE_BODY_BYTES_MAX } from "../face/limits.ts";
import { MCP_PATH } from "./mount.ts";

/** What a server that cannot be reached answers, by JSON-RPC's range for servers. */
const UNREACHABLE = -32_000;

/**
 * Hands what an agent's host says on standard input to a running daemon, and its answers back, until the input ends. To
 * standard output goes the protocol and nothing else.
 *
 * @param note told, for standard error, what went wrong on the way
 */
export async function bridgeStdio(
  options: { readonly apiUrl: string; readonly token: string; readonly signal?: AbortSignal },
  modules: { readonly stdin: Readable; readonly stdout: Writable; readonly note: (text: string) => void },
): Promise<void> {
  const { apiUrl, token, signal } = options;
  const { stdin, stdout, note } = modules;
  const host = new StdioServerTransport(stdin, stdout, { maxBufferSize: FACE_BODY_BYTES_MAX });
  const daemon = new StreamableHTTPClientTransport(new URL(MCP_PATH, apiUrl), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  });
  const ended = Promise.withResolvers<void>();
  const begun = new Set<RequestId>();

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
  daemon.onerror = (error) => note(error.message);
  host.onerror = (error) => note(error.message);
  host.onclose = () => ended.resolve();
  host.onmessage = (message) => {
    if (isJSONRPCRequest(message) && message.method === "initialize") begun.add(message.id);
    daemon.send(message).catch((error: Error) => {
      note(error.message);
      if (!isJSONRPCRequest(message)) return;
      begun.delete(message.id);
      void tellHost({
        jsonrpc: "2.0",
        id: message.id,
        error: { code: UNREACHABLE, message: `the daemon at ${apiUrl} did not take it: ${error.message}` },
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
