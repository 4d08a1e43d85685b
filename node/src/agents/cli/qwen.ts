import { join } from "node:path";
import { keepsFile } from "./kept.ts";
import { readMessageStream } from "./messageStream.ts";
import { type CliTool, jsonServers, withoutSlash } from "./tool.ts";

/** Qwen Code: one process for each turn, the text on standard input. */
export const qwen: CliTool = {
  kind: "qwen",
  program: "qwen",
  packageName: "@qwen-code/qwen-code",
  versions: { oldest: "0.15.0", tested: "0.15.10" },
  keyVariables: ["OPENAI_API_KEY", "DASHSCOPE_API_KEY"],
  loginPath: ".qwen/oauth_creds.json",
  files: ({ service, toolServers }) => [
    {
      name: "settings.json",
      text: JSON.stringify({
        security: {
          auth: { selectedType: service.loginFile === undefined ? "openai" : "qwen-oauth" },
          folderTrust: { enabled: false },
        },
        general: { enableAutoUpdate: false, disableAutoUpdate: true },
        privacy: { usageStatisticsEnabled: false },
        telemetry: { enabled: false },
        // Else it asks the model more than the turn needs, once the turn is over.
        memory: { enableManagedAutoMemory: false, enableManagedAutoDream: false },
        mcpServers: jsonServers(toolServers, { trust: true }),
      }),
    },
  ],
  environment: ({ service, fileAt }) => ({
    // Its own settings it writes anew, in place of a link; these it reads alone.
    QWEN_CODE_SYSTEM_SETTINGS_PATH: fileAt("settings.json"),
    QWEN_CODE_NO_RELAUNCH: "true",
    ...(service.baseUrl === undefined ? {} : { OPENAI_BASE_URL: withoutSlash(service.baseUrl) }),
    ...(service.model === undefined ? {} : { OPENAI_MODEL: service.model }),
  }),
  args: ({ service, resume }) => [
    ...["--auth-type", service.loginFile === undefined ? "openai" : "qwen-oauth"],
    ...["--output-format", "stream-json"],
    ...["--approval-mode", service.approval === "all" ? "yolo" : "auto-edit"],
    ...(service.model === undefined ? [] : ["--model", service.model]),
    ...(resume === undefined ? [] : ["--resume", resume]),
  ],
  hasSession: (home, id) => keepsFile(join(home, ".qwen", "projects"), `${id}.jsonl`),
  read: (message, turn) => readMessageStream(message, turn, "messages"),
};
