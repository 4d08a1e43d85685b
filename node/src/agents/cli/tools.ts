import type { CliServiceConfig } from "../../config/service.ts";
import { claude } from "./claude.ts";
import { codex } from "./codex.ts";
import { gemini } from "./gemini.ts";
import { opencode } from "./opencode.ts";
import { qwen } from "./qwen.ts";
import type { CliTool } from "./tool.ts";

/** Every command line that a service can be, by its kind. */
export const CLI_TOOLS: Readonly<Record<CliServiceConfig["kind"], CliTool>> = {
  claude,
  codex,
  opencode,
  gemini,
  qwen,
};
