import { join, resolve } from "node:path";
import { createCliDriver } from "../../node/src/agents/cli/driver.ts";
import type { DriverModules } from "../../node/src/agents/launch.ts";
import type { SessionDriver } from "../../node/src/agents/session.ts";
import { type CliServiceConfig, serviceSchema } from "../../node/src/config/service.ts";
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

/** A program with the driver through which it is driven. */
export interface Subject {
  /** What the table calls it. */
  readonly name: string;
  /** Name of what has to be installed. */
  readonly installed: string;
  driver(origin: string, modules: DriverModules): SessionDriver;
  /** How its model writes a file of its work folder. */
  edit(path: string, text: string): ToolOrder;
}

function cli(kind: CliServiceConfig["kind"], more: object, edit: Subject["edit"]): Subject {
  return {
    name: `${kind} (cli)`,
    installed: kind,
    driver(origin, modules) {
      const baseUrl = kind === "claude" || kind === "gemini" ? origin : `${origin}/v1`;
      const program = join(CLIS_FOLDER, kind, "node_modules", ".bin", kind);
      // opencode looks for a plugin at the registry of packages, whatever it is told; it does without.
      const environment = [...Object.keys(KEYS), "npm_config_registry"];
      const service = serviceSchema.parse({ kind, program, baseUrl, environment, ...more });
      return createCliDriver(service as CliServiceConfig, modules);
    },
    edit,
  };
}

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
];
