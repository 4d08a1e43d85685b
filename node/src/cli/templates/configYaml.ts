import { stringify } from "yaml";
import { defaultOf, type Field } from "../../config/fields.ts";
import { CONFIG_TABLE } from "../../config/table.ts";
import { wrapped } from "../text/wrap.ts";

/** Lines of the file are about as long as those of other files. Columns. */
const COLUMNS = 100;

/** Values to write instead of a default, by the key's dotted name. */
export type ConfigValues = Readonly<Record<string, unknown>>;

const HEAD = `# Configuration of a Pleiad node. A line that is commented out shows the default of its key. A wrong key or value
# stops the start with one line that names it; docs/config.md says the same as these comments.
`;

/** Sections that hold names of the operator's own choice, so that only an example can show them. */
const EXAMPLES: Readonly<Record<string, string>> = {
  models: "# models:\n#   1: { service: reader }\n",
  services: `# services:
#   reader:
#     kind: command                  # the prompt on its standard input, the answer on its standard output
#     program: /usr/local/bin/reader
#     timeoutMs: 120000
#   writer:
#     kind: http                     # a model's server; api: chat (OpenAI's, the default), responses or anthropic
#     baseUrl: http://127.0.0.1:11434/v1
#     model: llama3.2
`,
};

/**
 * The text of a `pleiad.yaml` that explains every key, made from the table that the parser reads by.
 *
 * @param values Keys that are set; all others stand there as comments with their defaults.
 * @param chainId The chain that the defaults are for.
 */
export function configYaml(values: ConfigValues, chainId: number): string {
  const parts = Object.entries(CONFIG_TABLE).map(([name, entry]) => {
    const example = EXAMPLES[name];
    if (example !== undefined) return `${comment(entry.meaning, "")}${example}`;
    if (entry.kind === "field") return fieldText(name, name, entry, "", values, chainId);
    const keys = Object.entries(entry.keys).map(([key, described]) =>
      fieldText(`${name}.${key}`, key, described, "  ", values, chainId),
    );
    return `${comment(entry.meaning, "")}${name}:\n${keys.join("\n")}`;
  });
  return [HEAD, ...parts].join("\n");
}

function fieldText(
  name: string,
  key: string,
  described: Field<unknown>,
  indent: string,
  values: ConfigValues,
  chainId: number,
): string {
  const about = comment(`${plainText(described.meaning)} Expected: ${described.expected}.`, indent);
  if (Object.hasOwn(values, name)) return `${about}${indent}${key}: ${scalar(values[name])}\n`;
  const value = defaultOf(described, chainId);
  // A key without a default is shown empty, which is what it is without the line.
  return `${about}${indent}# ${key}:${value === null ? "" : ` ${scalar(value)}`}\n`;
}

function comment(text: string, indent: string): string {
  return wrapped(text, COLUMNS - indent.length - 2)
    .map((line) => `${indent}# ${line}\n`)
    .join("");
}

/** A value on one line. */
function scalar(value: unknown): string {
  return stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trimEnd();
}

/** A comment has no links: the page's name with its folder, as whoever reads it finds it. */
function plainText(meaning: string): string {
  return meaning.replaceAll(/\[[^\]]+\]\(([^)]+)\)/g, "docs/$1");
}
