import { join } from "node:path";
import { type JsonObject, numberAt, objectAt, textAt } from "./jsonLines.ts";
import { keepsText } from "./kept.ts";
import { type CliTool, jsonServers } from "./tool.ts";
import type { TurnState } from "./turn.ts";

/** Gemini CLI: one process for each turn, the text on standard input. */
export const gemini: CliTool = {
  kind: "gemini",
  program: "gemini",
  packageName: "@google/gemini-cli",
  versions: { oldest: "0.61.0", tested: "0.61.0" },
  keyVariables: ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
  loginPath: ".gemini/oauth_creds.json",
  files: ({ service, toolServers }) => [
    {
      name: "settings.json",
      linkedAt: ".gemini/settings.json",
      text: JSON.stringify({
        security: {
          auth: { selectedType: service.loginFile === undefined ? "gemini-api-key" : "oauth-personal" },
          folderTrust: { enabled: false },
        },
        general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
        privacy: { usageStatisticsEnabled: false },
        telemetry: { enabled: false },
        mcpServers: jsonServers(toolServers, { trust: true }),
      }),
    },
  ],
  environment: ({ service }) => ({
    // Else it starts itself again as a child, with more memory.
    GEMINI_CLI_NO_RELAUNCH: "true",
    ...(service.baseUrl === undefined ? {} : { GOOGLE_GEMINI_BASE_URL: service.baseUrl }),
  }),
  args: ({ service, resume }) => [
    ...["--skip-trust", "--output-format", "stream-json"],
    ...["--approval-mode", service.approval === "all" ? "yolo" : "auto_edit"],
    ...(service.model === undefined ? [] : ["--model", service.model]),
    ...(resume === undefined ? [] : ["--resume", resume]),
  ],
  // Its files bear the first characters of the id alone.
  hasSession: (home, id) => keepsText(join(home, ".gemini", "tmp"), /\/chats\/[^/]*\.jsonl?$/, id),
  read: readGemini,
};

function readGemini(message: JsonObject, turn: TurnState): void {
  switch (message.type) {
    case "init":
      turn.sessionId = textAt(message, "session_id") ?? turn.sessionId;
      turn.model = textAt(message, "model") ?? turn.model;
      return;
    case "message":
      if (message.role === "assistant") turn.say(textAt(message, "content") ?? "");
      return;
    case "tool_use":
      turn.beginTool(
        textAt(message, "tool_id") ?? "",
        textAt(message, "tool_name") ?? "",
        message.parameters,
      );
      return;
    case "tool_result": {
      const isOk = message.status === "success";
      const error = textAt(objectAt(message, "error"), "message");
      turn.endTool(textAt(message, "tool_id") ?? "", "", isOk, error ?? message.output);
      return;
    }
    case "error":
      turn.notice(textAt(message, "message") ?? "");
      return;
    case "result":
      readResult(message, turn);
      return;
  }
}

function readResult(message: JsonObject, turn: TurnState): void {
  const stats = objectAt(message, "stats");
  const outputTokens = numberAt(stats, "output_tokens");
  if (outputTokens !== undefined)
    turn.countAll({ inputTokens: numberAt(stats, "input_tokens") ?? 0, outputTokens });
  const error = objectAt(message, "error");
  if (textAt(error, "type") === "FatalTurnLimitedError") {
    turn.finish("turns");
    return;
  }
  if (message.status !== "success") turn.fail(textAt(error, "message") ?? "the turn failed");
  turn.finish("end");
}
