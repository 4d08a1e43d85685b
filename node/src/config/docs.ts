import { z } from "zod";
import type { Field, Fields, Section } from "./fields.ts";
import { parseConfig } from "./parse.ts";
import { RELATIONS } from "./relations.ts";
import {
  acpServiceSchema,
  CLI_KINDS,
  claudeServiceSchema,
  commandServiceSchema,
  httpServiceSchema,
} from "./service.ts";
import { CONFIG_TABLE } from "./table.ts";

/** The example at the head of the page; rendering parses it, so it cannot go stale. */
const EXAMPLE = `chain:
  rpcUrls: [https://rpc.example.org/KEY, https://rpc.example.net]
  chainId: 11155111
node:
  id: 12
  passwordFile: /run/secrets/pleiad-password
models:
  3: { service: reader }
services:
  reader:
    kind: command
    program: /usr/local/bin/reader
    timeoutMs: 120000
network:
  listenHost: 0.0.0.0
  bootstrap: [/dns4/peer.example.org/tcp/9317/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN]
`;

const HEAD = `# Configuration

One file, \`pleiad.yaml\` in the data folder, says all about a node. A key that is absent has its default; a wrong key
or value stops the start with one line: file and line, key, value given, value expected. Durations are in
milliseconds. Relative paths are meant from the folder of the file. No environment variable overrides a key; the only
thing taken from the environment is the value of a password or an API key whose variable the file names.

This page is made from the tables in \`node/src/config/tables\` by \`node scripts/config-docs.ts\`.
`;

/**
 * The page `docs/config.md`, made from the table that the parser reads by.
 *
 * @returns Markdown
 */
export function renderConfigDocs(): string {
  parseConfig(EXAMPLE, "example.yaml");
  const parts = [HEAD, "## Example\n", `\`\`\`yaml\n${EXAMPLE}\`\`\`\n`];
  for (const [name, entry] of Object.entries(CONFIG_TABLE)) {
    parts.push(
      `## ${name}\n`,
      entry.kind === "section" ? renderSection(name, entry) : renderField(name, entry),
    );
  }
  parts.push("## Rules over more than one key\n", RELATIONS.map(({ meaning }) => `- ${meaning}\n`).join(""));
  return parts.join("\n");
}

function renderSection(name: string, { meaning, keys }: Section<Fields>): string {
  const rows = Object.entries(keys).map(([key, described]) => [
    `\`${name}.${key}\``,
    described.meaning + (described.secret === true ? " Never shown or logged." : ""),
    described.expected,
    describeDefault(described),
  ]);
  return `${meaning}\n\n${table(["key", "meaning", "expected", "default"], rows)}`;
}

function renderField(name: string, described: Field<unknown>): string {
  const summary = `${described.meaning} Expected: ${described.expected}. Default: ${describeDefault(described)}.\n`;
  if (name !== "services") return summary;
  const kinds = [
    [
      "command",
      "A program: the prompt on its standard input, the answer on its standard output.",
      commandServiceSchema,
    ],
    ["http", "A server that speaks the chat completions of OpenAI.", httpServiceSchema],
    ["acp", "A coding agent: a program that speaks the Agent Client Protocol.", acpServiceSchema],
    [
      CLI_KINDS.join("`, `"),
      "A coding agent by its own command line: Claude Code, Codex, OpenCode, Gemini CLI, Qwen Code. With `baseUrl`, codex, opencode and qwen want a `model`, too.",
      claudeServiceSchema,
    ],
  ] as const;
  const tables = kinds.map(([kind, meaning, schema]) => {
    const rows = Object.entries(schema.shape)
      .filter(([key]) => key !== "kind")
      .map(([key, part]) => describeSchema(`services.<name>.${key}`, part));
    return `### services with \`kind: ${kind}\`\n\n${meaning}\n\n${table(["key", "meaning", "expected", "default"], rows)}`;
  });
  return [summary, ...tables].join("\n");
}

function describeDefault({ default: value, defaultText }: Field<unknown>): string {
  return defaultText ?? `\`${JSON.stringify(value)}\``;
}

/** What of a JSON Schema the rows need. */
interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly enum?: readonly unknown[];
}

function describeSchema(key: string, schema: z.ZodType): readonly string[] {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  const isOptional = schema.safeParse(undefined).success;
  const fallback =
    json.default === undefined ? (isOptional ? "none" : "required") : `\`${JSON.stringify(json.default)}\``;
  return [`\`${key}\``, json.description ?? "", describeType(json), fallback];
}

function describeType({ type, minimum, maximum, maxItems, maxLength, enum: words }: JsonSchema): string {
  if (words !== undefined) return words.map((word) => `\`${word}\``).join(", ");
  if (type === "integer") return `a whole number from ${minimum} to ${maximum}`;
  if (type === "boolean") return "true or false";
  if (type === "object") return "a map";
  if (type === "array") return `a list of at most ${maxItems}`;
  return maxLength === undefined ? "text" : `text of at most ${maxLength} characters`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}
