import { join } from "node:path";
import { type JsonObject, numberAt, objectAt, textAt } from "./jsonLines.ts";
import { keepsText } from "./kept.ts";
import { type CliContext, type CliTool, withoutSlash } from "./tool.ts";
import type { TurnState } from "./turn.ts";

/** OpenCode: one process for each turn, `opencode run`. Its turn is over when a step ends that asks for no tool. */
export const opencode: CliTool = {
  kind: "opencode",
  program: "opencode",
  packageName: "opencode-ai",
  versions: { oldest: "1.18.0", tested: "1.18.33" },
  keyVariables: [
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "OPENCODE_API_KEY",
    "OPENROUTER_API_KEY",
    "GEMINI_API_KEY",
  ],
  loginPath: ".local/share/opencode/auth.json",
  files: (context) => [{ name: "opencode.json", text: JSON.stringify(configOf(context)) }],
  environment: ({ fileAt }) => ({
    OPENCODE_CONFIG: fileAt("opencode.json"),
    // A folder's own configuration names programs to start; that is the operator's to say.
    OPENCODE_DISABLE_PROJECT_CONFIG: "1",
    OPENCODE_PURE: "1",
    OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
    OPENCODE_DISABLE_AUTOUPDATE: "1",
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
    OPENCODE_DISABLE_SHARE: "1",
  }),
  args: ({ resume, attached }) => [
    ...["run", "--format", "json"],
    ...(resume === undefined ? [] : ["--session", resume]),
    ...attached.flatMap((path) => ["--file", path]),
  ],
  takesFile: () => true,
  hasSession: (home, id) =>
    keepsText(join(home, ".local", "share", "opencode"), /^opencode[^/]*\.db(?:-wal)?$/, id),
  read: readOpencode,
};

function configOf({ service, toolServers }: CliContext): object {
  const { model, baseUrl, approval } = service;
  const rest = approval === "all" ? "allow" : "deny";
  const provider =
    baseUrl === undefined || model === undefined
      ? {}
      : {
          enabled_providers: ["pleiad"],
          provider: {
            pleiad: {
              npm: "@ai-sdk/openai-compatible",
              options: { baseURL: withoutSlash(baseUrl), apiKey: "{env:OPENAI_API_KEY}" },
              models: { [model]: {} },
            },
          },
        };
  const name = baseUrl === undefined ? model : `pleiad/${model}`;
  return {
    autoupdate: false,
    share: "disabled",
    ...(name === undefined ? {} : { model: name, small_model: name }),
    ...provider,
    permission: { edit: "allow", bash: rest, webfetch: rest, external_directory: rest },
    mcp: Object.fromEntries(
      toolServers.map(({ name: server, command, args, environment }) => [
        server,
        { type: "local", command: [command, ...args], environment, enabled: true },
      ]),
    ),
  };
}

function readOpencode(message: JsonObject, turn: TurnState): void {
  turn.sessionId = textAt(message, "sessionID") ?? turn.sessionId;
  const part = objectAt(message, "part");
  switch (message.type) {
    case "text":
      turn.say(textAt(part, "text") ?? "");
      return;
    case "reasoning":
      turn.think(textAt(part, "text") ?? "");
      return;
    case "tool_use": {
      const state = objectAt(part, "state");
      const [id, name] = [textAt(part, "callID") ?? "", textAt(part, "tool") ?? ""];
      turn.beginTool(id, name, state.input);
      turn.endTool(id, name, state.status === "completed", state.output ?? state.error);
      return;
    }
    case "step_finish":
      readStepEnd(part, turn);
      return;
    case "error": {
      const error = objectAt(message, "error");
      const status = numberAt(objectAt(error, "data"), "statusCode");
      const words = textAt(objectAt(error, "data"), "message") ?? textAt(error, "name") ?? "the turn failed";
      turn.fail(status === undefined ? words : `${status} ${words}`);
      turn.finish("end");
      return;
    }
  }
}

function readStepEnd(part: JsonObject, turn: TurnState): void {
  const tokens = objectAt(part, "tokens");
  const cache = objectAt(tokens, "cache");
  turn.count(textAt(part, "id") ?? "", {
    inputTokens:
      (numberAt(tokens, "input") ?? 0) + (numberAt(cache, "read") ?? 0) + (numberAt(cache, "write") ?? 0),
    outputTokens: (numberAt(tokens, "output") ?? 0) + (numberAt(tokens, "reasoning") ?? 0),
  });
  const reason = textAt(part, "reason");
  if (reason === "tool-calls") return;
  turn.finish(reason === "length" ? "tokens" : reason === "content-filter" ? "refused" : "end");
}
