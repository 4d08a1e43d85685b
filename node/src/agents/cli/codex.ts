import { join } from "node:path";
import { type JsonObject, numberAt, objectAt, textAt } from "./jsonLines.ts";
import { keepsFile } from "./kept.ts";
import { type CliContext, type CliTool, type UsageTotal, withoutSlash } from "./tool.ts";
import type { TurnState } from "./turn.ts";

/** Its tools' servers are small; who is slower than this is not there. */
const TOOLS_START_SECONDS_MAX = 60;

/** Codex: one process for each turn, `codex exec`; a session is resumed by its thread's id. */
export const codex: CliTool = {
  kind: "codex",
  program: "codex",
  packageName: "@openai/codex",
  versions: { oldest: "0.169.0", tested: "0.169.0" },
  keyVariables: ["OPENAI_API_KEY", "CODEX_API_KEY"],
  loginPath: ".codex/auth.json",
  files: (context) => [{ name: "config.toml", text: configToml(context), linkedAt: ".codex/config.toml" }],
  environment: ({ home }) => ({ CODEX_HOME: join(home, ".codex") }),
  args: ({ workFolder, attached }) => [
    ...["exec", "--json", "--skip-git-repo-check", "--cd", workFolder],
    ...attached.flatMap((path) => ["--image", path]),
  ],
  lastArgs: ({ resume }) => [...(resume === undefined ? [] : ["resume", resume]), "-"],
  takesFile: ({ mediaType }) => /^image\/(?:png|jpeg|gif|webp)$/.test(mediaType),
  hasSession: (home, id) => keepsFile(sessionsIn(home), `${id}.jsonl`),
  read: readCodex,
};

function configToml({ service, toolServers }: CliContext): string {
  const { model, baseUrl, approval } = service;
  const lines = [
    'approval_policy = "never"',
    `sandbox_mode = ${approval === "all" ? '"danger-full-access"' : '"workspace-write"'}`,
    "check_for_update_on_startup = false",
    ...(model === undefined ? [] : [`model = ${toml(model)}`]),
    ...(baseUrl === undefined ? [] : ['model_provider = "pleiad"']),
    "[analytics]",
    "enabled = false",
  ];
  if (baseUrl !== undefined) {
    lines.push(
      "[model_providers.pleiad]",
      'name = "pleiad"',
      `base_url = ${toml(withoutSlash(baseUrl))}`,
      'wire_api = "responses"',
      'env_key = "OPENAI_API_KEY"',
    );
  }
  for (const { name, command, args, environment } of toolServers) {
    lines.push(
      `[mcp_servers.${name}]`,
      `command = ${toml(command)}`,
      `args = [${args.map(toml).join(", ")}]`,
      'default_tools_approval_mode = "approve"',
      // It does not begin without its tools.
      "required = true",
      `startup_timeout_sec = ${TOOLS_START_SECONDS_MAX}`,
      `[mcp_servers.${name}.env]`,
      ...Object.entries(environment).map(([key, value]) => `${toml(key)} = ${toml(value)}`),
    );
  }
  return `${lines.join("\n")}\n`;
}

/** A text in TOML: JSON's escapes are among its own, but for the one character that JSON leaves. */
function toml(text: string): string {
  return JSON.stringify(text).replaceAll("\u007f", "\\u007f");
}

function readCodex(message: JsonObject, turn: TurnState): void {
  switch (message.type) {
    case "thread.started":
      turn.sessionId = textAt(message, "thread_id");
      return;
    case "item.started":
    case "item.completed":
      readItem(objectAt(message, "item"), message.type === "item.completed", turn);
      return;
    case "error":
      turn.notice(textAt(message, "message") ?? "");
      return;
    case "turn.failed":
      turn.fail(textAt(objectAt(message, "error"), "message") ?? "the turn failed");
      turn.finish("end");
      return;
    case "turn.completed":
      // Of the whole session. Its own record says so for each turn, but lies within the agent's reach.
      turn.countTotal(usageOf(objectAt(message, "usage")));
      turn.finish("end");
      return;
  }
}

function readItem(item: JsonObject, isCompleted: boolean, turn: TurnState): void {
  const id = textAt(item, "id") ?? "";
  const call = callOf(item);
  if (call !== undefined) {
    if (!isCompleted) {
      turn.beginTool(id, call.name, call.input);
      return;
    }
    turn.endTool(id, call.name, textAt(item, "status") !== "failed", call.result);
    return;
  }
  if (!isCompleted) return;
  if (item.type === "agent_message") turn.say(textAt(item, "text") ?? "");
  if (item.type === "reasoning") turn.think(textAt(item, "text") ?? "");
  if (item.type === "error") turn.notice(textAt(item, "message") ?? "");
}

function callOf(item: JsonObject): { name: string; input: unknown; result: unknown } | undefined {
  switch (item.type) {
    case "mcp_tool_call": {
      const name = `${textAt(item, "server") ?? ""}.${textAt(item, "tool") ?? ""}`;
      return { name, input: item.arguments, result: item.error ?? item.result };
    }
    case "command_execution":
      return { name: "shell", input: item.command, result: item.aggregated_output };
    case "file_change":
      return { name: "edit", input: item.changes, result: item.changes };
    case "web_search":
      return { name: "web_search", input: item.query, result: item.query };
    default:
      return undefined;
  }
}

function usageOf(usage: JsonObject): UsageTotal {
  return {
    inputTokens: numberAt(usage, "input_tokens") ?? 0,
    outputTokens: numberAt(usage, "output_tokens") ?? 0,
  };
}

function sessionsIn(home: string): string {
  return join(home, ".codex", "sessions");
}
