import { join } from "node:path";
import type { Attachment } from "../session.ts";
import { keepsFile } from "./kept.ts";
import { readMessageStream } from "./messageStream.ts";
import { type CliTool, jsonServers } from "./tool.ts";

const IMAGES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

/**
 * Claude Code: one process for the whole session, which takes messages on standard input. It asks for leave over the same
 * stream, and says itself which of its tools' servers are connected (`claudeSession.ts`).
 */
export const claude: CliTool = {
  kind: "claude",
  program: "claude",
  packageName: "@anthropic-ai/claude-code",
  versions: { oldest: "2.1.0", tested: "2.1.197" },
  keyVariables: ["ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN", "ANTHROPIC_AUTH_TOKEN"],
  loginPath: ".claude/.credentials.json",
  files: ({ toolServers }) => [
    { name: "mcp.json", text: JSON.stringify({ mcpServers: jsonServers(toolServers) }) },
  ],
  environment: ({ service }) => ({
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_AUTOUPDATER: "1",
    DISABLE_TELEMETRY: "1",
    DISABLE_ERROR_REPORTING: "1",
    ...(service.baseUrl === undefined ? {} : { ANTHROPIC_BASE_URL: service.baseUrl }),
  }),
  args: ({ service, toolServers, resume, newId, fileAt }) => [
    "-p",
    ...["--input-format", "stream-json", "--output-format", "stream-json", "--verbose"],
    ...["--mcp-config", fileAt("mcp.json"), "--strict-mcp-config"],
    // What a folder itself says of hooks and permissions is not the operator's word.
    ...["--setting-sources", "user"],
    ...["--permission-mode", "acceptEdits", "--permission-prompt-tool", "stdio"],
    ...(toolServers.length === 0
      ? []
      : ["--allowedTools", toolServers.map(({ name }) => `mcp__${name}`).join(",")]),
    ...(service.model === undefined ? [] : ["--model", service.model]),
    ...(resume === undefined ? ["--session-id", newId] : ["--resume", resume]),
  ],
  hasSession: (home, id) => keepsFile(join(home, ".claude", "projects"), `${id}.jsonl`),
  read: (message, turn) => readMessageStream(message, turn, "result"),
};

/** A file as a block of a message; undefined where the program takes no such thing. */
export function claudeBlock({ name, mediaType, bytes }: Attachment): object | undefined {
  const data = Buffer.from(bytes).toString("base64");
  if (IMAGES.has(mediaType))
    return { type: "image", source: { type: "base64", media_type: mediaType, data } };
  if (mediaType === "application/pdf")
    return { type: "document", title: name, source: { type: "base64", media_type: mediaType, data } };
  if (!mediaType.startsWith("text/")) return undefined;
  const text = new TextDecoder().decode(bytes);
  return { type: "document", title: name, source: { type: "text", media_type: "text/plain", data: text } };
}
