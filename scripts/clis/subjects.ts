import { join, resolve } from "node:path";
import type { CliServiceConfig } from "../../node/src/config/service.ts";
import type { ToolOrder } from "../../test/fixtures/modelServer/script.ts";

/** Where the programs are installed, each in a folder of its own. */
export const CLIS_FOLDER = resolve(import.meta.dirname, "..", "..", ".clis");

/** Keys that any server takes; the environment of the daemon under test holds nothing else that is secret. */
export const KEYS = {
  ANTHROPIC_API_KEY: "stub-key",
  OPENAI_API_KEY: "stub-key",
  GEMINI_API_KEY: "stub-key",
} as const;

/** A package to install. */
export interface Installed {
  /** Name of its folder, too. */
  readonly name: string;
  readonly package: string;
  readonly version: string;
}

export const INSTALLED: readonly Installed[] = [
  { name: "claude", package: "@anthropic-ai/claude-code", version: "2.1.197" },
  { name: "codex", package: "@openai/codex", version: "0.169.0" },
  { name: "opencode", package: "opencode-ai", version: "1.18.33" },
  { name: "gemini", package: "@google/gemini-cli", version: "0.61.0" },
  { name: "qwen", package: "@qwen-code/qwen-code", version: "0.15.10" },
  { name: "claude-agent-acp", package: "@agentclientprotocol/claude-agent-acp", version: "0.49.0" },
  { name: "zed-codex-acp", package: "@zed-industries/codex-acp", version: "0.16.0" },
  { name: "codex-acp", package: "@agentclientprotocol/codex-acp", version: "2.6.0" },
];

/** A program with how it is driven. */
export interface Subject {
  /** What the table calls it. */
  readonly name: string;
  /** Name of what has to be installed. */
  readonly installed: string;
  /** The service as `pleiad.yaml` has it, and what the daemon's environment holds for it. @param origin of the scripted model */
  service(origin: string): {
    readonly service: object;
    readonly environment: Readonly<Record<string, string>>;
  };
  /** It does not find a session again after a SIGKILL, and says so: then the step `resume` is a new session. @default false */
  readonly losesSessions?: boolean;
  /** How its model writes a file of its work folder. */
  edit(path: string, text: string): ToolOrder;
}

function cli(kind: CliServiceConfig["kind"], more: object, edit: Subject["edit"]): Subject {
  return {
    name: `${kind} (cli)`,
    installed: kind,
    service(origin) {
      const baseUrl = kind === "claude" || kind === "gemini" ? origin : `${origin}/v1`;
      const program = binaryOf(kind, kind);
      // opencode looks for a plugin at the registry of packages, whatever it is told; it does without.
      const environment = [...Object.keys(KEYS), "npm_config_registry"];
      return { service: { kind, program, baseUrl, environment, approval: "all", ...more }, environment: {} };
    },
    edit,
  };
}

/** What a program that speaks the Agent Client Protocol is told, beside its arguments, by its environment. */
function acp(
  name: string,
  installed: string,
  start: (origin: string) => {
    readonly program: string;
    readonly args: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
    /** More of the service. */
    readonly service?: object;
  },
  edit: Subject["edit"],
  losesSessions = false,
): Subject {
  return {
    name: `${name} (acp)`,
    installed,
    losesSessions,
    service(origin) {
      const { program, args, environment, service } = start(origin);
      const names = [...Object.keys(KEYS), ...Object.keys(environment), "npm_config_registry"];
      return {
        service: { kind: "acp", program, args, environment: names, network: true, ...service },
        environment,
      };
    },
    edit,
  };
}

const binaryOf = (installed: string, name: string) =>
  join(CLIS_FOLDER, installed, "node_modules", ".bin", name);

/** codex is told of another server by settings; both of its adapters take them as arguments. */
const codexSettings = (origin: string) => [
  'model="stub-model"',
  'model_provider="stub"',
  `model_providers.stub={name="stub",base_url="${origin}/v1",wire_api="responses",env_key="OPENAI_API_KEY",request_max_retries=0,stream_max_retries=0}`,
  'approval_policy="never"',
  'sandbox_mode="danger-full-access"',
];

/** All that is run. Another driver's programs are added here. */
export const SUBJECTS: readonly Subject[] = [
  cli("claude", {}, (path, content) => ({ call: "Write", arguments: { file_path: path, content } })),
  cli("codex", { model: "stub-model" }, (path, content) => ({
    call: "exec_command",
    arguments: { cmd: `printf '%s' '${content}' > '${path}'` },
  })),
  cli("opencode", { model: "stub-model" }, (filePath, content) => ({
    call: "write",
    arguments: { filePath, content },
  })),
  cli("gemini", { model: "gemini-2.5-flash" }, (path, content) => ({
    call: "write_file",
    arguments: { file_path: path, content },
  })),
  cli("qwen", { model: "stub-model" }, (path, content) => ({
    call: "write_file",
    arguments: { file_path: path, content },
  })),
  acp(
    "claude-agent-acp",
    "claude-agent-acp",
    (origin) => ({
      program: binaryOf("claude-agent-acp", "claude-agent-acp"),
      args: [],
      environment: {
        ANTHROPIC_BASE_URL: origin,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        DISABLE_AUTOUPDATER: "1",
      },
    }),
    (path, content) => ({ call: "Write", arguments: { file_path: path, content } }),
  ),
  acp(
    "zed-codex-acp",
    "zed-codex-acp",
    (origin) => ({
      program: binaryOf("zed-codex-acp", "codex-acp"),
      args: codexSettings(origin).flatMap((setting) => ["-c", setting]),
      environment: {},
    }),
    (path, content) => ({ call: "exec_command", arguments: { cmd: `printf '%s' '${content}' > '${path}'` } }),
  ),
  acp(
    "opencode",
    "opencode",
    (origin) => ({
      program: binaryOf("opencode", "opencode"),
      args: ["acp"],
      environment: {
        OPENCODE_DISABLE_AUTOUPDATE: "1",
        OPENCODE_DISABLE_MODELS_FETCH: "1",
        OPENCODE_CONFIG_CONTENT: JSON.stringify({
          autoupdate: false,
          share: "disabled",
          model: "stub/stub-model",
          small_model: "stub/stub-model",
          enabled_providers: ["stub"],
          provider: {
            stub: {
              npm: "@ai-sdk/openai-compatible",
              options: { baseURL: `${origin}/v1`, apiKey: "stub-key" },
              models: { "stub-model": {} },
            },
          },
          permission: { edit: "allow", bash: "allow", webfetch: "deny" },
        }),
      },
    }),
    (filePath, content) => ({ call: "write", arguments: { filePath, content } }),
  ),
  acp(
    "gemini",
    "gemini",
    (origin) => ({
      program: binaryOf("gemini", "gemini"),
      args: ["--acp", "--skip-trust", "-m", "gemini-2.5-flash"],
      environment: { GOOGLE_GEMINI_BASE_URL: origin },
      service: { authMethod: "gemini-api-key" },
    }),
    (path, content) => ({ call: "write_file", arguments: { file_path: path, content } }),
    true,
  ),
  acp(
    "qwen",
    "qwen",
    (origin) => ({
      program: binaryOf("qwen", "qwen"),
      args: ["--acp", "--auth-type", "openai"],
      environment: { OPENAI_BASE_URL: `${origin}/v1`, OPENAI_MODEL: "stub-model" },
    }),
    (path, content) => ({ call: "write_file", arguments: { file_path: path, content } }),
  ),
];
